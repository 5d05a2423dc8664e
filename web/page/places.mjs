// Where the page's pictures lie; in the page of one file they lie inside.

/** @param {string} name */
export const pictureAt = (name) => new URL(`../pictures/${name}.jpg`, import.meta.url).href;

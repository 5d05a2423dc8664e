// Where the page's pictures and the classes' names lie; in the page of one file they lie inside.

/** @param {string} name */
export const pictureAt = (name) => new URL(`../pictures/${name}.jpg`, import.meta.url).href;

/** @param {string} language */
export const labelsAt = (language) => new URL(`../labels/${language}.txt`, import.meta.url).href;

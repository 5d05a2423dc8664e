// Files and folders as they are dropped or chosen.

/**
 * @typedef {object} Found
 * @property {string} path from the folder that was given on
 * @property {File | null} file null where it cannot be had
 * @property {string} [error] why not
 */

/**
 * What was dropped or pasted. Only while its event is handled can it be asked.
 * @param {DataTransfer | null} data
 * @returns {{files: File[], folders: FileSystemDirectoryEntry[]}}
 */
export function dropped(data) {
  const files = [], folders = [];
  for (const item of data?.items ?? []) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    if (entry?.isDirectory) {
      folders.push(/** @type {FileSystemDirectoryEntry} */ (entry));
    } else {
      const file = item.getAsFile();
      if (file) files.push(file);
    }
  }
  return { files, folders };
}

/** Files with their paths: those of a chosen folder know it. @param {Iterable<File>} files @returns {Found[]} */
export const found = (files) => Array.from(files, (file) => ({ file, path: file.webkitRelativePath || file.name }));

/**
 * All files in folders and the folders in them, a handful at a time.
 * @param {FileSystemDirectoryEntry[]} folders
 * @returns {AsyncGenerator<Found[]>}
 */
export async function* walk(folders) {
  const waiting = [...folders].reverse();
  for (let folder; (folder = waiting.pop());) {
    const reader = folder.createReader();
    for (;;) {
      /** @type {FileSystemEntry[]} */ let entries;
      try {
        entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at most
      } catch (e) {
        yield [{ path: `${folder.fullPath.slice(1)}/`, file: null, error: String(/** @type {Error} */ (e).message) }];
        break;
      }
      if (entries.length === 0) break;
      waiting.push(.../** @type {FileSystemDirectoryEntry[]} */ (entries.filter((e) => e.isDirectory)).reverse());
      yield Promise.all(entries.filter((e) => e.isFile).map((entry) => new Promise((resolve) => {
        const path = entry.fullPath.slice(1);
        /** @type {FileSystemFileEntry} */ (entry).file((file) => resolve({ path, file }), (e) => resolve({ path, file: null, error: e.message }));
      })));
    }
  }
}

const endings = /\.(jpe?g|jpe|jfif|png|gif|webp|avif|bmp|hei[cf]|tiff?|svg|ico|jxl)$/i;

/** Whether a file is meant to be a picture, by its name and the type that the system gives it. @param {Found} f */
export const isPicture = ({ path, file }) => (endings.test(path) || /^image\//.test(file?.type ?? ''))
  && !/(^|\/)(\._|__MACOSX\/)/.test(path); // what a Mac leaves beside the pictures

/** Lets the page breathe: what comes after is another task. */
export const pause = () => new Promise((resolve) => setTimeout(resolve));

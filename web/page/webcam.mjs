// A camera's stream, and a sentence for each way in which there may be none.
import { texts } from './text.mjs';

const t = texts('webcam', {
  insecure: 'The camera needs a page from https or localhost. Open it there, or choose a picture file.',
  refused: 'This page may not use the camera. Allow it in the browser’s settings for this page and start again.',
  none: 'No camera was found. Connect one and start again, or choose a picture file.',
  busy: 'Another program may be using the camera. Close it, and start again.',
  gone: 'That camera is no longer there. Choose another, and start again.',
  failed: (/** @type {string} */ why) => `The camera could not be started (${why}). Start again, or choose a picture file.`,
});
/** @typedef {typeof t} English */

/**
 * Opens a camera; on a phone the one that looks away from its holder, unless another is named.
 * @param {string} [id] deviceId of one that listCameras gave
 * @returns {Promise<MediaStream>} with one video track; rejects with an Error whose message is for the visitor
 */
export async function openCamera(id) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error(t.insecure);
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 1280 }, height: { ideal: 720 }, ...(id ? { deviceId: { exact: id } } : { facingMode: { ideal: 'environment' } }) },
    });
  } catch (e) {
    const { name, message } = /** @type {DOMException} */ (e);
    const why = /** @type {Record<string, string>} */ ({
      NotAllowedError: t.refused, SecurityError: t.refused, NotFoundError: t.none, NotReadableError: t.busy, AbortError: t.busy, OverconstrainedError: t.gone,
    })[name];
    throw new Error(why ?? t.failed(message || name), { cause: e });
  }
}

/** The cameras, as far as the browser names them: it does so once one was allowed. */
export async function listCameras() {
  const all = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
  return all.filter((d) => d.kind === 'videoinput' && d.deviceId);
}

/** Lets go of the camera; its light goes off. @param {MediaStream | null | undefined} stream */
export function closeCamera(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

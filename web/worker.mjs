// The engine: runs Go, decodes pictures, feeds it their pixels in bands of rows. squeezenet.mjs
// starts it in a worker, or (worker: false) on its own thread. This file imports nothing: the build
// joins it with Go's wasm_exec.js and instantiate.mjs to engine.mjs, which may have any address.

/**
 * @typedef {{code: string, message: string}} Fault An error as it crosses from Go and from worker to page.
 * @typedef {{data: Uint8Array | Uint8ClampedArray, width: number, height: number}} Pixels RGBA rows, not premultiplied.
 * @typedef {{blob: Blob} | {bitmap: ImageBitmap, premultiplied?: boolean} | {frame: VideoFrame} | {pixels: Pixels} | {again: true}} Picture
 *   `frame` is of pixels, RGBA and not premultiplied.
 *   `again` is the picture of the call before, whose values the network still holds.
 * @typedef {{kind: 'top', k: number, classes: Uint32Array | null} | {kind: 'output', name: string} | {kind: 'map', index: number}} Wanted
 *   `classes` are the only ones to choose from
 * @typedef {{decode: number, resize: number, network: number, total: number}} Times in milliseconds
 * @typedef {{wasm: WebAssembly.Module, kernels: WebAssembly.Module | null, model: Uint8Array, precision: string, decodes: boolean}} Parts
 */

/** Longest side a canvas has in every browser, and the most pixels that are decoded. */
const MAX_SIDE = 32767, MAX_PIXELS = 100e6;

/** @param {string} code @param {string} message @returns {never} */
function fail(code, message) {
  throw Object.assign(new Error(message), { code });
}

/** @param {string} message @returns {never} */
const notDecoded = (message) => fail('picture-not-decoded', message);

/**
 * The format that a picture file names in its first bytes, or '' where it is not one of those known here (the
 * browser is then asked). Refuses what is empty, cut short or too large, before a pixel is decoded.
 * @param {Uint8Array} b the whole file
 */
function inspect(b) {
  if (b.length === 0) notDecoded('The picture file is empty (0 bytes). Choose another.');
  const v = new DataView(b.buffer, b.byteOffset, b.byteLength);
  const text = (/** @type {number} */ at, /** @type {number} */ n) => String.fromCharCode(...b.subarray(at, at + n));
  let name = '', whole = true;
  try { // to read past the end is to find that the file ends early
    if (text(0, 4) === '\x89PNG') {
      name = 'PNG';
      checkSize(v.getUint32(16), v.getUint32(20));
      for (let at = 8; text(at + 4, 4) !== 'IEND';) at += 12 + v.getUint32(at);
    } else if (text(0, 2) === '\xff\xd8') {
      name = 'JPEG';
      let at = 2, end = b.length - 2;
      for (let marker; whole && marker !== 0xda; at += 2 + v.getUint16(at + 2)) {
        while (b[at] === 0xff && b[at + 1] === 0xff) at++;
        marker = v.getUint16(at) - 0xff00;
        whole = marker >= 0;
        if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) checkSize(v.getUint16(at + 7), v.getUint16(at + 5));
      }
      while (end >= at && v.getUint16(end) !== 0xffd9) end--; // the end marker; cameras append data behind it
      whole &&= end >= at;
    } else if (text(0, 4) === 'GIF8') {
      name = 'GIF';
      checkSize(v.getUint16(6, true), v.getUint16(8, true));
      whole = b.lastIndexOf(0x3b) >= 13;
    } else if (text(0, 4) === 'RIFF' && text(8, 4) === 'WEBP') {
      name = 'WebP';
      const chunk = text(12, 4), bits = v.getUint32(chunk === 'VP8L' ? 21 : 26, true);
      if (chunk === 'VP8X') checkSize(1 + (v.getUint32(24, true) & 0xffffff), 1 + (bits >>> 8));
      else if (chunk === 'VP8L') checkSize(1 + (bits & 0x3fff), 1 + (bits >>> 14 & 0x3fff));
      else checkSize(bits & 0x3fff, bits >>> 16 & 0x3fff);
      whole = b.length >= v.getUint32(4, true) + 8;
    } else if (text(0, 2) === 'BM' && v.getUint32(14, true) >= 40) {
      name = 'BMP';
      checkSize(Math.abs(v.getInt32(18, true)), Math.abs(v.getInt32(22, true)));
      whole = b.length >= v.getUint32(2, true);
    }
  } catch (e) {
    if (!(e instanceof RangeError)) throw e;
    whole = !name;
  }
  if (!whole) notDecoded(`The ${name} file ends early: its ${b.length} bytes are not the whole picture. Copy or download it again.`);
  return name;
}

/** @param {number} width @param {number} height */
function checkSize(width, height) {
  if (!(width > 0 && height > 0)) notDecoded(`The picture says that it is ${width} x ${height} pixels: it is damaged. Choose another.`);
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    fail('picture-too-large', `The picture is ${width} x ${height} pixels; at most ${MAX_PIXELS / 1e6} megapixels and ${MAX_SIDE} pixels a side are read. Make it smaller.`);
  }
}

/**
 * Decodes with the browser's own decoders, the colours left as the file has them (the network was
 * trained on such values, and Go's decoders in Node do the same) and EXIF orientation applied.
 * @param {Blob} blob
 * @returns {Promise<ImageBitmap>}
 */
async function decode(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer().catch((/** @type {Error} */ e) =>
    notDecoded(`The picture file cannot be read (${e.message}). It may have been moved or changed: choose it again.`)));
  const name = inspect(bytes);
  if (typeof createImageBitmap !== 'function') notDecoded('There is no picture decoder here: the entry with everything inlined has none for Node. Import the package\'s main entry, or give pixels, {data, width, height}.');
  try {
    return await createImageBitmap(name ? blob.slice(0, blob.size, `image/${name.toLowerCase()}`) : blob, { imageOrientation: 'from-image', premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
  } catch {
    const start = String.fromCharCode(...bytes.subarray(0, 256));
    return notDecoded(/^.{4}ftyp(?!avi)(?=.{0,40}(hei[cxms]|hev[cxms]))/s.test(start) ? 'This browser cannot open HEIC pictures; Safari 17 and later can. Convert it to JPEG first: phones can be set to take JPEG ("most compatible").'
      : /<svg[\s>]/.test(start) ? 'An SVG drawing has no pixels of its own. Give an <img> that shows it, or a JPEG, PNG or WebP file.'
        : name ? `The ${name} file is damaged and cannot be decoded. Copy or download it again.`
          : 'The file is not a picture that this browser can open. Choose a JPEG, PNG, GIF, WebP, AVIF or BMP file.');
  }
}

/**
 * Frames are used where they were tried: in Chromium since they tell how they are turned, and in Firefox.
 * Elsewhere they might be turned, or multiplied by alpha, without a word.
 */
const FRAMES = typeof VideoFrame === 'function' && ('rotation' in VideoFrame.prototype || /Firefox/.test(navigator.userAgent));

/** A frame of the pixels as they are stored, four bytes each. @param {ImageBitmap} bitmap @returns {VideoFrame | null} */
function frameOf(bitmap) {
  if (!FRAMES) return null;
  const frame = new VideoFrame(bitmap, { timestamp: 0 });
  // Chromium leaves it to the reader to apply EXIF orientation
  const { format, rotation = 0, flip = false } = /** @type {VideoFrame & {rotation?: number, flip?: boolean}} */ (frame);
  if (/^(RGB|BGR)[AX]$/.test(String(format)) && rotation === 0 && !flip && frame.codedWidth === bitmap.width && frame.codedHeight === bitmap.height) return frame;
  frame.close();
  return null;
}

/** Whether every fourth byte is 255. @param {Uint8Array} pixels from its buffer's start */
function opaque({ buffer, length }) {
  const words = new Uint32Array(buffer, 0, length >> 2);
  let all = -1;
  for (let i = 0; i < words.length; i++) all &= words[i];
  return all >>> 24 === 255;
}

/** @typedef {Pick<typeof import('./instantiate.mjs'), 'choose' | 'instantiate'>} Starter */

/**
 * The engine: one Go program with one network. Calls must not overlap.
 * @param {Starter} starter
 * @param {() => void} died called once if Go ends by itself
 * @param {() => number} requests how many the engine's thread made over the network since it was asked last
 */
export function createEngine({ choose, instantiate }, died, requests = () => 0) {
  /** @type {import('./instantiate.mjs').Variant} */ let variant;
  /** @type {WebAssembly.Memory} */ let memory;
  /** @type {any} */ let bridge;
  /** @type {{decodes: boolean, [name: string]: any}} */ let info = { decodes: false };
  let gone = false;
  /** @type {any} the timer that will call rest: soon after init, and after every hundredth picture */ let resting;
  let pictures = 0;
  const restAfter = (/** @type {number} */ ms) => {
    clearTimeout(resting);
    resting = setTimeout(() => {
      resting = null;
      if (busy) restAfter(50);
      else if (!gone) bridge.rest(memory.buffer.byteLength >> 2); // a quarter, as rest sets the collector
    }, ms);
    resting.unref?.(); // Node need not wait for it
  };
  let busy = false;
  /** @type {OffscreenCanvasRenderingContext2D | null} */ let context = null;
  let band = new Uint8Array(0);
  let slowFrames = 0; // bands, one after the other, that a frame gave slowly; 2 are enough to know it of this browser

  /** Go's answer, or its fault thrown. @param {any} answer */
  const check = (answer) => {
    if (answer && answer.error) fail(answer.error.code, answer.error.message);
    return answer;
  };

  /** The first bytes of a buffer that is kept. @param {number} length */
  const bandOf = (length) => (band.length < length ? band = new Uint8Array(length) : band).subarray(0, length);

  /**
   * Feeds what a frame holds, which takes a tenth of a canvas's time, and closes it.
   * @param {VideoFrame} frame @param {string} crop @param {boolean} premultiplied whether colours may have been multiplied by alpha
   * @returns {Promise<boolean>} false where a canvas is needed
   */
  async function feedFrame(frame, crop, premultiplied) {
    try {
      const { codedWidth, codedHeight } = frame, format = String(frame.format);
      const { x, y: top, width, height, rows } = check(bridge.begin(codedWidth, codedHeight, crop, format.startsWith('BGR')));
      for (let y = 0, n; y < height; y += n) {
        n = Math.min(height - y, slowFrames > 1 ? 64 * rows : rows);
        const bytes = 4 * width * n;
        const pixels = n > rows ? new Uint8Array(bytes) : bandOf(bytes);
        const began = performance.now();
        if (!await frame.copyTo(pixels, { rect: { x, y: top + y, width, height: n } }).catch(() => null)) return false;
        // Firefox goes through the whole picture for each part: 1.5 s for 12 megapixels in bands
        if (slowFrames < 2 && n < height) slowFrames = performance.now() - began > 2 + 5e-7 * codedWidth * codedHeight ? slowFrames + 1 : 0;
        if ((premultiplied || format.endsWith('X')) && !opaque(pixels)) return false;
        for (let i = 0; i < bytes; i += 4 * width * rows) check(bridge.feed(pixels.subarray(i, i + 4 * width * rows)));
      }
      return true;
    } finally {
      frame.close();
    }
  }

  /** @param {ImageBitmap} bitmap @param {string} crop @param {boolean} premultiplied */
  async function feedBitmap(bitmap, crop, premultiplied) {
    checkSize(bitmap.width, bitmap.height);
    const frame = frameOf(bitmap);
    if (frame && await feedFrame(frame, crop, premultiplied)) return;
    const { x, y: top, width, height, rows: most } = check(bridge.begin(bitmap.width, bitmap.height, crop, false));
    const rows = Math.min(height, most);
    if (!context || context.canvas.width !== width || context.canvas.height !== rows) {
      context = new OffscreenCanvas(width, rows).getContext('2d', { willReadFrequently: true });
      if (!context) fail('canvas', 'The browser gave no canvas to read the picture with: it is short of memory. Close other tabs and ask again.');
      context.globalCompositeOperation = 'copy';
      context.imageSmoothingEnabled = false;
    }
    for (let y = 0; y < height; y += rows) {
      const n = Math.min(rows, height - y);
      context.drawImage(bitmap, x, top + y, width, n, 0, 0, width, n);
      check(bridge.feed(context.getImageData(0, 0, width, n).data));
    }
  }

  /** @param {Pixels} pixels @param {string} crop */
  function feedPixels(pixels, crop) {
    const { x, y: top, width, height, rows } = check(bridge.begin(pixels.width, pixels.height, crop, false));
    for (let y = 0; y < height; y += rows) {
      const n = Math.min(rows, height - y);
      const to = bandOf(4 * width * n);
      for (let i = 0; i < n; i++) {
        const at = 4 * ((top + y + i) * pixels.width + x);
        to.set(pixels.data.subarray(at, at + 4 * width), 4 * width * i);
      }
      check(bridge.feed(to));
    }
  }

  /** What is wanted of the last picture. @type {Record<Wanted['kind'], (want: any) => any>} */
  const answers = {
    top: ({ k, classes }) => check(bridge.top(k, classes)).predictions,
    output({ name }) {
      const { bytes, shape } = check(name === 'embedding' ? bridge.embedding() : bridge.output(name));
      return { data: new Float32Array(bytes.buffer), shape };
    },
    map({ index }) {
      const { bytes, mask, maskWidth, maskHeight, ...rest } = check(bridge.classMap(index, true));
      const data = new Uint8ClampedArray(4 * mask.length).fill(255);
      for (let i = 0; i < mask.length; i++) data[4 * i + 3] = mask[i];
      return { data: new Float32Array(bytes.buffer), ...rest, image: { data, width: maskWidth, height: maskHeight } };
    },
  };

  /** What is more than a call of the bridge's function of that name. @type {Record<string, (args: any) => any>} */
  const operations = {
    /** Chooses the kernels' form, which takes some milliseconds: while the Go program is on its way. @param {{kernels: WebAssembly.Module | null}} parts */
    async choose({ kernels }) {
      variant = await choose(kernels);
    },

    /** Starts Go: the model may still be on its way. @param {{wasm: WebAssembly.Module, kernels: WebAssembly.Module | null}} parts */
    async start({ wasm, kernels }) {
      const program = await instantiate(wasm, kernels, variant);
      ({ bridge, memory } = program);
      program.exited.then(() => {
        gone = true;
        died();
      });
    },

    /** @param {{model: Uint8Array, precision: string}} parts */
    init({ model, precision }) {
      info = check(bridge.init(model, precision));
      restAfter(50);
      return { ...info, memory: memory.buffer.byteLength };
    },

    /** @param {{picture: Picture, crop: string, want: Wanted}} call */
    async run({ picture, crop, want }) {
      const began = performance.now();
      /** @type {Times} */ const times = { decode: 0, resize: 0, network: 0, total: 0 };
      if ('blob' in picture && info.decodes) {
        const bytes = new Uint8Array(await picture.blob.arrayBuffer());
        Object.assign(times, check(bridge.decode(bytes, crop)));
      } else if (!('again' in picture)) {
        if ('pixels' in picture) {
          feedPixels(picture.pixels, crop);
        } else if ('frame' in picture) {
          if (!await feedFrame(picture.frame, crop, false)) notDecoded('The browser does not give the pixels back: it is short of memory. Give a smaller picture.');
        } else {
          const bitmap = 'bitmap' in picture ? picture.bitmap : await decode(picture.blob);
          times.decode = performance.now() - began;
          try {
            await feedBitmap(bitmap, crop, 'premultiplied' in picture && !!picture.premultiplied);
          } finally {
            bitmap.close();
          }
        }
        const { resize, network } = check(bridge.finish());
        Object.assign(times, { resize, network });
      }
      const answer = answers[want.kind](want);
      times.total = performance.now() - began;
      if (resting || ++pictures % 100 === 0) restAfter(0);
      return { answer, times, memory: memory.buffer.byteLength, requests: requests() };
    },

    dispose: () => bridge?.dispose(),
  };

  /**
   * @param {string} name @param {any} args an object for the operations above, a list for the bridge's functions
   * @returns {Promise<{value?: any, fault?: Fault}>}
   */
  return async (name, args) => {
    busy = true;
    try {
      return { value: await (operations[name] ? operations[name](args) : check(bridge[name](...args ?? []))) };
    } catch (e) {
      const { code, message } = /** @type {any} */ (e);
      if (gone) return { fault: { code: 'worker-died', message: 'The Go program ended.' } };
      return { fault: { code: typeof code === 'string' ? code : 'internal', message: String(message ?? e) } };
    } finally {
      busy = false;
    }
  };
}

/** The buffers of all typed arrays in an answer, to be moved and not copied. @param {any} value @returns {ArrayBuffer[]} */
const buffers = (value) => ArrayBuffer.isView(value) ? [/** @type {ArrayBuffer} */ (value.buffer)] : value && typeof value === 'object' ? Object.values(value).flatMap(buffers) : [];

/**
 * Serves an engine to a page: says {ready}, then takes messages {id, name, args} and answers {id, value}
 * or {id, fault}, one at a time and in order. In browsers it holds a lock for as long as it lives, by which the page learns of its end.
 * @param {Starter} starter
 * @param {{postMessage(message: any, transfer?: any): void, addEventListener(type: 'message', listener: (e: any) => void): void}} port
 */
export function serve(starter, port) {
  port.postMessage({ ready: true });
  const engine = createEngine(starter, () => port.postMessage({ died: true }), () => {
    const made = performance.getEntriesByType('resource').length;
    performance.clearResourceTimings();
    return made;
  });
  let last = Promise.resolve();
  port.addEventListener('message', ({ data: { id, name, args } }) => {
    last = last.then(async () => {
      const answer = await engine(name, args);
      port.postMessage({ id, ...answer }, buffers(answer.value));
    });
  });
  const locks = 'WorkerGlobalScope' in globalThis && navigator.locks;
  if (!locks) return; // Node tells of a worker's end; so does nobody in a page that is not secure
  const lock = `squeezenet ${crypto.randomUUID()}`;
  locks.request(lock, () => {
    port.postMessage({ lock });
    return new Promise(() => {});
  });
}

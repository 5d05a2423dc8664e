/**
 * SqueezeNet: a picture in, the likeliest of ImageNet's 1000 classes out, computed where this module
 * runs (a browser, or Node 20 and later) by a Go program in WebAssembly. Nothing is sent anywhere.
 *
 *     const model = await load();
 *     const [best] = await model.classify(picture);   // {index, wnid, className, probability}
 *
 * @module
 */
export type Prediction = {
    /**
     * the class's place in the model's list, from 0
     */
    index: number;
    /**
     * WordNet id, such as "n02123045"
     */
    wnid: string;
    /**
     * synset, such as "tabby, tabby cat"
     */
    className: string;
    /**
     * 0 to 1
     */
    probability: number;
};
export type Pixels = {
    data: Uint8Array | Uint8ClampedArray;
    width: number;
    height: number;
};
export type Source = Blob | URL | string | ArrayBuffer | Uint8Array | Pixels | CanvasImageSource;
export type Part = import('./parts.mjs').Part;
export type Progress = {
    phase: 'download' | 'start' | 'ready';
    /**
     * bytes, as stored on the server before compression
     */
    loaded: number;
    /**
     * bytes; undefined while it is not known
     */
    total: number | undefined;
    /**
     * how many of the bytes did not come over the network: from the browser's cache,
     * a file, or the caller; known of a part when it is there wholly
     */
    cached: number;
};
export type LoadOptions = {
    /**
     * which of the two models that lie next to this module
     */
    precision?: 'int8' | 'float32';
    /**
     * a model file (.sqz) in place of those
     */
    model?: Part;
    /**
     * squeezenet.wasm, where it lies elsewhere
     */
    wasm?: Part;
    /**
     * kernels.wasm or kernels-relaxed.wasm, where it lies elsewhere
     */
    kernels?: Part;
    /**
     * false: compute on the calling thread; otherwise in a worker, where workers can be started
     */
    worker?: boolean;
    /**
     * how many pictures may be in work at once, each in a worker of its own (1). The
     * first starts now, the others when calls wait
     */
    workers?: number;
    /**
     * names of the classes in place of the model's
     */
    labels?: string[];
    onProgress?: (progress: Progress) => void;
    signal?: AbortSignal;
};
export type Crop = 'squash' | 'center' | 'fit';
export type RunOptions = {
    signal?: AbortSignal;
    crop?: Crop;
};
export type Choice = {
    /**
     * how many classes at most (5)
     */
    topK?: number;
    /**
     * the only classes to choose from, by index, WordNet id or name (one of
     * a class's names is enough); probabilities stay those among all classes
     */
    classes?: (number | string)[];
    /**
     * leaves out what is less probable than this, 0 to 1
     */
    threshold?: number;
};
export type ClassifyOptions = RunOptions & Choice;
export type Stream = {
    /**
     * how many pictures are in work or wait to be taken at once (twice `workers`)
     */
    concurrency?: number;
    /**
     * after every
     * picture; total where the source has a length or size
     */
    onProgress?: (progress: {
        done: number;
        failed: number;
        total: number | undefined;
    }) => void;
};
export type Classified = {
    index: number;
    source: any;
    predictions?: Prediction[];
    error?: SqueezeNetError;
};
export type VideoFrameFacts = import('./streams.mjs').VideoFrameFacts;
export type Watch = import('./streams.mjs').Watch;
export type Output = {
    data: Float32Array;
    shape: number[];
};
export type ClassMap = {
    /**
     * height x width scores, 0 and above; their mean is the class's logit
     */
    data: Float32Array;
    width: number;
    height: number;
    /**
     * the part of the picture that
     * the map and its image cover, as fractions of the picture's sides (below 0 or beyond 1 where the input was filled up)
     */
    region: {
        x: number;
        y: number;
        width: number;
        height: number;
    };
    /**
     * the map to be laid over the picture: white, its alpha the score as a share of
     * the map's largest, refined along the picture's edges; in Node {data, width, height}
     */
    image: ImageData;
};
export type Times = {
    decode: number;
    resize: number;
    network: number;
    total: number;
};
export type Info = {
    architecture: string;
    precision: 'int8' | 'float32';
    /**
     * the form in use: "go" (this machine has no SIMD: slower), "simd", "relaxed-dot" or "relaxed-pair"
     */
    kernels: string;
    /**
     * the side of the network's square input in pixels
     */
    input: number;
    classes: number;
    parameters: number;
    /**
     * bytes of WebAssembly memory, of all workers
     */
    memory: number;
    /**
     * that the workers made over the network until their last answers: none, as they need none
     */
    requests: number;
    /**
     * the model file's id
     */
    model: string;
    /**
     * where the weights come from, and their licence
     */
    source: string;
    /**
     * the version of Go that built the program
     */
    go: string;
    /**
     * of wasm, kernels and model
     */
    bytes: number;
    /**
     * milliseconds from load() to its answer
     */
    loadTime: number;
    /**
     * of the last picture
     */
    times: Times | undefined;
};
export type Layer = {
    name: string;
    /**
     * "convolution", "max pooling", "sum" or "average pooling"
     */
    kind: string;
    /**
     * names of the layers that it reads, in the order of their channels; none: the picture
     */
    inputs: string[];
    /**
     * height, width, channels of its output
     */
    shape: number[];
    parameters: number;
    /**
     * multiply-adds
     */
    macs: number;
    /**
     * with {times: true}
     */
    milliseconds?: number;
};
export type TrainOptions = {
    /**
     * pictures
     * looked at, then the part of the training that is done (of 1; it leaps when the training stops early)
     */
    onProgress?: (progress: {
        phase: 'features' | 'train';
        done: number;
        total: number;
    }) => void;
    /**
     * an integer, 0 and above (1): the same pictures with the same seed give the same model
     */
    seed?: number;
    signal?: AbortSignal;
};
export type Training = {
    /**
     * pictures
     */
    right: number;
    /**
     * how many
     */
    of: number;
    classes: {
        name: string;
        pictures: number;
        right: number;
    }[];
    /**
     * [i][j]: pictures of class i that were taken for class j
     */
    confusion: number[][];
    /**
     * each picture's class,
     * its index there, and what it was taken for
     */
    answers: {
        name: string;
        picture: number;
        className: string;
        probability: number;
    }[];
};
export type SelfTest = {
    /**
     * over logits and class maps of made-up pictures
     */
    hash: string;
    /**
     * the hash that every machine must give; empty for a model that is not ours
     */
    expected: string;
    /**
     * undefined where there is nothing to compare with: a model without a hash
     */
    ok: boolean | undefined;
};
import { provide, SqueezeNetError } from './parts.mjs';
export { provide, SqueezeNetError };
/**
 * Loads the model: fetches the Go program, its kernels and the weights (all at once), and starts them
 * in a worker. Rejects with a SqueezeNetError, or as the signal says.
 * @param {LoadOptions} [options]
 * @returns {Promise<Model>}
 */
export declare function load(options?: LoadOptions): Promise<Model>;
/** A name by itself, so that the declarations have the method. @type {typeof Symbol.asyncDispose} */
declare const asyncDispose: typeof Symbol.asyncDispose;
/** A loaded model, as load() gives it. Calls are begun in the order in which they were made. */
export declare class Model {
    #private;
    /** @readonly @type {Training | undefined} how good it is, of a model that train() made */
    training: Training | undefined;
    /**
     * The likeliest classes of a picture, likeliest first.
     * @param {Source} source
     * @param {number | ClassifyOptions} [options] how many (5), or {topK, classes, threshold, crop, signal}
     * @returns {Promise<Prediction[]>}
     */
    classify(source: Source, options?: number | ClassifyOptions): Promise<Prediction[]>;
    /**
     * Classifies many pictures, `workers` at once, and gives what it finds in their order. No more are taken from the
     * source than are in work or wait to be given. A bad picture does not end it; aborting does, and leaving
     * the loop early closes the source.
     *
     *     for await (const { index, predictions, error } of model.classifyAll(files)) …
     * @param {Iterable<Source | Promise<Source>> | AsyncIterable<Source>} sources
     * @param {ClassifyOptions & Stream} [options]
     * @returns {AsyncGenerator<Classified, void, void>}
     */
    classifyAll(sources: Iterable<Source | Promise<Source>> | AsyncIterable<Source>, { concurrency, onProgress, signal, ...options }?: ClassifyOptions & Stream): AsyncGenerator<Classified, void, void>;
    /**
     * Classifies a video's newest frame again and again (a camera's too) until it ends, is stopped or aborted. One
     * frame is in work at a time, until what the callback returns has settled; those that come meanwhile are dropped.
     * Asking classMap() for the frame in the callback costs no second run.
     * @param {HTMLVideoElement} video
     * @param {(predictions: Prediction[], facts: VideoFrameFacts) => unknown} callback
     * @param {ClassifyOptions & {fps?: number}} [options] fps: at most so many answers a second
     * @returns {Watch}
     */
    classifyVideo(video: HTMLVideoElement, callback: (predictions: Prediction[], facts: VideoFrameFacts) => unknown, { fps, signal, ...options }?: ClassifyOptions & {
        fps?: number;
    }): Watch;
    /**
     * What the network computes for a picture: 'logits', 'probabilities', 'features' (what the last convolution
     * reads), 'embedding' (their mean over the map: a picture's description in few numbers) or a layer by its name
     * in layers().
     * @param {Source} source
     * @param {RunOptions & {output?: string}} [options]
     * @returns {Promise<Output>}
     */
    infer(source: Source, { output, ...rest }?: RunOptions & {
        output?: string;
    }): Promise<Output>;
    /**
     * Where in a picture a class is seen. Asked after classify() for the same Blob, ImageBitmap or VideoFrame,
     * it costs no second run.
     * @param {Source} source
     * @param {number} index the class
     * @param {RunOptions} [options]
     * @returns {Promise<ClassMap>}
     */
    classMap(source: Source, index: number, options?: RunOptions): Promise<ClassMap>;
    /**
     * The network's layers with shapes, parameters and multiply-adds; with {times: true} also how long each takes here, on
     * the picture before: measured now, for some half a second.
     * @param {{times?: boolean, signal?: AbortSignal}} [options]
     * @returns {Promise<Layer[]>}
     */
    layers({ times, signal }?: {
        times?: boolean;
        signal?: AbortSignal;
    }): Promise<Layer[]>;
    /** The classes, in the order of their indices. @returns {Promise<{wnid: string, className: string}[]>} */
    classNames(): Promise<{
        wnid: string;
        className: string;
    }[]>;
    /** Computes made-up pictures and compares every bit with what all machines must give. @returns {Promise<SelfTest>} */
    selfTest(): Promise<SelfTest>;
    /** What was loaded, and the times of the last picture. @returns {Info} */
    info(): Info;
    /**
     * Makes a model of one's own classes: a new last layer on this network's features. The two live and are
     * disposed of apart. It takes some seconds; ten pictures a class make a fair start, two is the least.
     *
     *     const mine = await model.train({ cup: cupFiles, plate: plateFiles });
     * @param {Record<string, Iterable<Source>>} classes pictures by the name of their class
     * @param {TrainOptions} [options]
     * @returns {Promise<Model>} with `training`, which says how good it is
     */
    train(classes: Record<string, Iterable<Source>>, { onProgress, signal, seed }?: TrainOptions): Promise<Model>;
    /** The model's file: load({model}) takes it. @returns {Promise<Uint8Array<ArrayBuffer>>} */
    export(): Promise<Uint8Array<ArrayBuffer>>;
    /** Ends the workers and frees their memory. Waiting calls reject; so does every later one. */
    dispose(): Promise<void>;
    [asyncDispose](): Promise<void>;
}

/**
 * The interface of `@tensorflow-models/mobilenet` 2.1.1 on SqueezeNet, without TensorFlow.js: change the
 * import, and a page that classified pictures with it goes on doing so.
 *
 *     import * as mobilenet from 'squeezenet-wasm/mobilenet';
 *     const model = await mobilenet.load();
 *     const predictions = await model.classify(img);   // three of {className, probability}
 *
 * What differs, because the network runs in a worker: `infer()` gives a {@link Tensor} of its own, not a
 * `tf.Tensor`, whose values are on their way: `await model.infer(img)` (or its `data()`) before `dataSync()`.
 * For TensorFlow.js: `const t = await model.infer(img, true); tf.tensor(t.dataSync(), t.shape)`.
 * The logits and the (512) embedding are SqueezeNet's, so a classifier that was trained on MobileNet's
 * embeddings must be trained again.
 *
 * @module
 */
export type MobileNetVersion = 1 | 2;
export type MobileNetAlpha = 0.25 | 0.50 | 0.75 | 1.0;
export type MobileNetConfig = {
    /**
     * 1 (the default) or 2; checked, and the network is SqueezeNet all the same
     */
    version?: MobileNetVersion;
    /**
     * 1 unless given; 0.25 only with version 1; checked likewise
     */
    alpha?: MobileNetAlpha;
    /**
     * the address of a model file (.sqz) of your own, in place of the network that comes along;
     * version and alpha are then not looked at
     */
    modelUrl?: string;
    /**
     * checked; a model file says itself what its input's range is
     */
    inputRange?: [number, number];
};
export type ModelConfig = MobileNetConfig & Omit<import('./squeezenet.mjs').LoadOptions, 'model'>;
export type TensorLike = {
    /**
     * [height, width, 3]; for infer() also [pictures, height, width, 3]
     */
    shape: number[];
    data?: () => Promise<ArrayLike<number>>;
    /**
     * is called where there is no data()
     */
    dataSync?: () => ArrayLike<number>;
};
export type MobileNetSource = import('./squeezenet.mjs').Source | TensorLike;
export type MobileNetPrediction = {
    className: string;
    probability: number;
};
/** The version of `@tensorflow-models/mobilenet` whose interface this is. */
export declare const version = "2.1.1";
/**
 * Loads the network. Rejects with a SqueezeNetError, of code 'bad-option' for a version, alpha or
 * inputRange that does not exist.
 * @param {ModelConfig} [modelConfig]
 * @returns {Promise<MobileNet>}
 */
export declare function load({ version, alpha, modelUrl, inputRange, ...options }?: ModelConfig): Promise<MobileNet>;
/** A loaded network, as load() gives it. */
export declare class MobileNet {
    #private;
    /** Is there because the interface has it: the network is loaded already. @returns {Promise<void>} */
    load(): Promise<void>;
    /**
     * The likeliest classes of a picture, likeliest first.
     * @param {MobileNetSource} img
     * @param {number} [topk] how many
     * @returns {Promise<MobileNetPrediction[]>}
     */
    classify(img: MobileNetSource, topk?: number): Promise<MobileNetPrediction[]>;
    /**
     * What the network computes for a picture: the (1, 1000) logits, or the (1, 512) embedding, which is
     * what its classifier reads. Await the tensor, or its data().
     * @param {MobileNetSource} img
     * @param {boolean} [embedding]
     * @returns {PendingTensor}
     */
    infer(img: MobileNetSource, embedding?: boolean): PendingTensor;
    /** Ends the worker and frees its memory; not in the interface. @returns {Promise<void>} */
    dispose(): Promise<void>;
}
/** Values and their shape: the part of a `tf.Tensor` with which values are read. */
export declare class Tensor {
    #private;
    /** @readonly */
    readonly dtype = "float32";
    /** @readonly @type {number[]} */ readonly shape: number[];
    /** How many values it has. @returns {number} */
    get size(): number;
    /** How many dimensions it has. @returns {number} */
    get rank(): number;
    /** @returns {boolean} */
    get isDisposed(): boolean;
    /** The values in row-major order. @returns {Promise<Float32Array>} */
    data(): Promise<Float32Array>;
    /** The values in row-major order. Throws where they are still on their way. @returns {Float32Array} */
    dataSync(): Float32Array;
    /** The values as rows. @returns {Promise<number[][]>} */
    array(): Promise<number[][]>;
    /** The values as rows. Throws where they are still on their way. @returns {number[][]} */
    arraySync(): number[][];
    /** Lets the values go. */
    dispose(): void;
}
/** A tensor whose values are being computed. Awaited, it gives the {@link Tensor} that has them. */
export declare class PendingTensor extends Tensor {
    #private;
    get isDisposed(): boolean;
    data(): Promise<Float32Array<ArrayBufferLike>>;
    dataSync(): Float32Array<ArrayBufferLike>;
    /** Lets the values go, or stops computing them. */
    dispose(): void;
    /**
     * @template [T=Tensor] @template [U=never]
     * @param {((tensor: Tensor) => T | PromiseLike<T>) | null} [done]
     * @param {((reason: any) => U | PromiseLike<U>) | null} [failed]
     * @returns {Promise<T | U>}
     */
    then<T = Tensor, U = never>(done?: ((tensor: Tensor) => T | PromiseLike<T>) | null, failed?: ((reason: any) => U | PromiseLike<U>) | null): Promise<T | U>;
}

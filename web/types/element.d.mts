/**
 * The custom element `<squeezenet-classifier>`: a picture is dropped, pasted, chosen or given, and its
 * likeliest classes are shown. Importing this module defines it.
 *
 *     <script type="module" src="squeezenet/element.mjs"></script>
 *     <squeezenet-classifier src="cat.jpg" topk="3" heatmap></squeezenet-classifier>
 *
 * The network is loaded when the first picture comes (or the visitor is about to give one), once for all
 * elements with the same settings, and let go with the last of them. A page with a Content-Security-Policy
 * needs `script-src 'wasm-unsafe-eval'`, `worker-src blob:` and `img-src blob:` besides its own.
 *
 * @module
 */
import type { Prediction, Source } from './squeezenet.mjs';
export type SqueezeNetEventMap = {
    /**
     * the network is ready
     */
    "squeezenet-load": CustomEvent<{
        info: import('./squeezenet.mjs').Info;
    }>;
    /**
     * the network is on its way
     */
    "squeezenet-progress": CustomEvent<import('./squeezenet.mjs').Progress>;
    /**
     * a picture has its answer
     */
    "squeezenet-result": CustomEvent<{
        predictions: Prediction[];
        source: Source;
    }>;
    /**
     * the network or a picture could not be had; the element says why
     */
    "squeezenet-error": CustomEvent<{
        error: Error;
    }>;
};
/**
 * The element `<squeezenet-classifier>`. Each attribute is a property too:
 *
 * | attribute | property | |
 * |---|---|---|
 * | `src` | `src` | the address of a picture |
 * | `topk` | `topK` | how many classes are shown (5) |
 * | `crop` | `crop` | `squash`, `center` or `fit`; without it as the network was trained |
 * | `precision` | `precision` | `int8` (the default) or `float32` |
 * | `model` | `model` | the address of a model file (.sqz) of your own |
 * | `heatmap` | `heatmap` | rows are buttons that show where in the picture their class is seen |
 * | `classes` | `classes` | only these are considered: indices or WordNet ids with commas between them, or names with semicolons |
 * | `threshold` | `threshold` | classes that are less probable are left out (0) |
 * | `disabled` | `disabled` | takes no picture from the visitor |
 * | `name` | `name` | in a form: the field's name; its value is the likeliest class |
 *
 * Slots: the default one takes an `<img>`, which is classified where it stands; `empty` what is shown before
 * there is a picture; `label` the words on the button.
 *
 * Parts: `frame`, `picture`, `map`, `empty`, `button`, `progress`, `list`, `row`, `name`, `share`, `bar`, `error`.
 * The property `--squeezenet-accent` is the colour of button and bars. Both colour schemes follow the page's.
 *
 * States, for `:state()`: `empty`, `loading` (the network), `busy` (a picture), `result`, `error`, `over` (a
 * file is held above it).
 *
 * Events: see {@link SqueezeNetEventMap}; besides `change`, when an answer to the visitor's own picture is there.
 */
export declare class SqueezeNetClassifier extends HTMLElement {
    #private;
    /** The address of a picture. @type {string} */
    get src(): string;
    set src(value: string);
    /** How many classes are shown. @type {number} */
    get topK(): number;
    set topK(value: number);
    /** How a picture that is not square meets the square input. @type {import('./squeezenet.mjs').Crop | ''} */
    get crop(): import('./squeezenet.mjs').Crop | '';
    set crop(value: import('./squeezenet.mjs').Crop | '');
    /** Which of the two models that come along. @type {'int8' | 'float32'} */
    get precision(): 'int8' | 'float32';
    set precision(value: 'int8' | 'float32');
    /** The address of a model file of your own. @type {string} */
    get model(): string;
    set model(value: string);
    /** Whether rows show where in the picture their class is seen. @type {boolean} */
    get heatmap(): boolean;
    set heatmap(value: boolean);
    /** Only these are considered: indices, WordNet ids or names; none: all are. @type {(number | string)[]} */
    get classes(): (number | string)[];
    set classes(value: (number | string)[]);
    /** Classes that are less probable are left out. @type {number} */
    get threshold(): number;
    set threshold(value: number);
    /** Whether the visitor can give no picture. @type {boolean} */
    get disabled(): boolean;
    set disabled(value: boolean);
    /** The field's name in a form. @type {string} */
    get name(): string;
    set name(value: string);
    /** The form that it is a field of. @returns {HTMLFormElement | null} */
    get form(): HTMLFormElement | null;
    /** The likeliest class, or nothing: what a form sends. @returns {string} */
    get value(): string;
    /** The last picture's classes, likeliest first. @returns {Prediction[]} */
    get predictions(): Prediction[];
    /** Loads the network before there is a picture. @returns {Promise<import('./squeezenet.mjs').Model>} shared: not yours to dispose of */
    load(): Promise<import('./squeezenet.mjs').Model>;
    /**
     * Shows a picture and its classes. Rejects as the network or the picture do (and the element says why),
     * and with an AbortError if another picture comes meanwhile.
     * @param {Source} source
     * @returns {Promise<Prediction[]>}
     */
    classify(source: Source): Promise<Prediction[]>;
    /** Takes the picture and its classes away. */
    clear(): void;
}
declare global {
    interface HTMLElementTagNameMap {
        'squeezenet-classifier': SqueezeNetClassifier;
    }
    interface HTMLElementEventMap extends SqueezeNetEventMap {
    }
}

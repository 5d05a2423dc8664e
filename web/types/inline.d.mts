export * from './squeezenet.mjs';

// Files that the build puts into inline.mjs.
declare module 'inlined:*' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

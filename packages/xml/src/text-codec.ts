// `InstanceType`: not every runtime whose types this is compiled with has the class as a type too.
/** UTF-8 to strings, of bytes that have been checked. A byte order mark is left in: inside a document it is a character. */
export const DECODER: InstanceType<typeof TextDecoder> = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });

/** Strings to UTF-8. */
export const ENCODER: InstanceType<typeof TextEncoder> = /* @__PURE__ */ new TextEncoder();

export const NO_BYTES: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/** What `ByteScanner.next()` gives: numbers, because it is asked for every tag. */
export type ByteToken = typeof MORE | typeof START | typeof END | typeof TEXT | typeof DONE;

/** Push more bytes, or say that it was all. */
export const MORE = 0;
export const START = 1;
export const END = 2;
export const TEXT = 3;
/** The document is complete and sound. */
export const DONE = 4;

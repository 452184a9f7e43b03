/** What `ByteScanner.next()` gives: numbers, because it is asked for every tag. */
export type ByteToken = typeof MORE | typeof START | typeof END | typeof TEXT | typeof DONE;

/** Push more bytes, or say that it was all. */
export const MORE = 0;
/** Token: a start tag. */
export const START = 1;
/** Token: an end tag, or the end of an empty element. */
export const END = 2;
/** Token: text between two tags. */
export const TEXT = 3;
/** The document is complete and sound. */
export const DONE = 4;

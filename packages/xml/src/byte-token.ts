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
/** Inside the scanner: no token yet, take another step. */
export const AGAIN = 5;

/** How a run of text has to be read: as it stands, with references and line ends resolved, or with line ends only. */
export type TextForm = typeof PLAIN_TEXT | typeof RAW_TEXT | typeof TEXT_LINES;
export const PLAIN_TEXT = 0;
export const RAW_TEXT = 1;
export const TEXT_LINES = 2;

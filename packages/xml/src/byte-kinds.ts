// What a byte is to a scanner. A file of constants alone, without imports: bundlers then put the numbers in their places.

export const PLAIN = 0;
export const LESS = 1;
export const AMPERSAND = 2;
export const BRACKET = 3;
export const RETURN = 4;
export const NEW_LINE = 5;
/** Begins or continues a character outside ASCII. */
export const HIGH = 6;
/** Cannot stand in a document. XML 1.0 §2.2. */
export const FORBIDDEN = 7;
export const QUOTE = 8;
export const TAB = 9;

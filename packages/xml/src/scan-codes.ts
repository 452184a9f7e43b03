// Numbers that the scanners give each other instead of a place. A file of constants alone, without imports: bundlers then put
// the numbers in their places.

/** The window ends inside the tag. */
export const INCOMPLETE = -1;

/** The input ends inside the reference. */
export const UNFINISHED = 0;
export const BAD_REFERENCE = -1;

/** The input ends inside the character. */
export const CUT_SHORT = 0;
export const NOT_UTF8 = -1;
/** UTF-8, but U+FFFE or U+FFFF: no characters of XML (XML 1.0 §2.2). */
export const NOT_A_CHARACTER = -2;

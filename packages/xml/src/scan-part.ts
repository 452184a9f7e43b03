/** What may come next. Numbers, because the comparison of strings costs as much as reading a short tag. */
export const AT_BEGIN = 0;
export const OUTSIDE = 1;
export const CONTENT = 2;
/** Behind `<a/>`. */
export const CLOSED_ITSELF = 3;
export const IN_CDATA = 4;
/** In a comment or instruction. */
export const IN_OPAQUE = 5;
export const FAILED = 6;
export type ScanPart = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** What ends an opaque part: twice the character and `>`, for an instruction once. */
export const COMMENT_MARK = 0x2d;
export const CDATA_MARK = 0x5d;
export const INSTRUCTION_MARK = 0x3f;

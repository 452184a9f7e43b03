// A document as numbers. Every node has three: what it is and its number in the list of names; where it begins; where it ends.
// An element is followed by its declarations, its attributes and its content, each node at once by what is inside it. An
// element's end is the node behind all of that; the end of everything else is a place in the document.

export const ELEMENT = 0;
export const DECLARATION = 1;
export const ATTRIBUTE = 2;
export const TEXT_NODE = 3;
/** Text of a CDATA section with carriage returns in it. */
export const LINES_NODE = 4;
/** Added to the kind of what has to be resolved. */
export const RAW = 8;
export const KIND_BITS = 4;
export const WIDTH = 3;

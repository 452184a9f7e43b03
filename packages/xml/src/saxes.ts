/*
 * The reference that the fast reader is compared with. An entry point of its own: only what imports it has saxes in its bundle.
 */
export { parseXmlBySaxes } from "./parse-xml-by-saxes.ts";
export { SaxesReader } from "./saxes-reader.ts";

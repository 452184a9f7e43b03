/** The bytes of standard base64 with padding (RFC 4648 §4); undefined for anything else. White space is not allowed. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const digits = text.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((digits.length * 6) / 8));
  let bits = 0;
  let value = 0;
  let at = 0;
  for (const digit of digits) {
    value = ((value << 6) | ALPHABET.indexOf(digit)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (value >> bits) & 0xff;
  }
  // RFC 4648 §3.5: the bits left over are zero, so that a key has one text.
  return (value & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

/** Standard base64; `padding` false leaves the `=` out, as SSH fingerprints do. */
export function encodeBase64(bytes: Uint8Array, padding = true): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const group = (a << 16) | (b << 8) | c;
    const count = Math.min(bytes.length - at, 3) + 1;
    for (let digit = 0; digit < count; digit++) text += ALPHABET[(group >> (18 - 6 * digit)) & 0x3f] ?? "";
    if (padding) text += "=".repeat(4 - count);
  }
  return text;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

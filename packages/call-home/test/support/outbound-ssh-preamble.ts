import { createHmac } from "node:crypto";

export const PUBLIC_BLOB = blob(7);
export const OTHER_BLOB = blob(8);
export const HOST_KEY = hostKeyText(PUBLIC_BLOB);

function blob(seed: number): Uint8Array {
  return Uint8Array.from([
    0,
    0,
    0,
    11,
    ...new TextEncoder().encode("ssh-ed25519"),
    0,
    0,
    0,
    32,
    ...new Array<number>(32).fill(seed),
  ]);
}

export function hostKeyText(publicBlob: Uint8Array): string {
  return `ssh-ed25519 ${Buffer.from(publicBlob).toString("base64")}`;
}

export function hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha1", key).update(data).digest());
}

/** The lines that a device of this id sends, with a secret in the long form. */
export function preambleLines(deviceId: string, secret?: string): readonly string[] {
  const lines = ["MSG-ID: DEVICE-CONN-INFO", "MSG-VER: V1", `DEVICE-ID: ${deviceId}`];
  if (secret === undefined) return lines;
  const hmac = createHmac("sha1", secret).update(HOST_KEY).digest("hex");
  return [...lines, `HOST-KEY: ${HOST_KEY}`, `HMAC: ${hmac}`];
}

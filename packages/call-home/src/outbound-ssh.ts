import { quoted } from "@netconf-kit/core";
import { decodeBase64 } from "./base64.ts";
import { DialectError } from "./dialect-errors.ts";

/** What a Junos device says before SSH begins (`outbound-ssh`). */
export interface OutboundSshPreamble {
  /** A claim: it alone proves nothing. */
  readonly deviceId: string;
  /** The device's host key, when it sent one. */
  readonly hostKey: OutboundSshHostKey | undefined;
  /**
   * Whether the HMAC shows that a holder of the device's secret sent this host key. Then it is to be the key of the key
   * exchange: see `provesHostKey`. Who holds the secret may claim any DEVICE-ID that has the same secret, so no two devices
   * may share one.
   */
  readonly proved: boolean;
}

/** The host key that a preamble of outbound-ssh names. */
export interface OutboundSshHostKey {
  readonly algorithm: string;
  /** As in SSH: RFC 4253 §6.6. */
  readonly publicBlob: Uint8Array;
}

/** By what a preamble of outbound-ssh is checked. */
export interface OutboundSshOptions {
  /** The secret of a device; undefined for a device without one, whose preamble then proves nothing. */
  readonly secretOf: (deviceId: string) => Uint8Array | string | undefined;
  /** HMAC with SHA-1 (RFC 2104), 20 bytes. Handed in, because this package has no cryptography of its own. */
  readonly hmacSha1: (key: Uint8Array, data: Uint8Array) => Uint8Array;
}

/** Whether a line, without its end, is one of the preamble. */
export function isOutboundSshLine(line: string): boolean {
  return FIELD.test(line);
}

/**
 * Reads the lines of a preamble: MSG-ID, MSG-VER, DEVICE-ID, and with a shared secret HOST-KEY and HMAC. The HMAC is that of
 * the text of HOST-KEY, in hexadecimal.
 *
 * @throws DialectError `outbound-ssh-malformed`, `outbound-ssh-version`, `outbound-ssh-unproved`, `outbound-ssh-wrong-hmac`
 */
export function readOutboundSsh(lines: readonly string[], options: OutboundSshOptions): OutboundSshPreamble {
  const fields = readFields(lines);
  const deviceId = fields.get("DEVICE-ID");
  if (fields.get("MSG-ID") !== "DEVICE-CONN-INFO") throw malformed("MSG-ID is not DEVICE-CONN-INFO");
  if (fields.get("MSG-VER") !== "V1") {
    throw new DialectError("outbound-ssh-version", "cannot read an outbound-ssh preamble: MSG-VER is not V1");
  }
  if (deviceId === undefined || deviceId === "") throw malformed("there is no DEVICE-ID");
  if (deviceId.length > MAX_DEVICE_ID) throw malformed(`DEVICE-ID has more than ${MAX_DEVICE_ID} characters`);
  const text = fields.get("HOST-KEY");
  const hostKey = text === undefined ? undefined : parseHostKey(text);
  return { deviceId, hostKey, proved: isProved(deviceId, text, fields.get("HMAC"), options) };
}

/**
 * Whether this preamble proved that the device's host key is `publicBlob`.
 *
 * @example
 * const { preamble } = await openDialect(accepted, { transport: "ssh" });
 * const proved = preamble !== undefined && provesHostKey(preamble, publicBlob);
 */
export function provesHostKey(preamble: OutboundSshPreamble, publicBlob: Uint8Array): boolean {
  return preamble.proved && preamble.hostKey !== undefined && sameBytes(preamble.hostKey.publicBlob, publicBlob);
}

/**
 * For `verifyHostKey`: a preamble that proved one key, and a key exchange with another, are two parties.
 *
 * @throws DialectError `outbound-ssh-wrong-host-key`
 * @example
 * const { preamble } = await openDialect(accepted, { transport: "ssh" });
 * if (preamble !== undefined) checkProvedHostKey(preamble, publicBlob);
 */
export function checkProvedHostKey(preamble: OutboundSshPreamble, publicBlob: Uint8Array): void {
  if (!preamble.proved || provesHostKey(preamble, publicBlob)) return;
  throw new DialectError(
    "outbound-ssh-wrong-host-key",
    `device ${quoted(preamble.deviceId)} shows another host key than the one it proved`,
  );
}

const FIELD = /^(MSG-ID|MSG-VER|DEVICE-ID|HOST-KEY|HMAC):[ \t]*(.*?)[ \t\0]*$/;
const MAX_DEVICE_ID = 256;
const HMAC_SHA1_HEX = /^[\da-f]{40}$/i;

function readFields(lines: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name = "", value = ""] = FIELD.exec(line) ?? [];
    if (fields.has(name)) throw malformed(`${name} stands there twice`);
    fields.set(name, value);
  }
  return fields;
}

function isProved(
  deviceId: string,
  hostKey: string | undefined,
  hmac: string | undefined,
  { secretOf, hmacSha1 }: OutboundSshOptions,
): boolean {
  const secret = secretOf(deviceId);
  if (secret === undefined) return false;
  const key = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  if (key.length === 0) throw new DialectError("invalid-options", "an outbound-ssh secret is empty");
  if (hostKey === undefined || hmac === undefined) {
    throw new DialectError(
      "outbound-ssh-unproved",
      `device ${quoted(deviceId)} has a secret and does not prove its host key with it`,
    );
  }
  if (!HMAC_SHA1_HEX.test(hmac)) throw malformed("HMAC has not 40 hexadecimal digits");
  const sent = Uint8Array.from({ length: 20 }, (_, at) => Number.parseInt(hmac.slice(2 * at, 2 * at + 2), 16));
  if (!sameBytes(sent, hmacSha1(key, new TextEncoder().encode(hostKey)))) {
    throw new DialectError("outbound-ssh-wrong-hmac", `device ${quoted(deviceId)} does not know its secret`);
  }
  return true;
}

/** `ssh-ed25519 AAAA… comment`, as in a public key file. */
function parseHostKey(text: string): OutboundSshHostKey {
  const [algorithm = "", encoded = ""] = text.split(/[ \t]+/);
  const publicBlob = decodeBase64(encoded);
  const name = new TextEncoder().encode(algorithm);
  // RFC 4253 §6.6: the blob begins with the name of its algorithm.
  const prefix = Uint8Array.of(0, 0, 0, name.length, ...name);
  const fits = publicBlob !== undefined && algorithm.length > 0 && algorithm.length < 256;
  if (!fits || !sameBytes(publicBlob.subarray(0, prefix.length), prefix)) throw malformed("HOST-KEY is no public key");
  return { algorithm, publicBlob };
}

/** In a time that depends on the length alone: no byte of an HMAC is to be found by trial. */
function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let at = 0; at < left.length; at++) difference |= (left[at] ?? 0) ^ (right[at] ?? 0);
  return difference === 0;
}

function malformed(what: string): DialectError {
  return new DialectError("outbound-ssh-malformed", `cannot read an outbound-ssh preamble: ${what}`);
}

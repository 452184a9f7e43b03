import { nobleProvider } from "../algorithms/noble-provider.ts";
import type { CryptoProvider, RandomSource } from "../algorithms/provider.ts";
import { SshError } from "../errors.ts";
import { encodeBase64 } from "../wire/base64.ts";
import { printable } from "../wire/printable.ts";
import { certificateOf } from "./certificate.ts";
import { knownHostsName } from "./host-pattern.ts";
import { hashHost } from "./known-hosts.ts";
import { formatPublicKey, publicKeyType } from "./public-key.ts";

/**
 * A line for a known_hosts file, in plain form and without a line end. Of a certificate, the key in it is written. Throws
 * `local-usage` for what is no host name.
 *
 * @example
 * formatKnownHostsLine("router.example", 830, publicBlob); // "[router.example]:830 ssh-ed25519 AAAA…"
 */
export function formatKnownHostsLine(host: string, port: number, publicBlob: Uint8Array, comment = ""): string {
  return formatLine(checkedName(host, port), publicBlob, comment);
}

/**
 * The same with the name hashed, as OpenSSH writes it with `HashKnownHosts yes`: who steals the file learns no names.
 * `random` gives the salt.
 *
 * @example
 * const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
 * const line = formatHashedKnownHostsLine("router.example", 830, publicBlob, { random });
 */
export function formatHashedKnownHostsLine(
  host: string,
  port: number,
  publicBlob: Uint8Array,
  options: { readonly random: RandomSource; readonly comment?: string; readonly provider?: CryptoProvider },
): string {
  const { random, comment = "", provider = nobleProvider } = options;
  const salt = random(20);
  const hash = hashHost(checkedName(host, port), salt, provider);
  return formatLine(`|1|${encodeBase64(salt)}|${encodeBase64(hash)}`, publicBlob, comment);
}

function formatLine(hosts: string, shown: Uint8Array, comment: string): string {
  const publicBlob = certificateOf(shown)?.publicBlob ?? shown;
  return `${hosts} ${formatPublicKey({ type: publicKeyType(publicBlob), publicBlob, comment })}`;
}

function checkedName(host: string, port: number): string {
  const name = knownHostsName(host, port);
  if (name === "" || /[\s,*?!|#@]/.test(name))
    throw new SshError("local-usage", `writing a known_hosts line: "${printable(host, 256)}" is not a host name`);
  return name;
}

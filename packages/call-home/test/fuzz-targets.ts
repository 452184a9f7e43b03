import type { FuzzTarget } from "../../../test/fuzz/fuzz-target.ts";
import { joined, readsOf, utf8Tokens } from "../../../test/fuzz/mutations.ts";
import { isConfigError } from "../src/config-errors.ts";
import { isDialectError } from "../src/dialect-errors.ts";
import { type JsonNode, readJson } from "../src/json-reader.ts";
import { formatListenState, parseListenState } from "../src/listen-state.ts";
import { readOutboundSsh } from "../src/outbound-ssh.ts";
import { parseListenConfig } from "../src/parse-listen-config.ts";
import { DialectSniffer, type SnifferOptions } from "../src/sniff.ts";
import { FULL } from "./support/listen-file.ts";
import { hmacSha1, preambleLines } from "./support/outbound-ssh-preamble.ts";
import { plain } from "./support/plain-json.ts";
import { CRC32C, proxyV2, tlv } from "./support/proxy-header.ts";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const SSH = "SSH-2.0-device\r\n";
const preamble = (secret?: string): string => `${preambleLines("mx-7", secret).join("\r\n")}\r\n`;
const addresses = Uint8Array.of(192, 0, 2, 7, 10, 0, 0, 5, 0xc7, 0x38, 0x10, 0xee);

const beginnings = [SSH, `Welcome\r\n\r\n${SSH}`, `${preamble()}${SSH}`, `${preamble("s3cret")}\r\n${SSH}`].map(ascii);
const headers = [
  ascii("PROXY TCP4 192.0.2.7 10.0.0.5 51000 4334\r\n"),
  ascii("PROXY UNKNOWN\r\n"),
  proxyV2(0x21, 0x11, addresses, tlv(CRC32C, 4), tlv(0x04, 9)),
  proxyV2(0x20, 0x00),
];

/** What a peer says first, and what an operator writes: a verdict or a typed error, the same for any reads. */
export const callHomeTargets: readonly FuzzTarget[] = [
  sniffing("call-home-sniff", { transport: "ssh", fromBalancer: false }, beginnings),
  sniffing(
    "call-home-sniff-balancer",
    { transport: "ssh", fromBalancer: true },
    headers.flatMap((header) => beginnings.map((rest) => joined(header, rest))),
  ),
  {
    name: "call-home-config",
    tokens: utf8Tokens(
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "null",
      "-1",
      "1e999",
      '"ssh"',
      '"\\u0000"',
      '"__proto__":',
    ),
    inputs: () => [ascii(JSON.stringify(FULL)), ascii(JSON.stringify(FULL, undefined, 2))],
    decode: (input) => {
      const text = new TextDecoder().decode(input);
      compareWithRuntime(text);
      return codeOf(isConfigError, () => void parseListenConfig(text));
    },
  },
  {
    name: "call-home-state",
    tokens: utf8Tokens('"', "{", "}", "[", "]", ",", ":", "null", "-1", "1e999", '"version"', "x509-certificate"),
    inputs: () => [ascii(formatListenState(STATE, 0))],
    decode: (input) =>
      codeOf(isConfigError, () => {
        const state = parseListenState(new TextDecoder().decode(input), 0);
        parseListenState(formatListenState(state, 0), 0);
      }),
  },
];

const STATE = {
  learned: [{ name: "router", fingerprints: ["SHA256:a"], standsAlone: true, approved: true }],
  pending: [
    {
      id: "SHA256:b",
      identity: { kind: "x509-certificate", fingerprint: "SHA256:b", names: ["b"], authority: undefined },
      device: undefined,
      remote: "192.0.2.7:4000",
      transport: "tls",
      calls: 1,
      firstCall: 5000,
      lastCall: 1000,
    },
  ],
  refused: [{ id: "SHA256:c", expiresIn: 5000 }],
  failedUsers: [{ device: "router", user: "ops", expiresIn: 5000 }],
} as const;

function sniffing(name: string, options: SnifferOptions, inputs: readonly Uint8Array[]): FuzzTarget {
  return {
    name,
    tokens: utf8Tokens(SSH, "SSH-", "PROXY ", "MSG-ID: ", "DEVICE-ID: ", "HMAC: ", "GET / ", "<", "\r\n", "\n", "\0"),
    inputs: () => inputs,
    decode: (input, split) => {
      const whole = sniff([input], input.length, options);
      const inReads = sniff(readsOf(input, split), input.length, options);
      if (inReads !== whole) throw new Error(`reads give ${inReads}, the whole gives ${whole}`);
      return whole.split(" ")[0] ?? "";
    },
  };
}

/** A word for the outcome, then the details; what is left over counts from where it begins. */
function sniff(reads: Iterable<Uint8Array>, length: number, options: SnifferOptions): string {
  const sniffer = new DialectSniffer(options);
  let read = 0;
  let details = "";
  const outcome = codeOf(isDialectError, () => {
    for (const chunk of reads) {
      if (sniffer.result !== undefined) break;
      sniffer.receive(chunk.slice());
      read += chunk.length;
    }
    sniffer.receiveEnd();
    const { proxy, preamble: lines = [], rest } = sniffer.result ?? {};
    const taken = read - (rest?.length ?? 0);
    if (taken < 0 || taken > length) throw new Error(`${taken} bytes were taken`);
    if (lines.length > 0)
      readOutboundSsh(lines, { secretOf: (id) => (id === "mx-7" ? "s3cret" : undefined), hmacSha1 });
    details = JSON.stringify([proxy, lines, taken]);
  });
  return `${outcome} ${details}`;
}

/** What the runtime reads, we read alike; but for a name that is there twice, and for depth. */
function compareWithRuntime(text: string): void {
  let ours: JsonNode;
  try {
    ours = readJson(text);
  } catch (error) {
    if (!isConfigError(error) || error.code !== "config-syntax" || /nested/.test(error.message)) return;
    try {
      JSON.parse(text);
    } catch {
      return;
    }
    throw new Error(`the runtime reads it: ${error.message}`);
  }
  if (JSON.stringify(plain(ours)) !== JSON.stringify(JSON.parse(text)))
    throw new Error("the runtime reads it otherwise");
}

function codeOf(isOurs: (error: unknown) => error is Error & { readonly code: string }, work: () => void): string {
  try {
    work();
    return "clean";
  } catch (error) {
    if (isOurs(error)) return error.code;
    throw error;
  }
}

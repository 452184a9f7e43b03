import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProtocolMachine } from "@netconf-kit/socket";
import fc from "fast-check";
import type { FuzzTarget } from "../../../test/fuzz/fuzz-target.ts";
import { mutate, type Random, readsOf, utf8Tokens } from "../../../test/fuzz/mutations.ts";
import { isSshError, type SshErrorCode } from "../src/errors.ts";
import { decodeIdentities, decodeSignature } from "../src/keys/agent-messages.ts";
import { parseAuthorizedKeys } from "../src/keys/authorized-keys.ts";
import { parseCertificate } from "../src/keys/certificate.ts";
import { formatPrivateKey } from "../src/keys/format-private-key.ts";
import { parseKnownHosts } from "../src/keys/known-hosts.ts";
import { parsePrivateKey } from "../src/keys/parse-private-key.ts";
import { parsePublicKey } from "../src/keys/parse-public-key.ts";
import { formatPublicKey } from "../src/keys/public-key.ts";
import { SshClientMachine } from "../src/session/client-machine.ts";
import { SshServerMachine } from "../src/session/server-machine.ts";
import { InputBuffer } from "../src/transport/input-buffer.ts";
import { PacketReader } from "../src/transport/packet-reader.ts";
import { VersionReader } from "../src/transport/version-exchange.ts";
import { SshWriter } from "../src/wire/writer.ts";
import { cases } from "./messages/cases.ts";
import {
  answerClient,
  answerServer,
  clientOptions,
  MachinePair,
  serverOptions,
  userKey,
} from "./session/machine-pair.ts";

const text = new TextDecoder();
const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

const binary = [
  ...utf8Tokens(
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "nistp256",
    "ssh-ed25519-cert-v01@openssh.com",
    "none",
  ),
  ...utf8Tokens("SSH-2.0-", "\r\n", "curve25519-sha256", "zlib@openssh.com", "force-command", "\u0000"),
  Uint8Array.of(0, 0, 0, 0),
  Uint8Array.of(0, 0, 0, 32),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff),
];
const textual = [
  ...utf8Tokens(
    " ",
    "\n",
    "\r\n",
    "\t",
    "=",
    "==",
    "#",
    "@revoked ",
    "@cert-authority ",
    "*",
    "?",
    "!",
    ",",
    "[h]:830",
  ),
  ...utf8Tokens(
    "|1|",
    "ssh-ed25519 ",
    "AAAA",
    '"',
    "\\",
    "-----BEGIN ",
    "-----END ",
    "-----\n",
    "PRIVATE KEY-----\n",
    ":",
  ),
  ...utf8Tokens(
    "DEK-Info: AES-128-CBC,00\n",
    "Proc-Type: 4,ENCRYPTED\n",
    'from="',
    "expiry-time=",
    "\u0000",
    "é",
    "\ufeff",
  ),
];

const publicLine = formatPublicKey(userKey);
const certificateFields = (type: string, fields: (writer: SshWriter) => SshWriter): Uint8Array =>
  fields(new SshWriter().text(type).string(new Uint8Array(32)))
    .u64(7n)
    .u32(1)
    .text("id")
    .string(new SshWriter().text("ada").take())
    .u64(0n)
    .u64(0xffffffffffffffffn)
    .string(new SshWriter().text("force-command").string(new SshWriter().text("x").take()).take())
    .string(new SshWriter().text("permit-pty").string(new Uint8Array(0)).take())
    .string(new Uint8Array(0))
    .string(userKey.publicBlob)
    .string(new SshWriter().text("ssh-ed25519").string(new Uint8Array(64)).take())
    .take();

/** What the peer, an agent or a file gives: values, or an error that has a code and the right fault. */
export const sshTargets: readonly FuzzTarget[] = [
  {
    name: "ssh-version",
    tokens: [...binary, ...utf8Tokens("SSH-1.99-", "SSH-", "\n", "\r", "é")],
    inputs: () => ["SSH-2.0-OpenSSH_9.2 x\r\n", "hello\r\nSSH-2.0-x\n", `${"a\n".repeat(50)}SSH-1.99-x\r\n`].map(utf8),
    decode: (input, split) => {
      const outcomes = (["client", "server"] as const).map((role) => {
        const read = (reads: Iterable<Uint8Array>): string => {
          const buffer = new InputBuffer();
          const reader = new VersionReader(role);
          return peerCode(() => {
            for (const each of reads) {
              buffer.append(each);
              const line = reader.next(buffer);
              if (line !== undefined) return `"${line}"`;
            }
            return "more";
          });
        };
        // Which of two mistakes comes first is a question of the reads.
        const kind = (outcome: string): string => (/^"|^more$/.test(outcome) ? outcome : "refused");
        const whole = read([input]);
        same(kind(whole), kind(read(readsOf(input, split))));
        return whole.replace(/^".*"$/s, "line");
      });
      return outcomes.join();
    },
  },
  {
    name: "ssh-packets",
    tokens: binary,
    inputs: () => [
      packets([1, 2, 3]),
      packets([40]),
      packets(
        messages()
          .slice(0, 5)
          .map(({ length }) => length),
      ),
    ],
    decode: (input, split) => {
      const read = (reads: Iterable<Uint8Array>): string => {
        const buffer = new InputBuffer();
        const reader = new PacketReader(35_000);
        const payloads: string[] = [];
        const outcome = peerCode(() => {
          for (const each of reads) {
            buffer.append(each);
            for (let payload = reader.next(buffer); payload !== undefined; payload = reader.next(buffer)) {
              payloads.push(Buffer.from(payload).toString("hex"));
            }
          }
          return "more";
        });
        return [...payloads, outcome].join();
      };
      return same(read([input]), read(readsOf(input, split))).replace(/^.*,/, "");
    },
  },
  {
    name: "ssh-messages",
    tokens: binary,
    inputs: messages,
    decode: (input) => {
      const outcomes = Object.values(cases)
        .filter(({ number }) => number === input[0])
        .map(({ decode }) => peerCode(() => (decode(input) === undefined ? "nothing" : "message")));
      return outcomes.join() || "unknown";
    },
  },
  {
    name: "ssh-server-machine",
    tokens: binary,
    inputs: () => [recorded("toServer")],
    decode: (input, split) => {
      const machine = new SshServerMachine(serverOptions());
      return machineOutcome(machine, readsOf(input, split), (event) => answerServer(machine, event, {}));
    },
  },
  {
    name: "ssh-client-machine",
    tokens: binary,
    inputs: () => [recorded("toClient")],
    decode: (input, split) => {
      const machine = new SshClientMachine(clientOptions());
      machine.login("ada", [{ method: "password", password: "secret" }]);
      return machineOutcome(machine, readsOf(input, split), (event) => answerClient(machine, event, {}));
    },
  },
  {
    name: "ssh-agent",
    tokens: binary,
    inputs: () => [
      new SshWriter().u8(12).u32(1).string(userKey.publicBlob).text("me").take(),
      new SshWriter()
        .u8(14)
        .string(new SshWriter().text("ssh-ed25519").string(new Uint8Array(64)).take())
        .take(),
    ],
    decode: (input) =>
      [() => decodeIdentities(input), () => decodeSignature(input, "ssh-ed25519")]
        .map((decode) => peerCode(() => (decode().length >= 0 ? "value" : "")))
        .join(),
  },
  {
    name: "ssh-certificate",
    tokens: binary,
    inputs: (corpus) => [
      certificateFields("ssh-ed25519-cert-v01@openssh.com", (writer) => writer.string(new Uint8Array(32).fill(9))),
      ...files(corpus, "ssh/certs", /cert\.pub$/).flatMap((file) => {
        const blob = Buffer.from(text.decode(file).split(" ")[1] ?? "", "base64");
        return blob.length > 0 ? [new Uint8Array(blob)] : [];
      }),
    ],
    decode: (input) => peerCode(() => parseCertificate(input).kind),
  },
  local("ssh-public-key", ["key-format", "key-not-supported"], {
    inputs: (corpus) => [utf8(`${publicLine} me`), ...files(corpus, "ssh", /\.(pub|pem)$/)],
    decode: (input) => parsePublicKey(input).type,
  }),
  local(
    "ssh-private-key",
    ["key-format", "key-mismatch", "key-encrypted", "key-passphrase-wrong", "key-not-supported"],
    {
      // Without a passphrase: trying one is slow on purpose.
      inputs: (corpus) => [utf8(formatPrivateKey(userKey)), ...files(corpus, "ssh/keys", /^(?!.*\.(pub|result)$)/)],
      decode: (input) => parsePrivateKey(input).algorithms.join(),
    },
  ),
  local("ssh-known-hosts", ["known-hosts-format"], {
    inputs: (corpus) => [
      utf8(`# c\n\nrouter,192.0.2.1 ${publicLine} c\n@cert-authority *.x,!y ${publicLine}\n@revoked * ${publicLine}\n`),
      utf8(`|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|AAAAAAAAAAAAAAAAAAAAAAAAAAA= ${publicLine}\n[h]:830 ${publicLine}\n`),
      ...files(corpus, "ssh/known_hosts", /./),
    ],
    decode: (input) => {
      const known = parseKnownHosts(input);
      return `${known.lookup("router", 830, userKey.publicBlob).status}${known.problems.length > 0 ? ", problems" : ""}`;
    },
  }),
  local("ssh-authorized-keys", ["authorized-keys-format"], {
    inputs: (corpus) => [
      utf8(
        `# c\n${publicLine} c\nfrom="10.0.0.0/8,!x",command="a \\"b\\"",no-pty ${publicLine}\ncert-authority ${publicLine}\n`,
      ),
      ...files(corpus, "ssh/authorized_keys", /./),
    ],
    decode: (input) => {
      const keys = parseAuthorizedKeys(input);
      return `${keys.find(userKey.publicBlob) === undefined ? "unknown" : "found"}${keys.problems.length > 0 ? ", problems" : ""}`;
    },
  }),
];

/** A reader of files that the user gave: its errors are local, and there are few. */
function local(
  name: string,
  codes: readonly SshErrorCode[],
  own: { readonly inputs: FuzzTarget["inputs"]; readonly decode: (input: string) => string },
): FuzzTarget {
  return {
    name,
    tokens: textual,
    own: inBase64,
    inputs: own.inputs,
    decode: (input) => {
      try {
        return own.decode(text.decode(input));
      } catch (error) {
        if (isSshError(error) && error.fault === "local" && codes.some((code) => code === error.code))
          return error.code;
        throw error;
      }
    },
  };
}

/** Damages what the base64 of a file stands for: a change of its text alone is seldom read any further. */
function inBase64(bytes: Uint8Array, random: Random): Uint8Array {
  const file = Buffer.from(bytes).toString("latin1");
  const blocks = [...file.matchAll(/[A-Za-z0-9+/\n]{40,}={0,2}/g)];
  const [block = ""] = blocks[random() % Math.max(blocks.length, 1)] ?? [];
  const source = { inputs: [], tokens: binary };
  const inner = mutate(new Uint8Array(Buffer.from(block, "base64")), source, random);
  return new Uint8Array(
    Buffer.from(
      file.replace(block, () => Buffer.from(inner).toString("base64")),
      "latin1",
    ),
  );
}

function peerCode(action: () => string): string {
  try {
    return action();
  } catch (error) {
    if (isSshError(error) && error.fault === "peer") return error.code;
    throw error;
  }
}

function same(one: string, other: string): string {
  if (one !== other) throw new Error(`one read gives ${one}, reads give ${other}`);
  return one;
}

function machineOutcome<Event extends { readonly type: string }>(
  machine: Pick<ProtocolMachine<Event>, "receive" | "nextEvent" | "outputLength">,
  reads: Iterable<Uint8Array>,
  answer: (event: Event) => void,
): string {
  let last = "nothing";
  return peerCode(() => {
    for (const read of reads) {
      machine.receive(read);
      for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) {
        last = event.type;
        answer(event);
      }
      if (machine.outputLength > 1_000_000) throw new Error("a megabyte of output for a few bytes of input");
    }
    return last;
  });
}

function messages(): readonly Uint8Array[] {
  return Object.values(cases).flatMap(({ arbitrary, encode }) =>
    fc.sample(arbitrary, { numRuns: 8, seed: 1 }).map((message) => encode(message)),
  );
}

/** Plain packets with payloads of these lengths (RFC 4253 §6). */
function packets(lengths: readonly number[]): Uint8Array {
  const writer = new SshWriter();
  for (const length of lengths) {
    const padding = 4 + ((8 - ((length + 9) % 8)) % 8);
    writer
      .u32(1 + length + padding)
      .u8(padding)
      .bytes(new Uint8Array(length + padding).fill(7));
  }
  return writer.take();
}

/** What one side of a session gets up to an open channel. */
function recorded(direction: "toServer" | "toClient"): Uint8Array {
  const pair = new MachinePair();
  const bytes: number[] = [];
  pair[direction] = (sent) => {
    bytes.push(...sent);
    return [sent];
  };
  pair.openChannel();
  return Uint8Array.from(bytes);
}

function files(corpus: string | undefined, folder: string, name: RegExp): readonly Uint8Array[] {
  if (corpus === undefined) return [];
  return readdirSync(join(corpus, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => new Uint8Array(readFileSync(join(entry.parentPath, entry.name))));
}

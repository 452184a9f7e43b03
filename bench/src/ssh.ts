import { createRequire } from "node:module";
import { nobleProvider } from "@netconf-kit/ssh";
import type { BenchGroup, SelfTimedCase, TimedCase } from "./harness.ts";
import { type SshEnds, startEnds } from "./ssh-ends.ts";
import { type Openssh, startOpenssh } from "./ssh-openssh.ts";
import { sshPacketGroups } from "./ssh-packets.ts";
import type { RivalName } from "./ssh-process.ts";
import type { SshRivalOptions } from "./ssh-rival.ts";
import { hasSsh2Addon } from "./ssh-ssh2.ts";

const MIB = 1 << 20;
/** A transfer takes a quarter of a second, which one busy moment of the machine spoils. */
const BULK_ROUNDS = 11;
const NATIVE_BYTES = 256 * MIB;
/** Plain JavaScript takes its time. */
const NOBLE_BYTES = 16 * MIB;
/** Half a second and more: less is at the mercy of one collection. */
const HANDSHAKES = 240;
/** What a process makes first, so that compiled code is measured on both sides. */
const FIRST_HANDSHAKES = 600;
const IDLE_SESSIONS = 500;
/** Open before those that are counted: code is compiled, again and better, for so long, and takes memory of its own. */
const FIRST_IDLE_SESSIONS = 500;
const CURVE = "curve25519-sha256";

const require = createRequire(import.meta.url);

/** SSH over loopback TCP with each end in a process of its own: ours, ssh2, dev-tunnels and OpenSSH; and single packets. */
export function sshGroups(): readonly BenchGroup[] {
  return [
    ...["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"].flatMap((cipher) => [
      bulkGroup(cipher, "sink"),
      bulkGroup(cipher, "source"),
    ]),
    ...sshPacketGroups(),
    handshakeGroup(1),
    handshakeGroup(16),
    idleGroup("client"),
    idleGroup("server"),
  ];
}

/** 256 MiB on one channel, to the server ("sink") or from it ("source"). */
function bulkGroup(cipher: string, kind: "sink" | "source"): BenchGroup {
  const ends = new LazyEnds();
  const bulk = (name: string, rival: RivalName, options: SshRivalOptions, bytes: number): SelfTimedCase => ({
    name,
    rate: async () => {
      const { client } = await ends.connected(name, rival, options);
      const start = performance.now();
      await client.ask({ name: "bulk", kind, bytes });
      return (bytes * 1000) / (performance.now() - start);
    },
  });
  const ours = "ours with node:crypto";
  const against = (name: string, version: string) => ({ rival: { name, version, against: [ours] } });
  const ssh2 = (name: string, flavour: string): SelfTimedCase => ({
    ...bulk(name, "ssh2", { cipher, flavour }, NATIVE_BYTES),
    ...against(name, versionOf("ssh2")),
  });
  const tunnels = "dev-tunnels-ssh";
  let openssh: Promise<Openssh | undefined> | undefined;
  return {
    name: `ssh: ${cipher}, ${kind === "sink" ? "to" : "from"} the server`,
    unit: "B",
    rounds: BULK_ROUNDS,
    baseline: bulk(ours, "ours", { cipher, flavour: "node" }, NATIVE_BYTES),
    cases: [
      bulk("ours with noble", "ours", { cipher, flavour: "noble" }, NOBLE_BYTES),
      ...(cipher.startsWith("aes")
        ? [bulk("ours with WebCrypto", "ours", { cipher, flavour: "web" }, NATIVE_BYTES)]
        : []),
      ...(hasSsh2Addon() ? [ssh2("ssh2 with its addon", "addon")] : []),
      ssh2("ssh2 without its addon", "javascript"),
      // It has no ChaCha20, and of AES-GCM only this.
      ...(cipher.startsWith("aes256")
        ? [
            {
              ...bulk(tunnels, "dev-tunnels", { cipher, flavour: "nodelay" }, NATIVE_BYTES),
              ...against(tunnels, versionOf("@microsoft/dev-tunnels-ssh")),
            },
          ]
        : []),
      {
        name: "OpenSSH",
        rate: async () => {
          openssh ??= startOpenssh();
          return (await openssh)?.bulk(kind, cipher, NATIVE_BYTES) ?? Number.NaN;
        },
        ...against("OpenSSH", "as installed"),
      },
    ],
    skipped: hasSsh2Addon() ? [] : ["ssh2 with its addon: it was not built when the package was installed"],
    dispose: async () => {
      (await openssh)?.close();
      await ends.close();
    },
  };
}

/** TCP, key exchange, login with a key, subsystem, goodbye. */
function handshakeGroup(atOnce: number): BenchGroup {
  const ends = new LazyEnds();
  const handshakes = (name: string, rival: RivalName, options: SshRivalOptions): SelfTimedCase => ({
    name,
    rate: async () => {
      // Waiting for delayed acknowledgements takes its time.
      const waits = options.flavour === "nagle" && atOnce === 1;
      const { client, port } = await ends.warmed(name, rival, options, waits ? 10 : FIRST_HANDSHAKES);
      const count = waits ? 10 : HANDSHAKES;
      const start = performance.now();
      await client.ask({ name: "handshakes", port, count, atOnce });
      return (count * 1000) / (performance.now() - start);
    },
  });
  const node = "ours with node:crypto, curve25519";
  const noble = "ours with noble, curve25519";
  const rival = (name: string, maker: RivalName, flavour: string, version: string): SelfTimedCase => ({
    ...handshakes(name, maker, { flavour }),
    rival: { name, version, against: [node, noble] },
  });
  return {
    name: `ssh: handshakes, ${atOnce === 1 ? "one after another" : `${atOnce} at once`}`,
    unit: "login",
    baseline: handshakes(node, "ours", { flavour: "node", keyExchange: CURVE }),
    cases: [
      handshakes("ours with node:crypto, ML-KEM and curve25519", "ours", { flavour: "node" }),
      handshakes(noble, "ours", { flavour: "noble", keyExchange: CURVE }),
      ...(atOnce === 1 ? [curvesAlone()] : []),
      rival("ssh2 as it comes", "ssh2", "nagle", versionOf("ssh2")),
      rival("ssh2 with NODELAY", "ssh2", "addon", versionOf("ssh2")),
      rival("dev-tunnels-ssh with NODELAY", "dev-tunnels", "nodelay", versionOf("@microsoft/dev-tunnels-ssh")),
    ],
    dispose: () => ends.close(),
  };
}

/**
 * What a login with noble cannot do without, and nothing else: each end makes a key pair, a shared secret, a signature and
 * checks one, one after the other as in a conversation.
 */
function curvesAlone(): TimedCase {
  const curve = nobleProvider.keyAgreement("x25519");
  const scheme = nobleProvider.signature("ed25519");
  const random = (length: number): Uint8Array => new Uint8Array(length).fill(3);
  const { secretKey, publicKey } = scheme.generate(random);
  const oneEnd = (): void => {
    const pair = curve.generate(random);
    if (curve.sharedSecret(pair.secretKey, pair.publicKey) === undefined) throw new Error("there is no shared secret");
    if (!scheme.verify(publicKey, publicKey, scheme.sign(secretKey, publicKey)))
      throw new Error("the signature is wrong");
  };
  const amount = 30;
  return {
    name: "the curves of noble alone",
    amount,
    run: () => {
      for (let i = 0; i < 2 * amount; i++) oneEnd();
    },
  };
}

/** What an open session without traffic costs one side in resident memory. */
function idleGroup(side: "client" | "server"): BenchGroup {
  const idle = (name: string, rival: RivalName, options: SshRivalOptions): SelfTimedCase => ({
    name,
    rate: async () => {
      // The space for new objects grows with what has been done, not with what is open: it is kept from counting.
      const both = await startEnds(rival, options, ["--max-semi-space-size=1"]);
      try {
        await both.client.ask({ name: "idle", port: both.port, count: FIRST_IDLE_SESSIONS });
        const before = await both[side].ask({ name: "memory" });
        await both.client.ask({ name: "idle", port: both.port, count: IDLE_SESSIONS });
        return (IDLE_SESSIONS * MIB) / ((await both[side].ask({ name: "memory" })) - before);
      } finally {
        await both.close();
      }
    },
  });
  const ours = "ours with node:crypto";
  return {
    name: `ssh: idle sessions, ${side}`,
    unit: "sessions in 1 MiB",
    rounds: 3,
    baseline: idle(ours, "ours", { flavour: "node" }),
    cases: [
      {
        ...idle("ssh2", "ssh2", { flavour: "addon" }),
        rival: { name: "ssh2", version: versionOf("ssh2"), against: [ours] },
      },
    ],
  };
}

/** Processes of the cases of one group, started when they are first needed. */
class LazyEnds {
  readonly #ends = new Map<string, Promise<SshEnds>>();

  /** With so many handshakes behind them. */
  warmed(name: string, rival: RivalName, options: SshRivalOptions, count: number): Promise<SshEnds> {
    let ends = this.#ends.get(name);
    if (ends === undefined) {
      ends = startEnds(rival, options).then(async (both) => {
        await both.client.ask({ name: "handshakes", port: both.port, count, atOnce: 1 });
        return both;
      });
      this.#ends.set(name, ends);
    }
    return ends;
  }

  /** With a connection that has already carried some data. */
  connected(name: string, rival: RivalName, options: SshRivalOptions): Promise<SshEnds> {
    const known = this.#ends.get(name);
    if (known !== undefined) return known;
    const ends = startEnds(rival, options).then(async (both) => {
      await both.client.ask({ name: "connect", port: both.port });
      const bytes = options.flavour === "noble" ? NOBLE_BYTES : NATIVE_BYTES;
      for (const kind of ["sink", "source"] as const) await both.client.ask({ name: "bulk", kind, bytes });
      return both;
    });
    this.#ends.set(name, ends);
    return ends;
  }

  async close(): Promise<void> {
    for (const ends of this.#ends.values()) await (await ends).close();
  }
}

function versionOf(name: string): string {
  return (require(`${name}/package.json`) as { readonly version: string }).version; // npm wants one in every package
}

import { nodeCryptoProvider } from "@netconf-kit/node-adapter";
import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";
import { acceptSsh, type CryptoProvider, connectSsh, defaultClientAlgorithms, nobleProvider } from "@netconf-kit/ssh";
import { webCryptoProvider } from "@netconf-kit/web-adapter";
import type { BenchGroup } from "./harness.ts";
import { benchKey, HOST_SEED, USER_SEED } from "./ssh-keys.ts";
import { channelOf } from "./ssh-ours.ts";
import { serveSubsystem } from "./ssh-rival.ts";

const KIB = 1024;
const CIPHERS = ["aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"] as const;
type CipherName = (typeof CIPHERS)[number];

/**
 * What plain JavaScript leaves of its ciphers: a whole connection in memory, both ends here, beside a loop that does nothing
 * but seal and open packets of the same size with the same primitives. Then what other providers make of it.
 */
export function sshPacketGroups(): readonly BenchGroup[] {
  return [
    ...CIPHERS.flatMap((cipher) => [
      packetGroup(cipher, 64, 2048 * KIB),
      packetGroup(cipher, KIB, 8192 * KIB),
      packetGroup(cipher, 32 * KIB, 8192 * KIB),
    ]),
    ...[KIB, 4 * KIB, 32 * KIB].map((size) => providerGroup(size, 8192 * KIB)),
  ];
}

/** AES-GCM in a whole connection in memory, both ends here, by who seals and opens. */
function providerGroup(size: number, amount: number): BenchGroup {
  const providers = [
    ["noble", nobleProvider],
    ["WebCrypto", webCryptoProvider(crypto.subtle, nobleProvider)],
    ["node:crypto", nodeCryptoProvider(nobleProvider)],
  ] as const;
  const channels = new Map<string, Promise<WriteOnly>>();
  const [baseline, ...cases] = providers.map(([name, provider]) => ({
    name: `ours with ${name}`,
    amount,
    run: async () => {
      const channel = channels.get(name) ?? openChannel("aes128-gcm@openssh.com", provider);
      channels.set(name, channel);
      await (await channel).send(size, amount);
    },
  }));
  if (baseline === undefined) throw new Error("there is no provider");
  return {
    name: `ssh: by provider, aes128-gcm@openssh.com, packets of ${size} bytes`,
    unit: "B",
    baseline,
    cases,
    dispose: async () => {
      for (const channel of channels.values()) await (await channel).close();
    },
  };
}

function packetGroup(cipher: CipherName, size: number, amount: number): BenchGroup {
  let channel: Promise<WriteOnly> | undefined;
  const loop = bareLoop(nobleProvider, cipher, size);
  return {
    name: `ssh: packets of ${size} bytes, ${cipher}`,
    unit: "B",
    baseline: {
      name: "bare packet loop with noble",
      amount,
      run: () => {
        for (let sent = 0; sent < amount; sent += size) loop();
      },
    },
    cases: [
      {
        name: "ours with noble",
        amount,
        run: async () => {
          channel ??= openChannel(cipher);
          await (await channel).send(size, amount);
        },
      },
    ],
    dispose: async () => (await channel)?.close(),
  };
}

/** Seals and opens one packet, in place and with everything kept that can be kept. Each end has its own key, as in a connection. */
function bareLoop(provider: CryptoProvider, cipher: CipherName, size: number): () => void {
  const body = new Uint8Array(size + 16);
  const head = new Uint8Array(4);
  let sequence = 0;
  if (cipher === "aes128-gcm@openssh.com") {
    const [near, far] = [provider.aesGcm(new Uint8Array(16)), provider.aesGcm(new Uint8Array(16))];
    const nonce = new Uint8Array(12);
    const counter = new DataView(nonce.buffer);
    const tag = new Uint8Array(16);
    return () => {
      // Never the same twice, as in a connection: the same blocks again would find all they need of AES's tables in the cache.
      counter.setUint32(8, sequence++);
      near.seal(nonce, head, body, tag);
      if (!far.open(nonce, head, body, tag)) throw new Error("the tag is wrong");
    };
  }
  const nonce = new Uint8Array(8);
  const counter = new DataView(nonce.buffer);
  const tagKey = new Uint8Array(32);
  const oneEnd = (): (() => void) => {
    const payload = provider.chacha20(new Uint8Array(32).fill(1));
    const length = provider.chacha20(new Uint8Array(32).fill(2));
    return () => {
      length.process(nonce, 0, head);
      tagKey.fill(0);
      payload.process(nonce, 0, tagKey);
      payload.process(nonce, 1, body);
      provider.poly1305(tagKey, body);
    };
  };
  const [near, far] = [oneEnd(), oneEnd()];
  return () => {
    counter.setUint32(4, sequence++);
    near();
    far();
  };
}

interface WriteOnly {
  /** Sends `amount` bytes in packets of `size`, and waits until they have been taken. */
  send(size: number, amount: number): Promise<void>;
  close(): Promise<void>;
}

async function openChannel(name: CipherName, provider: CryptoProvider = nobleProvider): Promise<WriteOnly> {
  const [near, far] = memoryPair();
  const algorithms = { cipher: defaultClientAlgorithms.cipher.filter((cipher) => cipher.name === name) };
  const hostKeys = [benchKey(HOST_SEED)];
  void acceptSsh(far, { algorithms, provider, hostKeys, authenticate: () => ({ accept: true }) }).then(
    async (server) => {
      for await (const request of server.incoming) void serve(request.name, request.accept());
    },
  );
  const connection = await connectSsh(near, {
    algorithms,
    provider,
    username: "bench",
    verifyHostKey: () => ({ accept: true }),
    authentication: [{ method: "publickey", key: benchKey(USER_SEED) }],
  });
  return {
    send: async (size, amount) => {
      const channel = await connection.openSubsystem(`sink:${amount}`);
      const bytes = new Uint8Array(size);
      for (let sent = 0; sent < amount; sent += size) {
        const written = channel.write(bytes);
        // Waiting for each one would measure the waiting.
        if (sent % (64 * size) === 0) await written;
      }
      await channel.read();
      await channel.close();
    },
    close: () => connection.close(),
  };
}

async function serve(name: string, socket: DuplexSocket): Promise<void> {
  await serveSubsystem(name, channelOf(socket));
  await socket.close();
}

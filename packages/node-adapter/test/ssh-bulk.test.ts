import type { DuplexSocket } from "@netconf-kit/socket";
import { acceptSsh, connectSsh, defaultClientAlgorithms, generateKey, nobleProvider } from "@netconf-kit/ssh";
import { describe, expect, it } from "vitest";
import { dialTcp, listenTcp, nodeCryptoProvider } from "../src/mod.ts";

const provider = nodeCryptoProvider(nobleProvider);
const hostKeys = [generateKey("ssh-ed25519", (length) => new Uint8Array(length).fill(1), { provider })];
const BYTES = 3 << 20;
const pattern = Uint8Array.from({ length: BYTES }, (_, at) => at * 7 + (at >> 8) + (at >> 16));

describe("bulk data over SSH, TCP and node:crypto, whose memory is given back at each step", () => {
  // In place, apart, and with a MAC.
  for (const name of ["aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"])
    it(`arrives whole in both directions at once, with new keys on the way: ${name}`, {
      timeout: 120_000,
    }, async () => {
      const [near, far] = await channelPair(name);
      const all = [near, far].map((socket) => Promise.all([receive(socket), send(socket)]));
      await Promise.all(all);
      await Promise.all([near.close(), far.close()]);
    });
});

async function channelPair(name: string): Promise<readonly [DuplexSocket, DuplexSocket]> {
  const algorithms = { cipher: defaultClientAlgorithms.cipher.filter((cipher) => cipher.name === name) };
  const common = { provider, algorithms, rekey: { bytes: 1 << 20 } };
  const listener = await listenTcp();
  const accepted = listener[Symbol.asyncIterator]().next();
  const socket = await dialTcp({ host: listener.host, port: listener.port })();
  const connecting = connectSsh(socket, {
    ...common,
    username: "admin",
    verifyHostKey: () => ({ accept: true }),
    authentication: [{ method: "none" }],
  });
  const taken = await accepted;
  if (taken.done) throw new Error("the listener ended");
  const server = await acceptSsh(taken.value, { ...common, hostKeys, authenticate: () => ({ accept: true }) });
  await listener.close();
  const client = await connecting;
  const opening = client.openSubsystem("bulk");
  for await (const request of server.incoming) return [request.accept(), await opening];
  throw new Error("no channel was opened");
}

async function send(socket: DuplexSocket): Promise<void> {
  for (let at = 0; at < BYTES; at += 256 * 1024) await socket.write(pattern.subarray(at, at + 256 * 1024));
  await socket.closeWrite();
}

async function receive(socket: DuplexSocket): Promise<void> {
  let at = 0;
  for (let chunk = await socket.read(); chunk !== undefined; chunk = await socket.read()) {
    const { length } = chunk;
    if (Buffer.compare(chunk, pattern.subarray(at, at + length)) !== 0) throw new Error(`wrong bytes after ${at}`);
    socket.recycle?.(chunk);
    at += length;
  }
  expect(at).toBe(BYTES);
}

import { dialTcp, listenTcp, nodeCryptoProvider } from "@netconf-kit/node-adapter";
import type { DuplexSocket } from "@netconf-kit/socket";
import {
  acceptSsh,
  type CryptoProvider,
  connectSsh,
  defaultClientAlgorithms,
  fingerprintSha256,
  nobleProvider,
} from "@netconf-kit/ssh";
import { webCryptoProvider } from "@netconf-kit/web-adapter";
import { benchKey, HOST_SEED, USER_SEED } from "./ssh-keys.ts";
import { type SshRival, type SshRivalChannel, type SshRivalOptions, serveSubsystem } from "./ssh-rival.ts";

/** netconf-kit, with node:crypto, with WebCrypto or in plain JavaScript. */
export function ours({ cipher, flavour, keyExchange }: SshRivalOptions): SshRival {
  const provider = providerOf(flavour);
  const algorithms = {
    ...(cipher !== undefined && { cipher: named(defaultClientAlgorithms.cipher, cipher) }),
    ...(keyExchange !== undefined && { keyExchange: named(defaultClientAlgorithms.keyExchange, keyExchange) }),
  };
  const hostKey = benchKey(HOST_SEED, { provider });
  const userKey = benchKey(USER_SEED, { provider });
  const expected = fingerprintSha256(hostKey.publicBlob);
  const allowed = fingerprintSha256(userKey.publicBlob);

  async function serveConnection(socket: DuplexSocket): Promise<void> {
    const connection = await acceptSsh(socket, {
      provider,
      algorithms,
      hostKeys: [hostKey],
      authenticate: (attempt) => ({
        accept: attempt.method === "publickey" && attempt.fingerprint === allowed,
      }),
    });
    for await (const request of connection.incoming) void serve(request.name, request.accept());
  }

  async function serve(name: string, socket: DuplexSocket): Promise<void> {
    await serveSubsystem(name, channelOf(socket));
    if (name === "idle") await socket.read();
    await socket.close();
  }

  return {
    serve: async () => {
      const listener = await listenTcp({ maxWaiting: 1024 });
      void acceptAll(listener, serveConnection);
      return listener.port;
    },
    connect: async (port) => {
      const socket = await dialTcp({ host: "127.0.0.1", port })();
      const connection = await connectSsh(socket, {
        provider,
        algorithms,
        username: "bench",
        verifyHostKey: ({ fingerprint }) =>
          fingerprint === expected ? { accept: true } : { accept: false, reason: "another key" },
        authentication: [{ method: "publickey", key: userKey }],
      });
      return {
        openSubsystem: async (name) => channelOf(await connection.openSubsystem(name)),
        close: () => connection.close(),
      };
    },
  };
}

function providerOf(flavour: string): CryptoProvider {
  if (flavour === "noble") return nobleProvider;
  return flavour === "web" ? webCryptoProvider(crypto.subtle, nobleProvider) : nodeCryptoProvider(nobleProvider);
}

async function acceptAll(listener: AsyncIterable<DuplexSocket>, serve: (socket: DuplexSocket) => Promise<void>) {
  for await (const socket of listener) serve(socket).catch(() => {});
}

/** A socket as a channel of a rival. */
export function channelOf(socket: DuplexSocket): SshRivalChannel {
  return {
    write: (bytes) => socket.write(bytes),
    readAll: async (bytes) => {
      for (let left = bytes; left > 0; ) {
        const chunk = await socket.read();
        if (chunk === undefined) throw new Error(`${left} bytes are missing`);
        left -= chunk.length;
        socket.recycle?.(chunk);
      }
    },
  };
}

function named<A extends { readonly name: string }>(all: readonly A[], name: string): A[] {
  const found = all.filter((each) => each.name === name);
  if (found.length === 0) throw new Error(`there is no algorithm "${name}"`);
  return found;
}

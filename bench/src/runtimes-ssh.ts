import type { DuplexSocket } from "@netconf-kit/socket";
import {
  acceptSsh,
  type CryptoProvider,
  connectSsh,
  defaultClientAlgorithms,
  forProvider,
  modern,
} from "@netconf-kit/ssh";
import type { SelfTimedCase, TimedCase } from "./harness.ts";
import type { Link } from "./runtimes-links.ts";
import { benchKey, HOST_SEED, USER_SEED } from "./ssh-keys.ts";
import { channelOf } from "./ssh-ours.ts";
import { moveBulk, type SshRivalClient, serveSubsystem } from "./ssh-rival.ts";

const MIB = 1 << 20;
const IDLE_SESSIONS = 150;
/** They pay for the code. */
const FIRST_IDLE_SESSIONS = 50;

/** The cipher that a provider puts first. */
export function firstCipher(provider: CryptoProvider): string {
  return forProvider(modern, provider).cipher[0]?.name ?? "";
}

/** So many bytes to the server on one channel. */
export async function bulk(
  link: Link,
  provider: CryptoProvider,
  { cipher, bytes }: { readonly cipher: string; readonly bytes: number },
): Promise<TimedCase> {
  const client = await clientsOf(link, provider, cipher)();
  return { name: cipher, amount: bytes, run: () => moveBulk(client, "sink", bytes) };
}

/** Connect, key exchange, login with a key, subsystem, goodbye; one after another. */
export function handshakes(link: Link, provider: CryptoProvider, count: number): TimedCase {
  const connect = clientsOf(link, provider);
  return {
    name: provider.name,
    amount: count,
    run: async () => {
      for (let i = 0; i < count; i++) {
        const client = await connect();
        await client.openSubsystem("idle");
        await client.close();
      }
    },
  };
}

/** Sessions that both ends of fit in a mebibyte of resident memory. */
export async function idleSessions(
  link: Link,
  provider: CryptoProvider,
  residentBytes: () => Promise<number>,
): Promise<SelfTimedCase> {
  const connect = clientsOf(link, provider);
  const open: SshRivalClient[] = [];
  const openMore = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const client = await connect();
      await client.openSubsystem("idle");
      open.push(client);
    }
  };
  await openMore(FIRST_IDLE_SESSIONS);
  return {
    name: provider.name,
    rate: async () => {
      const before = await residentBytes();
      await openMore(IDLE_SESSIONS);
      return (IDLE_SESSIONS * MIB) / ((await residentBytes()) - before);
    },
  };
}

/** Serves one end of the link, and logs in at the other as often as it is called. */
function clientsOf(link: Link, provider: CryptoProvider, cipher?: string): () => Promise<SshRivalClient> {
  const algorithms =
    cipher === undefined ? {} : { cipher: defaultClientAlgorithms.cipher.filter(({ name }) => name === cipher) };
  const hostKeys = [benchKey(HOST_SEED, { provider })];
  const key = benchKey(USER_SEED, { provider });
  link.serve(async (socket) => {
    const connection = await acceptSsh(socket, {
      provider,
      algorithms,
      hostKeys,
      authenticate: () => ({ accept: true }),
    });
    for await (const request of connection.incoming) void serve(request.name, request.accept());
  });
  return async () => {
    const connection = await connectSsh(await link.dial(), {
      provider,
      algorithms,
      username: "bench",
      verifyHostKey: () => ({ accept: true }),
      authentication: [{ method: "publickey", key }],
    });
    return {
      openSubsystem: async (name) => channelOf(await connection.openSubsystem(name)),
      close: () => connection.close(),
    };
  };
}

async function serve(name: string, socket: DuplexSocket): Promise<void> {
  await serveSubsystem(name, channelOf(socket));
  if (name === "idle") await socket.read();
  await socket.close();
}

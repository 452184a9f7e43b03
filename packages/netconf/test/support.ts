import { randomBytes } from "node:crypto";
import type { Listener } from "@netconf-kit/socket";
import {
  allowLogin,
  createNetconfServer,
  type Dial,
  type DuplexSocket,
  fingerprintSha256,
  formatPublicKey,
  generateKey,
  memoryPair,
  type NetconfServer,
  type OfferedHostKey,
  type PrivateKey,
  parseAuthorizedKeys,
  parseXml,
  type SshCredentials,
} from "../src/mod.ts";

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

export const keys = {
  host: generateKey("ssh-ed25519", random),
  other: generateKey("ecdsa-sha2-nistp256", random),
  user: generateKey("ssh-ed25519", random),
  stranger: generateKey("ssh-ed25519", random),
} as const;

export const credentials: SshCredentials = {
  username: "ops",
  authentication: [{ method: "publickey", key: keys.user }],
};

export const fingerprintOf = (key: PrivateKey): string => fingerprintSha256(key.publicBlob);

export function offer(key: PrivateKey): OfferedHostKey {
  return { algorithm: key.type, keyType: key.type, publicBlob: key.publicBlob, fingerprint: fingerprintOf(key) };
}

/** The line of an authorized_keys file. */
export function publicLine({ type, publicBlob }: PrivateKey): string {
  return formatPublicKey({ type, publicBlob, comment: "" });
}

/** A device: a server with one host name, and who may log in. */
export async function makeDevice(hostKey: PrivateKey = keys.host): Promise<{
  readonly server: NetconfServer;
  readonly hostKeys: readonly PrivateKey[];
  readonly authenticate: ReturnType<typeof allowLogin>;
}> {
  const server = await createNetconfServer({
    initial: parseXml(
      '<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>first</hostname></system></config>',
    ),
  });
  return {
    server,
    hostKeys: [hostKey],
    authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(publicLine(keys.user)) }),
  };
}

/** A network of one address: what dials reaches the listener. */
export function memoryNetwork(): { readonly listener: Listener; readonly dial: Dial } {
  const waiting: DuplexSocket[] = [];
  const takers: ((result: IteratorResult<DuplexSocket>) => void)[] = [];
  let closed = false;
  const close = async (): Promise<void> => {
    closed = true;
    for (const taker of takers.splice(0)) taker({ done: true, value: undefined });
  };
  return {
    listener: {
      close,
      [Symbol.asyncDispose]: close,
      [Symbol.asyncIterator]: () => ({
        next: () => {
          const value = waiting.shift();
          if (value !== undefined) return Promise.resolve({ done: false, value });
          if (closed) return Promise.resolve({ done: true, value: undefined });
          return new Promise((resolve) => takers.push(resolve));
        },
      }),
    },
    dial: async () => {
      if (closed) throw new Error("nobody listens");
      const [near, far] = memoryPair();
      const taker = takers.shift();
      if (taker === undefined) waiting.push(far);
      else taker({ done: false, value: far });
      return near;
    },
  };
}

import type { DuplexSocket } from "netconf-kit";
import type { AlgorithmNames } from "./ssh-peers.ts";

/** A socket that keeps the beginning of what the peer sends: up to its first key exchange all is plain text. */
export function recordBeginning(socket: DuplexSocket): {
  readonly socket: DuplexSocket;
  readonly beginning: () => Buffer;
} {
  const chunks: Buffer[] = [];
  let length = 0;
  const recorded = new Proxy(socket, {
    get: (target, name) => {
      if (name !== "read") {
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async () => {
        const chunk = await target.read();
        if (chunk !== undefined && length < ENOUGH) {
          chunks.push(Buffer.from(chunk)); // a copy: the machine decrypts in place
          length += chunk.length;
        }
        return chunk;
      };
    },
  });
  return { socket: recorded, beginning: () => Buffer.concat(chunks) };
}

const ENOUGH = 8192;
const SSH_MSG_KEXINIT = 20;

/** The name-lists of the peer's first SSH_MSG_KEXINIT (RFC 4253 §7.1): those of the direction client to server. */
export function offeredAlgorithms(beginning: Buffer): AlgorithmNames {
  const version = beginning.indexOf("SSH-2.0-");
  const packet = beginning.subarray(beginning.indexOf("\n", version) + 1);
  if (packet[5] !== SSH_MSG_KEXINIT) throw new Error("the peer's first packet is no SSH_MSG_KEXINIT");
  let at = 6 + 16; // length, padding length, message number, cookie
  const names = (): string[] => {
    const length = packet.readUInt32BE(at);
    at += 4 + length;
    return packet.toString("latin1", at - length, at).split(",");
  };
  const [kex, hostKey, cipher, , mac] = [names(), names(), names(), names(), names()];
  return { kex, hostKey, cipher, mac };
}

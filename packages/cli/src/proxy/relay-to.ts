import { tcpSocket } from "@netconf-kit/node-adapter";
import type { Dial, DuplexSocket, ServedConnection } from "netconf-kit";
import type { CalledTcp } from "./called-tcp.ts";

/** Joins a called manager to a server of this machine: bytes, ends and errors go through in both directions. */
export async function relayTo(
  dial: Dial,
  called: CalledTcp,
  { signal }: { readonly signal: AbortSignal },
): Promise<ServedConnection> {
  const server = await dial({ signal });
  const manager = tcpSocket(called.tcp);
  const closed = relay(manager, server);
  closed.catch(() => {}); // whoever waits for it is told
  const close = async (): Promise<void> => {
    await Promise.all([manager.close(), server.close()]);
    await closed.catch(() => {});
  };
  return { closed, close };
}

/** Resolves when both directions are over; rejects with what broke one of them, and both are broken off. */
async function relay(left: DuplexSocket, right: DuplexSocket): Promise<void> {
  try {
    await Promise.all([pump(left, right), pump(right, left)]);
    await Promise.all([left.close(), right.close()]);
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    await Promise.all([left.close(reason), right.close(reason)]);
    throw reason;
  }
}

async function pump(from: DuplexSocket, to: DuplexSocket): Promise<void> {
  for (let chunk = await from.read(); chunk !== undefined; chunk = await from.read()) await to.write(chunk);
  await to.closeWrite();
}

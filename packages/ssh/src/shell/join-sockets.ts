import type { DuplexSocket } from "@netconf-kit/socket";

/**
 * Carries bytes both ways between two sockets until both directions are over; an end goes through as an end, an error closes
 * both. Never rejects. What waits in between is one chunk in each direction: the slower side sets the pace.
 */
export async function joinSockets(left: DuplexSocket, right: DuplexSocket): Promise<void> {
  const fail = (reason: Error): void => {
    void left.close(reason);
    void right.close(reason);
  };
  await Promise.all([carry(left, right, fail), carry(right, left, fail)]);
  await Promise.all([left.close(), right.close()]);
}

async function carry(from: DuplexSocket, to: DuplexSocket, fail: (reason: Error) => void): Promise<void> {
  try {
    for (let chunk = await from.read(); chunk !== undefined; chunk = await from.read()) {
      await to.write(chunk);
      from.recycle?.(chunk);
    }
    // A socket that is over in both directions takes nothing more from the other one either.
    from.closed.then(() => void to.close(), fail);
    await to.closeWrite();
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error), { cause: error }));
  }
}

import type { PeerProcess } from "./process.ts";

/** What to send, and what must have come in answer before the next step. */
export interface Step {
  readonly send: string;
  readonly until: RegExp;
}

/**
 * Speaks NETCONF by hand over a program's standard input and output, and returns each answer. The next step waits
 * for the answer to the last: netconf-subsystem forgets what it has not yet sent when its input ends.
 */
export async function converse(peer: PeerProcess, steps: readonly Step[], ms = 10_000): Promise<string[]> {
  const answers: string[] = [];
  const deadline = Date.now() + ms;
  let seen = 0;
  for (const { send, until } of steps) {
    peer.child.stdin?.write(send);
    for (;;) {
      const fresh = peer.stdout().subarray(seen).toString("utf8");
      if (until.test(fresh)) {
        answers.push(fresh);
        seen = peer.stdout().length;
        break;
      }
      await peer.waitForMore(Math.max(deadline - Date.now(), 1));
    }
  }
  return answers;
}

/** The steps of a session: hello, each operation as an RPC with `message-id` 1, 2, …, and close-session. */
export function netconfSession(version: "1.0" | "1.1", operations: readonly string[]): Step[] {
  const base = "urn:ietf:params:xml:ns:netconf:base:1.0";
  const capability = `<capability>urn:ietf:params:netconf:base:${version}</capability>`;
  const hello = `<hello xmlns="${base}"><capabilities>${capability}</capabilities></hello>]]>]]>`;
  const steps: Step[] = [{ send: hello, until: /hello>\s*\]\]>\]\]>/ }];
  for (const [index, operation] of [...operations, "<close-session/>"].entries()) {
    const rpc = `<rpc message-id="${index + 1}" xmlns="${base}">${operation}</rpc>`;
    if (version === "1.0") steps.push({ send: `${rpc}]]>]]>`, until: /rpc-reply>\s*\]\]>\]\]>/ });
    else steps.push({ send: `\n#${Buffer.byteLength(rpc)}\n${rpc}\n##\n`, until: /rpc-reply>\s*\n##\n/ });
  }
  return steps;
}

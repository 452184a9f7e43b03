import { type EchoCall, type EchoClient, END_MILLISECONDS, type HostKeyOfOurs, PAYLOAD_BYTES } from "./echo-peer.ts";
import type { PeerProcess } from "./process.ts";

/** A command line client: a process for each call, whose output goes back in. Exit code 0 is a good end. */
export function echoProcesses(
  start: (port: number, hostKey: HostKeyOfOurs) => PeerProcess | Promise<PeerProcess>,
): EchoClient {
  const calls: PeerProcess[] = [];
  let words = "";
  return {
    dial: async (port, hostKey) => {
      const call = await start(port, hostKey);
      calls.push(call);
      words = "";
      // Not `call.log()`, which has the payload in it.
      call.child.stderr?.on("data", (chunk: Buffer) => {
        words = (words + chunk.toString("latin1")).slice(-4096);
      });
      return echoThrough(call);
    },
    log: () => words,
    stop: async () => {
      for (const call of calls) await call.stop();
    },
  };
}

function echoThrough({ child, exited }: PeerProcess): EchoCall {
  let left = PAYLOAD_BYTES;
  // The end of the output would not do: Dropbear keeps it open until the channel closes, which waits for its input to end.
  child.stdout?.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    child.stdin?.write(chunk);
    if (left <= 0) child.stdin?.end();
  });
  const ended = (async () => {
    const code = await exited(END_MILLISECONDS);
    if (code !== 0) throw new Error(`it ended with ${code}`);
  })();
  ended.catch(() => {});
  return { ended };
}

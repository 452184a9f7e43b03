import { devTunnels } from "./ssh-dev-tunnels.ts";
import { ours } from "./ssh-ours.ts";
import { handshake, moveBulk, type SshRival, type SshRivalClient, type SshRivalOptions } from "./ssh-rival.ts";
import { ssh2 } from "./ssh-ssh2.ts";

/*
 * One end of a rival in a process of its own: `ssh-process.ts RIVAL OPTIONS`. Commands come and answers go as messages
 * of the parent; a command's answer has its number.
 */

const makers = { ours, ssh2, "dev-tunnels": devTunnels } satisfies Record<
  string,
  (options: SshRivalOptions) => SshRival
>;
export type RivalName = keyof typeof makers;

/** What the parent asks. */
export type EndCommand =
  | { readonly name: "serve" }
  | { readonly name: "connect"; readonly port: number }
  | { readonly name: "bulk"; readonly kind: "sink" | "source"; readonly bytes: number }
  | { readonly name: "handshakes"; readonly port: number; readonly count: number; readonly atOnce: number }
  | { readonly name: "idle"; readonly port: number; readonly count: number }
  | { readonly name: "memory" };

const [rivalName = "", options = "{}"] = process.argv.slice(2);
const rival = makers[rivalName as RivalName](JSON.parse(options)); // the parent names one that exists
const clients: SshRivalClient[] = [];

process.on("message", ({ id, command }: { id: number; command: EndCommand }) => {
  run(command).then(
    (value) => process.send?.({ id, value }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on("disconnect", () => process.exit());

async function run(command: EndCommand): Promise<number> {
  switch (command.name) {
    case "serve":
      return rival.serve();
    case "connect":
      return clients.push(await rival.connect(command.port));
    case "bulk": {
      const client = clients[0];
      if (client === undefined) throw new Error("there is no connection");
      await moveBulk(client, command.kind, command.bytes);
      return command.bytes;
    }
    case "handshakes":
      return handshakes(command.port, command.count, command.atOnce);
    case "idle":
      for (let i = 0; i < command.count; i++) {
        const client = await rival.connect(command.port);
        await client.openSubsystem("idle");
        clients.push(client);
      }
      return clients.length;
    case "memory":
      return settledMemory();
  }
}

async function handshakes(port: number, count: number, atOnce: number): Promise<number> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await handshake(rival, port);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return count;
}

/** Resident bytes after the garbage is gone. */
async function settledMemory(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return process.memoryUsage.rss();
}

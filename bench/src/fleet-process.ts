import { dialTcp, nodeCryptoProvider } from "@netconf-kit/node-adapter";
import type { DuplexSocket } from "@netconf-kit/socket";
import {
  allowLogin,
  type CallHomeEndpoint,
  type Fleet,
  formatPublicKey,
  nobleProvider,
  parseAuthorizedKeys,
  parseXml,
  simulateDevices,
} from "netconf-kit";
import { memoryOf } from "./fleet-figures.ts";
import { FleetManager } from "./fleet-manager.ts";
import { benchKey, USER_SEED } from "./ssh-keys.ts";

/*
 * One side of the fleet bench in a process of its own, `fleet-process.ts manager|devices COUNT`. Commands come and answers go
 * as messages of the parent; an answer has the number of its command.
 */

/** What the parent asks. */
export type FleetCommand =
  | { readonly name: "listen" }
  | { readonly name: "call"; readonly port: number; readonly stagger: number }
  | { readonly name: "wait-ready"; readonly sessions: number }
  | { readonly name: "rpc-each" }
  | { readonly name: "cut"; readonly oneIn: number }
  | { readonly name: "failures" }
  | { readonly name: "memory" };

export const SEED = "fleet bench";
const provider = nodeCryptoProvider(nobleProvider);
const [side = "", countText = ""] = process.argv.slice(2);
const count = Number(countText);

const manager = side === "manager" ? new FleetManager({ count, seed: SEED, provider }) : undefined;
let fleet: Fleet | undefined;
/** The link of each device, to be cut. */
const links: DuplexSocket[] = [];

process.on("message", ({ id, command }: { id: number; command: FleetCommand }) => {
  run(command).then(
    (value) => process.send?.({ id, value }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on("disconnect", () => process.exit());

async function run(command: FleetCommand): Promise<unknown> {
  switch (command.name) {
    case "listen":
      return manager?.listen();
    case "call":
      return call(command.port, command.stagger);
    case "wait-ready":
      return manager?.waitReady(command.sessions);
    case "rpc-each":
      return manager?.rpcEach();
    case "cut":
      return cut(command.oneIn);
    case "failures":
      return fleet?.status().failures;
    case "memory":
      return memoryOf();
  }
}

function call(port: number, stagger: number): number {
  const dial = dialTcp({ host: "127.0.0.1", port });
  const authorized = formatPublicKey({ ...benchKey(USER_SEED, { provider }), comment: "" });
  const initial = parseXml(
    '<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>bench</hostname></system></config>',
  );
  const endpoints = (index: number): readonly CallHomeEndpoint[] => [
    {
      name: "manager",
      dial: async (options) => {
        const socket = await dial(options);
        links[index] = socket;
        return socket;
      },
    },
  ];
  fleet = simulateDevices({
    count,
    seed: SEED,
    place: { kind: "call-home", endpoints },
    serving: { authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(authorized) }), provider },
    configure: () => ({ initial }),
    stagger,
    policy: { retryInterval: 1000, backoff: 1.5, jitter: 0.5, random: Math.random },
  });
  return count;
}

/** As if a cable had been pulled: no last words. */
function cut(oneIn: number): number {
  const victims = links.filter((_, index) => index % oneIn === 0);
  for (const link of victims) void link.close(new Error("the bench cuts this link"));
  return victims.length;
}

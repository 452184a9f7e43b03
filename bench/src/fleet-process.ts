import { dialTcp, listenTcp, nodeCryptoProvider, type TcpListener } from "@netconf-kit/node-adapter";
import type { AdmissionOptions } from "@netconf-kit/socket";
import {
  allowLogin,
  fingerprintSha256,
  formatPublicKey,
  listenCallHome,
  nobleProvider,
  parseAuthorizedKeys,
  simulatedHostKey,
} from "netconf-kit";
import { answerParent } from "./asked-process.ts";
import { FleetDevices, SEED } from "./fleet-devices.ts";
import { memoryOf } from "./fleet-figures.ts";
import { FleetManager } from "./fleet-manager.ts";
import { PlainNetwork, plainDevice, plainManager } from "./fleet-plain.ts";
import { benchKey, USER_SEED } from "./ssh-keys.ts";

/*
 * One side of the fleet bench in a process of its own, `fleet-process.ts manager|devices COUNT`: over SSH and TCP, or with
 * `both` over nothing but memory.
 */

/** What the parent asks. */
export type FleetCommand =
  /** Answered with the port, where there is one. */
  | { readonly name: "listen" }
  | { readonly name: "call"; readonly port: number; readonly stagger: number }
  | { readonly name: "expect"; readonly devices: number }
  | { readonly name: "all-ready" }
  | { readonly name: "rpc-each" }
  | { readonly name: "cut"; readonly oneIn: number }
  | { readonly name: "rejected" }
  | { readonly name: "failures" }
  | { readonly name: "memory" };

const [side = "", countText = ""] = process.argv.slice(2);
const count = Number(countText);
const provider = nodeCryptoProvider(nobleProvider);
const userKey = benchKey(USER_SEED, { provider });
const network = side === "both" ? new PlainNetwork() : undefined;
let manager: FleetManager | undefined;
let devices: FleetDevices | undefined;

answerParent<FleetCommand>(async (command) => {
  switch (command.name) {
    case "listen":
      return network === undefined ? listenOnTcp() : listenInMemory(network);
    case "call":
      devices = callOver(command.port, command.stagger);
      return undefined;
    case "expect":
      return manager?.expect(command.devices);
    case "all-ready":
      return manager?.allReady();
    case "rpc-each":
      return manager?.rpcEach();
    case "cut":
      return devices?.cut(command.oneIn);
    case "rejected":
      return manager?.rejected;
    case "failures":
      return devices?.failures;
    case "memory":
      return memoryOf();
  }
});

// A whole fleet behind one address is otherwise the mark of a flood.
const admission: AdmissionOptions = {
  maxPendingPerSource: count,
  failuresPerSource: { burst: count, perSecond: count },
};
// A device may be back before its old session is known to be over.
const common = { maxSessions: 2 * count, maxWaiting: count, admission, onSession: () => {} };

async function listenOnTcp(): Promise<number> {
  const listener: TcpListener = await listenTcp({ maxWaiting: count });
  const credentials = { username: "ops", authentication: [{ method: "publickey", key: userKey }] } as const;
  const known = Array.from({ length: count }, (_, index) => ({
    name: `device-${index + 1}`,
    fingerprints: [fingerprintSha256(simulatedHostKey(SEED, index, provider).publicBlob)],
    credentials,
  }));
  manager = new FleetManager(count, (onEvent) =>
    listenCallHome({ ...common, listeners: listener, devices: known, ssh: { provider }, onEvent }),
  );
  return listener.port;
}

function listenInMemory(listener: PlainNetwork): undefined {
  const known = Array.from({ length: count }, (_, index) => ({ name: nameOf(index), fingerprints: [nameOf(index)] }));
  manager = new FleetManager(count, (onEvent) =>
    listenCallHome({ ...common, listeners: listener, devices: known, tls: plainManager, onEvent }),
  );
}

function callOver(port: number, stagger: number): FleetDevices {
  if (network !== undefined) {
    const serving = { tls: plainDevice };
    return new FleetDevices(count, (index) => network.dialAs(nameOf(index)), { serving, stagger });
  }
  const dial = dialTcp({ host: "127.0.0.1", port });
  const authorized = formatPublicKey({ ...userKey, comment: "" });
  const authenticate = allowLogin({ authorizedKeys: parseAuthorizedKeys(authorized) });
  // A manager that everybody calls at once answers late; sshd too would wait this long for it.
  const timeouts = { versionExchange: 120_000 };
  const policy = { connectTimeout: 120_000 };
  return new FleetDevices(count, () => dial, { serving: { authenticate, provider, timeouts }, stagger, policy });
}

function nameOf(index: number): string {
  return `device-${index + 1}`;
}

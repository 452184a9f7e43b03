import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { dialTcp, fileStorage } from "@netconf-kit/node-adapter";
import {
  allowLogin,
  callHome,
  createNetconfServer,
  fingerprintSha256,
  generateKey,
  parseAuthorizedKeys,
  parseXml,
} from "netconf-kit";
import { cryptoProvider } from "../crypto.ts";
import { wellKnownLists } from "../well-known-lists.ts";
import { firstConfiguration } from "./demo-data.ts";
import type { Layer } from "./timeline.ts";

export interface DemoDeviceOptions {
  /** Folder that keeps the configuration. */
  readonly state: string;
  /** The manager's public key, as in authorized_keys. */
  readonly authorizedKey: string;
  readonly say: (layer: Layer, text: string) => void;
}

/** The embedded device of the demo: a NETCONF server over our SSH server, with a host key made on the spot. */
export interface DemoDevice {
  /** `SHA256:…`, what the manager has to know beforehand. */
  readonly fingerprint: string;
  /** Calls the manager and keeps calling back until stopped. */
  callHome(port: number): void;
  stop(): Promise<void>;
}

const RETRY_MILLISECONDS = 400;

export async function startDemoDevice(options: DemoDeviceOptions): Promise<DemoDevice> {
  const { state, authorizedKey, say } = options;
  const hostKey = generateKey("ssh-ed25519", (length) => new Uint8Array(randomBytes(length)));
  const fingerprint = fingerprintSha256(hostKey.publicBlob);
  const server = await createNetconfServer({
    schema: wellKnownLists,
    storage: fileStorage(join(state, "running.xml")),
    initial: parseXml(firstConfiguration),
  });
  say("process", `host key made on the spot: ${fingerprint}`);
  let device: ReturnType<typeof callHome> | undefined;
  return {
    fingerprint,
    callHome: (port) => {
      device = callHome({
        endpoints: [{ name: `127.0.0.1:${port}`, dial: dialTcp({ host: "127.0.0.1", port }) }],
        server,
        provider: cryptoProvider,
        hostKeys: [hostKey],
        authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(authorizedKey) }),
        policy: {
          retryInterval: RETRY_MILLISECONDS,
          random: Math.random,
          onEvent: (event) => {
            if (event.kind === "dialing") say("TCP", `dials the manager at ${event.endpoint}`);
            else if (event.kind === "connected")
              say("SSH", "has authenticated the manager by its key; SSH server role");
            else if ("nextTry" in event && event.nextTry !== undefined)
              say("TCP", `connection over; calls back in ${Math.round(event.nextTry - event.at)} ms`);
          },
        },
      });
    },
    stop: async () => {
      await device?.stop();
      await server.close();
    },
  };
}

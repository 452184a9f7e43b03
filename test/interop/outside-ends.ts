import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import { fingerprintSha256, listenCallHome, parsePrivateKey, serve } from "netconf-kit";
import { nodeTls } from "../runtimes/processes/node-tls.ts";
import {
  type Callers,
  callOne,
  hostnameOf,
  manage,
  namedServer,
  sshCallers,
  sshDevice,
  sshManager,
  tlsCallers,
  tlsDevice,
  tlsManager,
} from "../runtimes/suite/ends.ts";
import type { Credentials, OutsidePorts } from "../runtimes/suite/material.ts";
import type { OutsideEnd } from "../runtimes/suite/runtime.ts";

/** Managers and devices of this process, for the runtimes to meet. */
export interface OutsideEnds {
  readonly ports: OutsidePorts;
  readonly troubles: Error[];
  /** Lets such an end come to a port of 127.0.0.1, for one session. */
  come(end: OutsideEnd, port: number): void;
  stop(): Promise<void>;
}

/** Lets a device and a manager wait for each transport, on ports of their own. */
export async function startOutsideEnds(credentials: Credentials, hostKey: string): Promise<OutsideEnds> {
  const troubles: Error[] = [];
  const watch = (what: string, work: Promise<unknown>): void =>
    void work.catch((cause: unknown) => troubles.push(new Error(`${what} in Node.js: ${String(cause)}`, { cause })));
  const server = await namedServer("outside");
  const tls = nodeTls(credentials);
  const ours = fingerprintSha256(parsePrivateKey(credentials.hostKey).publicBlob);
  const devices = { ssh: sshDevice(server, hostKey, credentials), tls: tlsDevice(server, tls) };
  const stops: (() => Promise<void>)[] = [() => server.close()];

  const serveAt = async (device: (typeof devices)["ssh"]): Promise<number> => {
    const listener = await listenTcp();
    const service = serve({ ...device, listener });
    stops.unshift(() => service.close());
    return listener.port;
  };
  const awaitCalls = async (callers: Callers): Promise<number> => {
    const listener = await listenTcp();
    const manager = listenCallHome({ ...callers, listeners: listener });
    stops.unshift(() => manager.close({ sessions: true }));
    const readAll = async (): Promise<void> => {
      for await (const { session } of manager.sessions)
        watch(
          "a manager that was called",
          readInside(session).finally(() => session.close()),
        );
    };
    watch("the listening manager", readAll());
    return listener.port;
  };
  const ports = {
    "ssh device": await serveAt(devices.ssh),
    "tls device": await serveAt(devices.tls),
    "ssh manager": await awaitCalls(sshCallers(ours, credentials)),
    "tls manager": await awaitCalls(tlsCallers(tls)),
  };
  const dial = (port: number) => dialTcp({ host: "127.0.0.1", port });
  const comers: Readonly<Record<OutsideEnd, (port: number) => Promise<void>>> = {
    "ssh device": (port) => callOne(devices.ssh, dial(port)),
    "tls device": (port) => callOne(devices.tls, dial(port)),
    "ssh manager": (port) => manage(sshManager(dial(port), ours, credentials), readInside),
    "tls manager": (port) => manage(tlsManager(dial(port), tls), readInside),
  };
  return {
    ports,
    troubles,
    come: (end, port) => watch(`the ${end} that came`, comers[end](port)),
    stop: async () => {
      for (const stop of stops) await stop();
    },
  };
}

async function readInside(session: Parameters<typeof hostnameOf>[0]): Promise<void> {
  const hostname = await hostnameOf(session);
  if (hostname !== "inside") throw new Error(`the device inside is called "${hostname}"`);
}

import { userInfo } from "node:os";
import { startNetconfdProcess } from "./netconfd.ts";
import { freePort, type PeerProcess, startProcess, tempFolder, waitForPort, writeConfig } from "./process.ts";

export interface StunnelOptions {
  readonly certFile: string;
  readonly keyFile: string;
  /** The only authority whose clients get in. */
  readonly authorityFile: string;
}

export interface StunnelNetconfd {
  /** Where it listens. */
  readonly port: number;
  /** Calls home to 127.0.0.1: each dial is one TLS connection. */
  readonly dial: (port: number) => void;
  /** What stunnel and netconfd said last. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/**
 * A NETCONF server over TLS in everyday form: stunnel in front of yuma123's netconfd. It listens, and it calls home as devices with
 * an outside TLS server do: socat dials and becomes a stunnel that finds the connection on its standard input.
 */
export async function startStunnelNetconfd(options: StunnelOptions): Promise<StunnelNetconfd> {
  const folder = tempFolder();
  const netconfd = await startNetconfdProcess();
  const port = await freePort();
  // netconfd wants to know who has logged in; stunnel does not tell it names.
  const program = writeConfig(
    folder.path,
    "session",
    [
      "#!/bin/sh",
      `export USER=${userInfo().username} SSH_CONNECTION="127.0.0.1 1 127.0.0.1 2"`,
      `exec ${netconfd.subsystem}`,
    ],
    0o755,
  );
  const service = [
    `exec = ${program}`,
    "execArgs = session",
    `cert = ${options.certFile}`,
    `key = ${options.keyFile}`,
    `CAfile = ${options.authorityFile}`,
    "verifyChain = yes",
    "requireCert = yes",
  ];
  const common = ["foreground = yes", "pid =", "syslog = no", "debug = 5"];
  const listening = writeConfig(folder.path, "listen.conf", [
    ...common,
    "[netconf]",
    `accept = 127.0.0.1:${port}`,
    ...service,
  ]);
  const inetd = writeConfig(folder.path, "inetd.conf", [...common, ...service]);
  const stunnels: PeerProcess[] = [startProcess("stunnel4", [listening])];
  const stop = async (): Promise<void> => {
    await Promise.all(stunnels.map((each) => each.stop()));
    await netconfd.stop();
    folder.remove();
  };
  const log = (): string => [...stunnels, netconfd].map((each) => each.log()).join("\n");
  try {
    await waitForPort(port, 20_000);
  } catch (error) {
    await stop();
    throw new Error(`stunnel did not start\n${log()}`, { cause: error });
  }
  return {
    port,
    // nofork: stunnel gets the TCP socket itself, and not a pipe through socat.
    dial: (to) =>
      void stunnels.push(startProcess("socat", [`TCP4:127.0.0.1:${to}`, `EXEC:"stunnel4 ${inetd}",nofork`])),
    log,
    stop,
  };
}

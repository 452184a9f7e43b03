import { startNetconfdProcess } from "./netconfd.ts";
import { type OpensshOptions, type SshdAccess, sshdConfig } from "./openssh-netconfd.ts";
import { type PeerProcess, startProcess, tempFolder } from "./process.ts";

export interface SshdCallHomeOptions extends OpensshOptions {
  /** Where the manager listens on 127.0.0.1: dialled at once. Absent: the device waits for `dial`. */
  readonly port?: number;
}

export interface SshdCallHome extends SshdAccess {
  /** Dials 127.0.0.1: each dial is one SSH connection. */
  readonly dial: (port: number) => void;
  /** The sshd that wants the connection on its standard input, for somebody else to run. */
  readonly command: string;
  /** What the newest sshd (at level DEBUG1) and netconfd said last. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/**
 * A Call Home device that has an outside SSH server, as ConfD and Yuma do it: socat dials out and becomes `sshd -i`,
 * which finds the connection on its standard input. Behind it is the same netconfd as in `startNetconfd`.
 */
export async function callHomeWithSshd(options: SshdCallHomeOptions = {}): Promise<SshdCallHome> {
  const folder = tempFolder();
  const netconfd = await startNetconfdProcess(options);
  // `sshd -i` binds nothing; the port is there because the configuration wants one.
  const { access, configFile } = sshdConfig(folder.path, netconfd.subsystem, 22, options);
  const command = `/usr/sbin/sshd -i -e -f ${configFile}`;
  const dials: PeerProcess[] = [];
  const dial = (port: number) => {
    // nofork: sshd gets the TCP socket itself, and not a pipe through socat.
    dials.push(startProcess("socat", [`TCP4:127.0.0.1:${port}`, `EXEC:"${command}",nofork`]));
  };
  if (options.port !== undefined) dial(options.port);
  return {
    ...access,
    dial,
    command,
    log: () => `${dials.at(-1)?.log() ?? ""}\n${netconfd.log()}`,
    stop: async () => {
      await Promise.all(dials.map((each) => each.stop()));
      await netconfd.stop();
      folder.remove();
    },
  };
}

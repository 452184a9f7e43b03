import type { DuplexSocket } from "@netconf-kit/socket";
import { SshError } from "../errors.ts";
import type { DirectTcpip } from "../messages/direct-tcpip.ts";
import type { SshServerEvent, SshServerMachine } from "../session/server-machine.ts";
import type { ConnectionShell } from "./connection-shell.ts";
import { joinSockets } from "./join-sockets.ts";
import { askInTime } from "./settle.ts";

/** A client wants the server to connect it to somewhere else (RFC 4254 §7.2): the server as a jump host. */
export interface DirectTcpipRequest extends DirectTcpip {
  /** Who has logged in. */
  readonly username: string;
  /** Aborted when the connection is over. */
  readonly signal: AbortSignal;
}

/**
 * Gives a socket that leads to where the client wants to go, or `undefined` when it must not. A rejection means that there
 * is no way. The socket belongs to the connection from then on.
 */
export type OpenDirectTcpip = (
  request: DirectTcpipRequest,
) => DuplexSocket | undefined | Promise<DuplexSocket | undefined>;

/** Joins channels of a connection with the sockets that the application gives for them. */
export class DirectTcpipServer {
  readonly #machine: SshServerMachine;
  readonly #shell: ConnectionShell<SshServerEvent>;
  readonly #open: OpenDirectTcpip;
  readonly #milliseconds: number;
  readonly #over = new AbortController();

  constructor(
    machine: SshServerMachine,
    shell: ConnectionShell<SshServerEvent>,
    open: OpenDirectTcpip,
    milliseconds: number,
  ) {
    this.#machine = machine;
    this.#shell = shell;
    this.#open = open;
    this.#milliseconds = milliseconds;
    shell.whenOver((error) => this.#over.abort(error));
  }

  async serve(channel: number, target: DirectTcpip, username: string): Promise<void> {
    const asked = new Promise<DuplexSocket | undefined>((answer) => {
      answer(this.#open({ ...target, username, signal: this.#over.signal }));
    });
    const late = (): SshError => new SshError("timeout-channel-open", "opening a connection: it did not stand in time");
    let socket: DuplexSocket | undefined;
    try {
      socket = await askInTime(this.#shell.clock, this.#milliseconds, () => asked, late);
    } catch {
      // A socket that comes too late has no taker.
      asked.then((unwanted) => unwanted?.close()).catch(() => {});
      this.#shell.tell(() => this.#machine.refuseDirectTcpip(channel, "failed"));
      return;
    }
    if (socket === undefined) {
      this.#shell.tell(() => this.#machine.refuseDirectTcpip(channel, "prohibited"));
      return;
    }
    if (this.#machine.isClosed) {
      await socket.close();
      return;
    }
    // The near end has to be there before the confirmation, which data may follow.
    const near = this.#shell.addChannel(channel, { closesFirst: true });
    this.#shell.tell(() => this.#machine.acceptDirectTcpip(channel));
    await joinSockets(near, socket);
  }
}

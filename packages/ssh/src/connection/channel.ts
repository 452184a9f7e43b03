import type { DirectTcpip } from "../messages/direct-tcpip.ts";
import { printable } from "../wire/printable.ts";
import { ReceiveWindow, SendWindow } from "./window.ts";

/** What a channel is for: a program in a session (RFC 4254 §6), or a connection that the server makes (§7.2). */
export type ChannelPurpose =
  | { readonly kind: "subsystem"; readonly name: string }
  | { readonly kind: "exec"; readonly command: string }
  | { readonly kind: "direct-tcpip"; readonly target: DirectTcpip };

/** How the program at the other end ended (RFC 4254 §6.10). */
export type ChannelExit =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "signal"; readonly signal: string; readonly message: string };

/**
 * - `opening`: our CHANNEL_OPEN is on the way.
 * - `requesting`: open; our subsystem or exec request is on the way.
 * - `bare`: opened by the peer; it has not said yet what for.
 * - `offered`: the peer asks for a subsystem; our application decides.
 * - `pending`: the peer asks for a connection somewhere else; our application decides, and the peer does not know the channel.
 * - `ready`: carries data.
 */
export type ChannelState = "opening" | "requesting" | "bare" | "offered" | "pending" | "ready";

/** One channel as both ends see it. A record: the rules stand in the multiplexer. */
export class Channel {
  readonly local: number;
  state: ChannelState;
  readonly purpose: ChannelPurpose | undefined;
  readonly receiveWindow: ReceiveWindow;
  /** Set from the moment the channel is open. */
  remote = 0;
  sendWindow: SendWindow = new SendWindow(0);
  maxSendBytes = 0;
  /** Nobody waits for this opening any more: it is closed as soon as the peer answers. */
  abandoned = false;
  eofSent = false;
  eofReceived = false;
  closeSent = false;
  closeReceived = false;
  /** The last write was cut short; the writer is told when more can go. */
  writerWaits = false;
  /** When the peer has to have answered our opening or request. */
  deadline: number | undefined;
  /** Whether the peer wants to be told what becomes of its subsystem request. */
  wantsReply = false;

  constructor(local: number, state: ChannelState, purpose: ChannelPurpose | undefined, windowBytes: number) {
    this.local = local;
    this.state = state;
    this.purpose = purpose;
    this.receiveWindow = new ReceiveWindow(windowBytes);
  }

  /** Whether both ends know this channel, so that the peer may speak about it. */
  get isOpen(): boolean {
    return this.state !== "opening" && this.state !== "pending";
  }

  /** A program runs at one end of it, and its exit status comes before the end (RFC 4254 §6.10). */
  get isSession(): boolean {
    return this.purpose?.kind !== "direct-tcpip";
  }

  /** The peer has agreed to the channel, or asked for it. */
  open(remote: number, windowBytes: number, maxSendBytes: number): void {
    this.remote = remote;
    this.sendWindow = new SendWindow(windowBytes);
    this.maxSendBytes = maxSendBytes;
  }
}

/** For messages to people. */
export function describePurpose(purpose: ChannelPurpose | undefined): string {
  if (purpose === undefined) return "the channel";
  switch (purpose.kind) {
    case "subsystem":
      return `the subsystem "${purpose.name}"`;
    case "exec":
      return `the command "${purpose.command}"`;
    case "direct-tcpip":
      return `a connection to "${describeTarget(purpose.target)}"`;
  }
}

/** `192.0.2.1:830`, `[2001:db8::1]:830`; fit for display. */
export function describeTarget({ host, port }: DirectTcpip): string {
  const name = printable(host, 255);
  return name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`;
}

import { ReceiveWindow, SendWindow } from "./window.ts";

/** What a session channel is for. */
export type ChannelPurpose =
  | { readonly kind: "subsystem"; readonly name: string }
  | { readonly kind: "exec"; readonly command: string };

/** How the program at the other end ended (RFC 4254 §6.10). */
export type ChannelExit =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "signal"; readonly signal: string; readonly message: string };

/**
 * - `opening`: our CHANNEL_OPEN is on the way.
 * - `requesting`: open; our subsystem or exec request is on the way.
 * - `bare`: opened by the peer; it has not said yet what for.
 * - `offered`: the peer asks for a subsystem; our application decides.
 * - `ready`: carries data.
 */
export type ChannelState = "opening" | "requesting" | "bare" | "offered" | "ready";

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
  return purpose.kind === "subsystem" ? `the subsystem "${purpose.name}"` : `the command "${purpose.command}"`;
}

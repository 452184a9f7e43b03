import type { SshError } from "../errors.ts";
import type { DirectTcpip } from "../messages/direct-tcpip.ts";
import type { ChannelExit } from "./channel.ts";

/** What the connection protocol tells the application. `channel` is our number of the channel. */
export type ConnectionEvent =
  /** Our subsystem or command runs, or our connection stands. */
  | { readonly type: "channelReady"; readonly channel: number }
  /** Our channel did not come about; it is over. */
  | { readonly type: "channelFailed"; readonly channel: number; readonly error: SshError }
  /** The client asks for a subsystem: `acceptSubsystem()` or `rejectSubsystem()`. */
  | { readonly type: "subsystemRequested"; readonly channel: number; readonly name: string }
  /** The client wants a connection to somewhere else: `acceptDirectTcpip()` or `refuseDirectTcpip()`. */
  | { readonly type: "directTcpipRequested"; readonly channel: number; readonly target: DirectTcpip }
  /** `bytes` is a view that stays good. Credit goes back with `consumed()`. */
  | { readonly type: "channelData"; readonly channel: number; readonly bytes: Uint8Array }
  /** The peer sends no more (EOF); our direction stays open. */
  | { readonly type: "channelEnd"; readonly channel: number }
  | { readonly type: "channelExit"; readonly channel: number; readonly exit: ChannelExit }
  /** The peer has closed the channel; nothing more goes either way. */
  | { readonly type: "channelClosed"; readonly channel: number }
  /** A write that was cut short may be continued. */
  | { readonly type: "channelWritable"; readonly channel: number }
  /** The answer to the `ping()` that gave this token. */
  | { readonly type: "pong"; readonly token: number };

import type { RelayError } from "./errors.ts";

/** What a relay has to tell. Nothing in it is secret; addresses and the text of errors come from outside. */
export type RelayEvent =
  /**
   * A WebSocket or an upgrade request was refused. The first time for a reason and a source, this is told at once; then once for each
   * `reportTime`, as the last refusal with how many there were. Without `count` there was one.
   */
  | { readonly kind: "refused"; readonly client: string; readonly error: RelayError; readonly count?: number }
  /** A browser waits for a device to call. */
  | { readonly kind: "waiting"; readonly client: string }
  /** It has gone, without one. */
  | { readonly kind: "left"; readonly client: string; readonly error?: RelayError }
  /** A device has called and no browser waits for it yet. */
  | { readonly kind: "device-waiting"; readonly device: string }
  /** A device that has called was let go; told as often as a refusal. */
  | {
      readonly kind: "device-dropped";
      readonly device: string;
      readonly reason: DeviceDropped;
      readonly count?: number;
    }
  /** Bytes go both ways now. */
  | { readonly kind: "joined"; readonly way: "dial" | "call-home"; readonly client: string; readonly device: string }
  /** They no longer do. Without an error one side has closed. */
  | {
      readonly kind: "closed";
      readonly way: "dial" | "call-home";
      readonly client: string;
      readonly device: string;
      readonly bytesToDevice: number;
      readonly bytesToClient: number;
      readonly error?: RelayError;
    };

/** It hung up, said nothing in time or more than is kept, waited for a browser in vain, or there were too many of them. */
export type DeviceDropped = "hung-up" | "silent" | "too-much" | "not-wanted" | "too-many" | "stopped";

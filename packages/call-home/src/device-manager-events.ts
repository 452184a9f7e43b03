import type { CallHomeEvent, PeerIdentity } from "@netconf-kit/core";
import type { IdentifiedBy } from "./identify.ts";

/** What happens: to a connection, to a listener, to what is known of devices. */
export type DeviceManagerEvent = CallHomeEvent | CallEvent | OperatorEvent;

interface OfConnection {
  readonly connection: number;
  /** For logs, never an identity. */
  readonly remote: string;
  /** Milliseconds of the manager's clock. */
  readonly at: number;
  readonly peer: PeerIdentity;
}

/** How a connection was judged, between its `connected` and its `identified` or `rejected`. */
export type CallEvent = OfConnection &
  (
    | {
        /** The device is known, and the login comes next. */
        readonly kind: "recognized";
        readonly device: string;
        readonly by: IdentifiedBy;
        readonly lookup: string | undefined;
        /** The user of the list that logs in. */
        readonly user: string | undefined;
        /** The key is one that nobody has stated, let in by `accept-new`. */
        readonly newKey: boolean;
      }
    /** The first key of a device has logged in, and is its own from here on. */
    | { readonly kind: "key-learned"; readonly device: string }
    /** The device refused this user, which is not tried there again for a while. */
    | { readonly kind: "user-failed"; readonly device: string; readonly user: string; readonly error: Error }
    /** An unknown device waits for an operator; or, with `full`, does not. `device` is the entry whose address it calls from. */
    | {
        readonly kind: "pending";
        readonly id: string;
        readonly held: "new" | "again" | "full";
        readonly device: string | undefined;
      }
  );

/** What an operator has decided. */
export type OperatorEvent =
  | { readonly kind: "approved"; readonly at: number; readonly id: string; readonly device: string }
  | { readonly kind: "refused"; readonly at: number; readonly id: string }
  | { readonly kind: "readmitted"; readonly at: number; readonly id: string }
  | { readonly kind: "forgotten"; readonly at: number; readonly device: string };

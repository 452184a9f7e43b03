/** What a device that calls home does. Times are milliseconds of its clock. */
export type CallHomeDeviceEvent = { readonly at: number } & DeviceEventWithoutTime;

export type DeviceEventWithoutTime =
  | { readonly kind: "dialing"; readonly endpoint: string }
  | { readonly kind: "connected"; readonly endpoint: string; readonly remote: string | undefined }
  /** Ends a connection on which nothing has happened for `idleTimeout`; `closed` follows. */
  | { readonly kind: "idle"; readonly endpoint: string }
  | {
      readonly kind: "failed";
      readonly endpoint: string;
      readonly error: Error;
      readonly nextTry: number | undefined;
    }
  | {
      readonly kind: "closed";
      readonly endpoint: string;
      readonly error: Error | undefined;
      readonly nextTry: number | undefined;
    }
  /** The calendar moved against the clock: it was set, or the machine has slept. Below 0 for a jump back. */
  | { readonly kind: "clock-jumped"; readonly milliseconds: number };

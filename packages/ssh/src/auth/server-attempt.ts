import type { InteractivePrompt } from "./client-methods.ts";

interface AttemptBase {
  readonly username: string;
  /** Requests that have failed so far on this connection. */
  readonly failures: number;
  /** Requests of any outcome so far, this one included. */
  readonly requests: number;
  /** Methods that have been right already, when more than one is demanded. */
  readonly completed: readonly string[];
}

/** What a user shows to log in; strings are as the peer sent them. */
export type AuthAttempt =
  | (AttemptBase & { readonly method: "none" })
  | (AttemptBase & { readonly method: "password"; readonly password: string })
  | (AttemptBase & {
      readonly method: "publickey";
      /** The signature algorithm, such as `rsa-sha2-512`. */
      readonly algorithm: string;
      /** The key in wire form (RFC 4253 §6.6). */
      readonly publicBlob: Uint8Array;
      /** `SHA256:…`, as OpenSSH prints it. */
      readonly fingerprint: string;
      /**
       * `false`: the user asks whether this key would do. `true`: the user holds it, the signature over this very request
       * has been checked.
       */
      readonly proved: boolean;
    })
  | (AttemptBase & {
      readonly method: "keyboard-interactive";
      /** 0 for the first question to the application, then one more for each round of prompts. */
      readonly round: number;
      /** The answers to the prompts of the last round. */
      readonly responses: readonly string[];
    });

/** What the application says about an attempt. Anything that is not one of these is a refusal. */
export type AuthDecision =
  | { readonly accept: true }
  | { readonly accept: false }
  /** Right, yet not enough: one of `next` has to follow (RFC 4252 §5.1). */
  | { readonly accept: "partial"; readonly next: readonly string[] }
  /** Asks the user, in keyboard-interactive only (RFC 4256 §3.2). */
  | {
      readonly accept: "ask";
      readonly name?: string;
      readonly instruction?: string;
      readonly prompts: readonly InteractivePrompt[];
    };

import type { Signer } from "../keys/signer.ts";

/** One question of the server in keyboard-interactive authentication, fit for display. */
export interface InteractivePrompt {
  readonly prompt: string;
  /** Whether the answer may be shown while it is typed. */
  readonly echo: boolean;
}

/** What the server asks in one round of keyboard-interactive authentication (RFC 4256 §3.2), fit for display. */
export interface InteractiveRequest {
  readonly name: string;
  readonly instruction: string;
  readonly prompts: readonly InteractivePrompt[];
}

/** Logging in by password. */
export interface PasswordMethod {
  readonly method: "password";
  readonly password: string | (() => string | Promise<string>);
}

/** Logging in by a key. */
export interface PublickeyMethod {
  readonly method: "publickey";
  readonly key: Signer;
}

/** Logging in by answers to what the server asks. */
export interface KeyboardInteractiveMethod {
  readonly method: "keyboard-interactive";
  /** Gives one answer for each prompt. Not called when the server asks nothing. */
  readonly respond: (request: InteractiveRequest) => readonly string[] | Promise<readonly string[]>;
}

/** A way to log in. Methods are tried in the order given, each one once, and only while the server offers them. */
export type AuthenticationMethod =
  | { readonly method: "none" }
  | PasswordMethod
  | PublickeyMethod
  | KeyboardInteractiveMethod;

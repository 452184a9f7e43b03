import type { ListenConfig, ListenRules, OutboundSshOptions, Secure, SshCredentials } from "netconf-kit";
import { readCredentials } from "../credentials.ts";
import type { SessionOptions } from "../session-options.ts";
import type { Terminal } from "../terminal.ts";

/** What a listener runs by: what is configured, and the keys, passwords and certificates that it names, read. */
export interface ListenPlan {
  readonly config: ListenConfig;
  readonly rules: ListenRules<SshCredentials>;
  /** Our end of TLS, where a listener is for it. */
  readonly tls: Secure | undefined;
  readonly outboundSsh: OutboundSshOptions;
  /** Lets go of what signs for us. */
  readonly close: () => Promise<void>;
}

/** Reads everything, anew at each call. */
export type LoadPlan = () => Promise<ListenPlan>;

/** Reads credentials, and keeps what has to be let go of. */
export class CredentialReader {
  readonly #terminal: Terminal;
  readonly #opened: (() => Promise<void>)[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  async read(username: string, options: SessionOptions): Promise<SshCredentials> {
    const opened = await readCredentials({ options, username, keys: new Map(), terminal: this.#terminal });
    this.#opened.push(opened.close);
    return opened.credentials;
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((close) => close()));
  }
}

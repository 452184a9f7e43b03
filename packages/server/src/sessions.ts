import type { ServerSession } from "@netconf-kit/core";
import type { XmlElement } from "@netconf-kit/xml";
import { sessionEnd, sessionStart, type TerminationReason } from "./base-events.ts";
import { protocolError, refuse } from "./config-error.ts";
import type { Actor } from "./datastores.ts";
import { BASE_NAMESPACE } from "./namespaces.ts";
import type { OperationDefinition } from "./operation.ts";
import { OperationParameters } from "./operation-parameters.ts";

/** One open session, for a list. */
export interface SessionInfo extends Actor {
  readonly transport: string;
  /** When it opened, RFC 3339. */
  readonly loginTime: string;
}

interface Entry {
  readonly info: SessionInfo;
  readonly session: ServerSession;
  /** Set when the session begins to end; resolves when what it held has been taken back. */
  releasing: Promise<void> | undefined;
  hasEnded: boolean;
}

export interface SessionsOptions {
  /** Takes back what a session held. Never rejects. */
  readonly release: (session: Actor) => Promise<void>;
  readonly publish: (event: XmlElement) => void;
}

/** The open sessions and how they end. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #entries = new Map<number, Entry>();
  #lastId = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get list(): readonly SessionInfo[] {
    return [...this.#entries.values()].map((entry) => entry.info);
  }

  /** From 1, never used twice (RFC 6241 §8.1). */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  open(info: SessionInfo, session: ServerSession): void {
    const entry: Entry = { info, session, releasing: undefined, hasEnded: false };
    this.#entries.set(info.sessionId, entry);
    this.#options.publish(sessionStart(info));
    // What a session holds is not kept until the last byte of its connection is gone.
    session.signal.addEventListener("abort", () => void this.#release(entry), { once: true });
    void session.closed.then((reason) => {
      // RFC 6470 §2.2: a client that hangs up without close-session has dropped its session.
      const dropped = reason.by === "error" || reason.by === "peer";
      return this.#end(entry, dropped ? "dropped" : "closed", undefined);
    });
  }

  /** Whether requests of this session are still to be carried out. */
  isOpen(sessionId: number): boolean {
    const entry = this.#entries.get(sessionId);
    return entry !== undefined && entry.releasing === undefined;
  }

  /** Takes back what a session holds before its close-session is answered (RFC 6241 §7.8). */
  async release(sessionId: number): Promise<void> {
    const entry = this.#entries.get(sessionId);
    if (entry !== undefined) await this.#release(entry);
  }

  async notify(sessionId: number, eventTime: string, content: XmlElement): Promise<void> {
    if (this.isOpen(sessionId)) await this.#entries.get(sessionId)?.session.notify(eventTime, content);
  }

  /** Ends a session by force. Resolves when its locks are released. False when there is no such session. */
  async kill(sessionId: number, killedBy: number): Promise<boolean> {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) return false;
    const ended = this.#end(entry, "killed", killedBy);
    entry.session.terminate();
    await ended;
    return true;
  }

  async closeAll(): Promise<void> {
    await Promise.all(
      [...this.#entries.values()].map(async (entry) => {
        await entry.session.close();
        await this.#end(entry, "other", undefined);
      }),
    );
  }

  /** RFC 6241 §7.9. */
  get killSession(): OperationDefinition {
    return {
      namespace: BASE_NAMESPACE,
      name: "kill-session",
      handler: async (operation, { session }) => {
        const parameters = new OperationParameters(operation, ["session-id"]);
        parameters.required("session-id");
        const sessionId = parameters.positive("session-id") ?? 0;
        if (sessionId === session.sessionId) {
          refuse(protocolError("invalid-value", "a session cannot kill itself: close-session ends it"));
        }
        if (!(await this.kill(sessionId, session.sessionId))) {
          refuse(protocolError("invalid-value", `there is no session ${sessionId}`));
        }
      },
    };
  }

  async #end(entry: Entry, reason: TerminationReason, killedBy: number | undefined): Promise<void> {
    if (entry.hasEnded) return;
    entry.hasEnded = true;
    await this.#release(entry);
    this.#entries.delete(entry.info.sessionId);
    this.#options.publish(sessionEnd(entry.info, reason, killedBy));
  }

  #release(entry: Entry): Promise<void> {
    entry.releasing ??= this.#options.release(entry.info);
    return entry.releasing;
  }
}

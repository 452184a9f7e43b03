import {
  acceptServerSession,
  RpcError,
  type RpcRequest,
  type RpcResult,
  rpcError,
  type ServerSession,
  type ServerSessionOptions,
} from "@netconf-kit/core";
import { type Clock, type DuplexSocket, systemClock } from "@netconf-kit/socket";
import { qualifiedName, type XmlElement } from "@netconf-kit/xml";
import { configChange, confirmedCommit } from "./base-events.ts";
import { serverCapabilities } from "./capabilities.ts";
import { type ChangeListener, ChangeListeners } from "./change-listeners.ts";
import { protocolError, RequestRefused, toRpcError } from "./config-error.ts";
import { emptyConfig } from "./config-tree.ts";
import { type Actor, Datastores, type EditParameters, type Validator } from "./datastores.ts";
import { ServerError } from "./errors.ts";
import { listKeys, type NodeDescription, type SchemaPath } from "./list-keys.ts";
import type { DatastoreName } from "./locks.ts";
import type { OperationDefinition, OperationResult } from "./operation.ts";
import { configureOperations } from "./operations/configure.ts";
import { retrieveOperations } from "./operations/retrieve.ts";
import { openSchema, type ServerSchema } from "./schema.ts";
import { type SessionInfo, Sessions } from "./sessions.ts";
import type { StateProvider } from "./state-data.ts";
import { type ConfigStorage, loadRunning, requireConfig } from "./storage.ts";
import { Subscriptions, streamsState } from "./subscriptions.ts";
import { wallClock } from "./wall-clock.ts";

/** What a device is: its model, its data, its rules. */
export interface NetconfServerOptions {
  /** Which elements are lists and by which keys; as data for `listKeys`, or any other schema. Default: nothing is known. */
  readonly schema?: ServerSchema | readonly NodeDescription[];
  /** Where running outlives a restart. Default: nowhere. */
  readonly storage?: ConfigStorage;
  /** Running at the first start: a `<config>` around the top-level nodes. Default: empty. What the storage has goes first. */
  readonly initial?: XmlElement;
  /** Asked before running changes, by `<validate>`, and by a `test-option`. */
  readonly validators?: readonly Validator[];
  readonly state?: readonly StateProvider[];
  readonly operations?: readonly OperationDefinition[];
  /** Advertised beside the server's own, for example the modules of the data. */
  readonly capabilities?: readonly string[];
  /** Default 256. */
  readonly maxSessions?: number;
  readonly clock?: Clock;
  /** The time of day, RFC 3339. */
  readonly now?: () => string;
  /** For every session. */
  readonly session?: Pick<ServerSessionOptions, "helloTimeout" | "strictness" | "limits" | "maxQueuedOutputBytes">;
  /** Told what nobody else can be told: a handler or listener that threw, a notification that was lost. */
  readonly onError?: (error: unknown) => void;
}

/** Whom a socket belongs to, as the transport found out. */
export interface SessionPeer {
  readonly username: string;
  /** For example `netconf-ssh`. Default `netconf`. */
  readonly transport?: string;
  /** IP address. */
  readonly sourceHost?: string;
  readonly signal?: AbortSignal;
}

/** A NETCONF server: datastores, sessions, notifications. */
export interface NetconfServer extends AsyncDisposable {
  readonly schema: ServerSchema;
  readonly capabilities: readonly string[];
  /** The open sessions. */
  readonly sessions: readonly SessionInfo[];
  /** A datastore as one tree below `<config>`; it never changes, a later look gives another tree. */
  read(name: DatastoreName): XmlElement;
  /**
   * Serves one session over a connected and authenticated socket. Resolves when the hellos are exchanged.
   *
   * @throws ServerError `too-many-sessions`, `closed`; what `acceptServerSession` throws
   */
  serve(socket: DuplexSocket, peer: SessionPeer): Promise<ServerSession>;
  /**
   * Edits a datastore as the server's own program, by the same rules as a client: locks count (RFC 6241 §7.5).
   *
   * @throws RpcError with every error
   */
  edit(target: DatastoreName, config: XmlElement, parameters?: EditParameters): Promise<void>;
  /** Calls `listener` after running has changed below a path, or anywhere without one. The result ends it. */
  onChange(path: SchemaPath | undefined, listener: ChangeListener): () => void;
  /** Sends an event to the subscribers of the NETCONF stream. */
  notify(event: XmlElement): void;
  /** Adds state data to `<get>`. */
  addState(provider: StateProvider): void;
  /** Adds an operation. @throws ServerError `bad-registration` when it exists. */
  addOperation(definition: OperationDefinition): void;
  /** Ends a session by force. False when there is none with this id. */
  killSession(sessionId: number): Promise<boolean>;
  /** Ends all sessions. A confirmed commit that still waits is lost, as in any restart: it was never saved. */
  close(): Promise<void>;
}

const DEFAULT_MAX_SESSIONS = 256;
/** The server's own program. Session 0 is no NETCONF session (RFC 6241 §7.5). */
const SELF: Actor = { sessionId: 0, username: "server" };

/**
 * Makes a server and loads what its storage has.
 *
 * @throws ServerError `bad-schema`, `storage-failed`, `bad-configuration`, `bad-registration`
 * @example
 * const server = await createNetconfServer({
 *   schema: [{ namespace: "urn:example:if", path: ["interfaces", "interface"], keys: ["name"] }],
 * });
 * await server.serve(socket, { username: "admin" });
 */
export async function createNetconfServer(options: NetconfServerOptions = {}): Promise<NetconfServer> {
  const schema = resolveSchema(options.schema);
  const stored = options.storage && (await loadRunning(options.storage, schema));
  const running =
    stored ?? (options.initial ? requireConfig(options.initial, schema, "the initial configuration") : emptyConfig);
  return new Server(options, schema, running);
}

class Server implements NetconfServer {
  readonly schema: ServerSchema;
  readonly capabilities: readonly string[];
  readonly #options: NetconfServerOptions;
  readonly #clock: Clock;
  readonly #now: () => string;
  readonly #datastores: Datastores;
  readonly #sessions: Sessions;
  readonly #subscriptions: Subscriptions;
  readonly #listeners: ChangeListeners;
  readonly #state: StateProvider[];
  readonly #operations = new Map<string, OperationDefinition>();
  #opening = 0;
  #closed = false;

  constructor(options: NetconfServerOptions, schema: ServerSchema, running: XmlElement) {
    this.schema = schema;
    this.capabilities = [...new Set([...serverCapabilities, ...(options.capabilities ?? [])])];
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#now = options.now ?? wallClock;
    const onError = options.onError ?? ((): void => {});
    this.#listeners = new ChangeListeners(onError);
    this.#subscriptions = new Subscriptions({
      now: this.#now,
      send: (sessionId, eventTime, content) => this.#sessions.notify(sessionId, eventTime, content),
      onError,
    });
    this.#datastores = new Datastores({
      schema,
      clock: this.#clock,
      running,
      storage: options.storage,
      validators: options.validators,
      onRunningChanged: (event) => {
        this.#listeners.publish(event);
        this.notify(configChange(event));
      },
      onConfirmedCommit: (event, by, seconds) => this.notify(confirmedCommit(event, by, seconds)),
    });
    this.#sessions = new Sessions({
      publish: (event) => this.notify(event),
      release: async (session) => {
        this.#subscriptions.remove(session.sessionId);
        await this.#datastores.sessionEnded(session);
      },
    });
    this.#state = [streamsState, ...(options.state ?? [])];
    const own = [
      ...retrieveOperations(this.#datastores, schema, this.#state),
      ...configureOperations(this.#datastores),
      this.#sessions.killSession,
      this.#subscriptions.createSubscription,
    ];
    for (const definition of [...own, ...(options.operations ?? [])]) this.addOperation(definition);
  }

  get sessions(): readonly SessionInfo[] {
    return this.#sessions.list;
  }

  read(name: DatastoreName): XmlElement {
    return this.#datastores.read(name);
  }

  async serve(socket: DuplexSocket, peer: SessionPeer): Promise<ServerSession> {
    const most = this.#options.maxSessions ?? DEFAULT_MAX_SESSIONS;
    if (this.#closed || this.#sessions.list.length + this.#opening >= most) {
      const error = this.#closed
        ? new ServerError("closed", "cannot serve a session: the server is closed")
        : new ServerError("too-many-sessions", `cannot serve a session: ${most} are open`);
      await socket.close(error);
      throw error;
    }
    const sessionId = this.#sessions.nextId();
    this.#opening += 1;
    try {
      return await acceptServerSession(socket, this.#sessionOptions(sessionId, peer));
    } finally {
      this.#opening -= 1;
    }
  }

  async edit(target: DatastoreName, config: XmlElement, parameters: EditParameters = {}): Promise<void> {
    try {
      await this.#datastores.edit(SELF, target, config, parameters);
    } catch (error) {
      throw error instanceof RequestRefused ? new RpcError(error.errors.map(toRpcError)) : error;
    }
  }

  onChange(path: SchemaPath | undefined, listener: ChangeListener): () => void {
    return this.#listeners.add(path, listener);
  }

  notify(event: XmlElement): void {
    this.#subscriptions.publish(event);
  }

  addState(provider: StateProvider): void {
    this.#state.push(provider);
  }

  addOperation(definition: OperationDefinition): void {
    const name = `{${definition.namespace}}${definition.name}`;
    if (this.#operations.has(name)) {
      throw new ServerError("bad-registration", `cannot add the operation "${name}": it exists`);
    }
    this.#operations.set(name, definition);
  }

  killSession(sessionId: number): Promise<boolean> {
    return this.#sessions.kill(sessionId, SELF.sessionId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#sessions.closeAll();
    this.#datastores.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #sessionOptions(sessionId: number, peer: SessionPeer): ServerSessionOptions {
    const { username, sourceHost } = peer;
    const actor: Actor = { sessionId, username, ...(sourceHost !== undefined && { sourceHost }) };
    return {
      ...this.#options.session,
      sessionId,
      username,
      capabilities: this.capabilities,
      clock: this.#clock,
      handler: (request, session) => this.#handle(request, session, actor),
      onHandlerError: (error) => this.#options.onError?.(error),
      onOpen: (session) => {
        const info: SessionInfo = { ...actor, transport: peer.transport ?? "netconf", loginTime: this.#now() };
        this.#sessions.open(info, session);
      },
      onCloseSession: () => this.#sessions.release(sessionId),
      ...(peer.signal && { signal: peer.signal }),
    };
  }

  async #handle({ operation }: RpcRequest, session: ServerSession, actor: Actor): Promise<RpcResult> {
    try {
      // A session that was killed does nothing more, though requests of it may be in the queue (RFC 6241 §7.9).
      if (!this.#sessions.isOpen(actor.sessionId))
        return refused([protocolError("operation-failed", "the session is over")]);
      const definition = this.#operations.get(qualifiedName(operation));
      if (definition === undefined) {
        return refused([protocolError("operation-not-supported", `this server has no operation "${operation.name}"`)]);
      }
      return answer(await definition.handler(operation, { session: actor, signal: session.signal }));
    } catch (error) {
      if (error instanceof RequestRefused) return refused(error.errors);
      throw error;
    }
  }
}

function answer(result: OperationResult): RpcResult {
  if (result === undefined) return { ok: true };
  if ("errors" in result) return refused(result.errors);
  return { ok: true, content: result.content };
}

function refused(errors: RequestRefused["errors"]): RpcResult {
  if (errors.length > 0) return { ok: false, errors: errors.map(toRpcError) };
  return { ok: false, errors: [rpcError({ tag: "operation-failed", message: "the operation failed" })] };
}

function resolveSchema(schema: NetconfServerOptions["schema"]): ServerSchema {
  if (schema === undefined) return openSchema;
  return "root" in schema ? schema : listKeys(schema);
}

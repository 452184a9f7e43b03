import { type MemoryPairOptions, memoryPair } from "@netconf-kit/socket";
import { element } from "@netconf-kit/xml";
import {
  acceptServerSession,
  type ClientSession,
  type ClientSessionOptions,
  capabilityUris,
  namespaces,
  openClientSession,
  type RpcHandler,
  type ServerSession,
  type ServerSessionOptions,
} from "../../src/mod.ts";

export const allCapabilities: readonly string[] = [
  ...Object.values(capabilityUris).filter((uri) => uri !== capabilityUris.url && uri !== capabilityUris.withDefaults),
  `${capabilityUris.url}?scheme=http,https,ftp,file`,
  `${capabilityUris.withDefaults}?basic-mode=explicit&also-supported=trim,report-all`,
];

/** Answers get and get-config with empty data, and everything else with ok. */
export const plainHandler: RpcHandler = ({ operation }) =>
  operation.name.startsWith("get") ? { ok: true, content: [element("data", namespaces.base)] } : { ok: true };

export interface PairOptions {
  readonly client?: ClientSessionOptions;
  readonly server?: Partial<ServerSessionOptions>;
  readonly memory?: MemoryPairOptions;
}

/** A client and a server session joined in memory. */
export async function sessionPair(options: PairOptions = {}): Promise<readonly [ClientSession, ServerSession]> {
  const [left, right] = memoryPair(options.memory);
  return Promise.all([
    openClientSession(left, options.client),
    acceptServerSession(right, {
      sessionId: 7,
      username: "tester",
      capabilities: allCapabilities,
      handler: plainHandler,
      ...options.server,
    }),
  ]);
}

/** The error that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in outcome) return outcome.error as Error;
  throw new Error(`expected a rejection, got ${String(outcome.value)}`);
}

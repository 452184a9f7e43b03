import { systemErrorCodes, TransportError, type TransportErrorCode } from "@netconf-kit/socket";

const codes: ReadonlyMap<string, TransportErrorCode> = new Map([
  ...systemErrorCodes,
  ["ERR_STREAM_DESTROYED", "closed"],
  ["ERR_STREAM_WRITE_AFTER_END", "closed"],
]);

/** The system's error as a `TransportError`: `attempt` says what was tried, the system's own words follow. */
export function transportErrorOf(error: unknown, attempt: string): TransportError {
  // Node gathers the failures of several addresses of one name (RFC 8305) in an AggregateError.
  const first = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  const system = first instanceof Error && "code" in first ? String(first.code) : "";
  const words = first instanceof Error ? first.message : String(first);
  return new TransportError(codes.get(system) ?? "failed", `${attempt}: ${words}`, { cause: error });
}

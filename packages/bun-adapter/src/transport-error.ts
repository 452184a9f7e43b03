import { TransportError, type TransportErrorCode } from "@netconf-kit/socket";

const codes: ReadonlyMap<string, TransportErrorCode> = new Map([
  ["ECONNREFUSED", "connection-refused"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
  ["ENOTFOUND", "name-not-found"],
  ["EAI_AGAIN", "name-not-found"],
  ["ETIMEDOUT", "connect-timeout"],
  ["ECONNRESET", "reset"],
  ["EPIPE", "reset"],
  ["EADDRINUSE", "address-in-use"],
  ["EADDRNOTAVAIL", "address-not-available"],
  ["EACCES", "permission-denied"],
]);

/** The system's error as a `TransportError`: `attempt` says what was tried, Bun's own words follow. */
export function transportErrorOf(error: unknown, attempt: string): TransportError {
  if (error instanceof TransportError) return error;
  const system = error instanceof Error && "code" in error ? String(error.code) : "";
  const words = error instanceof Error ? error.message : String(error);
  return new TransportError(codes.get(system) ?? "failed", `${attempt}: ${words}`, { cause: error });
}

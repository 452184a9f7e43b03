import { TransportError, type TransportErrorCode } from "@netconf-kit/socket";

const codes: ReadonlyMap<string, TransportErrorCode> = new Map([
  ["ConnectionRefused", "connection-refused"],
  ["ConnectionReset", "reset"],
  ["ConnectionAborted", "reset"],
  ["BrokenPipe", "reset"],
  ["TimedOut", "connect-timeout"],
  ["HostUnreachable", "unreachable"],
  ["NetworkUnreachable", "unreachable"],
  ["AddrInUse", "address-in-use"],
  ["AddrNotAvailable", "address-not-available"],
  ["PermissionDenied", "permission-denied"],
  ["NotCapable", "permission-denied"],
  ["BadResource", "closed"],
  ["Interrupted", "closed"],
]);

/** Deno's error as a `TransportError`: `attempt` says what was tried, Deno's own words follow. */
export function transportErrorOf(error: unknown, attempt: string): TransportError {
  const name = error instanceof Error ? error.name : "";
  const words = error instanceof Error ? error.message : String(error);
  return new TransportError(codes.get(name) ?? "failed", `${attempt}: ${words}`, { cause: error });
}

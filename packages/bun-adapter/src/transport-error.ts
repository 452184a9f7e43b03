import { systemErrorCodes, TransportError } from "@netconf-kit/socket";

/** The system's error as a `TransportError`: `attempt` says what was tried, Bun's own words follow. */
export function transportErrorOf(error: unknown, attempt: string): TransportError {
  if (error instanceof TransportError) return error;
  const system = error instanceof Error && "code" in error ? String(error.code) : "";
  const words = error instanceof Error ? error.message : String(error);
  return new TransportError(systemErrorCodes.get(system) ?? "failed", `${attempt}: ${words}`, { cause: error });
}

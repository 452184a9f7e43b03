import type { TransportErrorCode } from "./errors.ts";

/**
 * The names that POSIX and `getaddrinfo` give to what can go wrong with a connection, for adapters of runtimes whose errors have
 * them as `code`.
 */
export const systemErrorCodes: ReadonlyMap<string, TransportErrorCode> = /* @__PURE__ */ new Map([
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

import { type ExitCode, exitCodes, UsageError } from "./exit-codes.ts";

/** An error as every package of netconf-kit makes it. */
interface LayeredError extends Error {
  readonly layer: string;
  readonly code: string;
  readonly fault: "peer" | "local" | "transport";
  readonly rfc?: string;
}

/** What to tell the user, and the process's end. */
export interface ErrorReport {
  readonly exitCode: ExitCode;
  /** One line: what was attempted, what happened, what to try. */
  readonly line: string;
  /** The same for machines. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Turns any error into one line and an exit code. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof UsageError) return report(exitCodes.usage, "usage", error, error.hint);
  if (isRpcError(error)) return reportRpcError(error);
  const layered = findLayered(error);
  if (layered !== undefined)
    return report(exitCodeOf(layered), layered.layer, layered, hints.get(layered.code), layered);
  // Node's own errors of reading and writing files the user named.
  if (error instanceof Error && "syscall" in error) return report(exitCodes.usage, "file", error, undefined);
  return report(
    exitCodes.bug,
    "internal",
    error instanceof Error ? error : new Error(String(error)),
    "this is a bug: please report it",
  );
}

const refusals = new Set([
  "host-key-rejected",
  "host-key-signature-invalid",
  "authentication-failed",
  "too-many-authentication-attempts",
  "unknown-identity",
  "wrong-pin",
  "wrong-name",
  "no-user-name",
  "revocation-unknown",
  "closed-after-handshake",
  "alert-unknown-ca",
  "alert-bad-certificate",
  "alert-unsupported-certificate",
  "alert-access-denied",
  "alert-no-certificate",
]);
/** Certificates refused by us, and by the peer. */
const CERTIFICATE_REFUSED = /^(alert-)?certificate-/;
const unreachables = new Set([
  "subsystem-refused",
  "channel-open-refused",
  "service-not-available",
  "connection-ended",
  "disconnected-by-peer",
  "keepalive-lost",
  "session-closed",
  "session-terminated",
  "aborted",
  "handshake-timeout",
]);

function exitCodeOf(error: LayeredError): ExitCode {
  if (refusals.has(error.code) || CERTIFICATE_REFUSED.test(error.code)) return exitCodes.refused;
  if (error.fault === "transport" || unreachables.has(error.code) || error.code.startsWith("timeout-"))
    return exitCodes.unreachable;
  return error.fault === "local" ? exitCodes.usage : exitCodes.protocol;
}

const hints: ReadonlyMap<string, string> = new Map([
  ["connection-refused", "is the device listening there? NETCONF over SSH has port 830; name another with host:port"],
  ["unreachable", "check the address and the route"],
  ["name-not-found", "check the spelling, or use the address"],
  ["connect-timeout", "a firewall may drop the packets; try --timeout with more seconds"],
  ["address-in-use", "stop the other program, or choose another port"],
  ["permission-denied", "ports below 1024 need privileges: choose another one"],
  [
    "host-key-rejected",
    "compare the fingerprint with the device's, then pass it with --host-key, or --accept-new on first contact",
  ],
  [
    "authentication-failed",
    "name a key with -i, an agent with --agent, or a password with --password-env, --password-file or --ask-password; check the user",
  ],
  [
    "subsystem-refused",
    "the SSH server offers no NETCONF: is NETCONF enabled on the device, and is this its NETCONF port?",
  ],
  ["no-common-algorithm", "the device offers no algorithm that is safe today"],
  ["timeout-version-exchange", "something else than SSH may listen at that port"],
  ["timeout-hello", "the subsystem started and stayed silent: is the NETCONF server behind it running?"],
  ["timeout-rpc", "give the device more time with --timeout"],
  ["capability-missing", "see what the device offers with: netconf hello"],
  ["key-encrypted", "use a key without a passphrase"],
  ["key-format", "give an OpenSSH private key"],
  ["channel-open-refused", "the jump host does not reach the device, or may not: check both with ssh"],
  ["agent-refused", "the agent did not sign: is it locked, or does it ask for a confirmation?"],
  ["bad-line", "correct the line, or leave the file out with --no-ssh-config"],
  ["match-not-supported", "write the block without this condition, or use --no-ssh-config"],
  ["not-tls", "is this the port of NETCONF over TLS? It is 6513; SSH has 830 and no --tls"],
  [
    "certificate-untrusted",
    "name the authority of the device's certificate with --ca, or pin the certificate with --pin",
  ],
  ["certificate-expired", "the device needs a new certificate; is the clock of this machine right?"],
  ["certificate-not-yet-valid", "is the clock of this machine right?"],
  ["wrong-name", "pass the name that stands in the certificate with --server-name"],
  ["wrong-pin", "compare the fingerprint with the device's, then pass it with --pin"],
  [
    "closed-after-handshake",
    "the device does not take our certificate: check --cert, its authority on the device, and cert-to-name",
  ],
  ["alert-unknown-ca", "the device does not know the authority of our certificate"],
  ["alert-certificate-required", "the device wants a certificate: check --cert"],
  ["handshake-timeout", "something else than TLS may listen at that port"],
  ["permissions", "take the file away from other users: chmod 600"],
]);

function report(
  exitCode: ExitCode,
  layer: string,
  error: Error,
  hint: string | undefined,
  details?: LayeredError,
): ErrorReport {
  const rfc = details?.rfc === undefined || layer === "transport" ? "" : ` (${details.rfc})`;
  const fault = details?.fault === "peer" ? ", the peer's fault" : "";
  return {
    exitCode,
    line: `netconf: ${layer}${fault}: ${oneLine(error.message)}${rfc}${hint === undefined ? "" : ` — ${hint}`}`,
    json: {
      exitCode,
      layer,
      code: details?.code ?? (exitCode === exitCodes.usage ? "usage" : "internal"),
      ...(details === undefined ? {} : { fault: details.fault, rfc: details.rfc }),
      message: error.message,
      ...(hint === undefined ? {} : { try: hint }),
    },
  };
}

interface RpcErrorLike extends Error {
  readonly errors: readonly {
    readonly tag: string;
    readonly message?: string;
    readonly path?: unknown;
    readonly type: string;
  }[];
}

function isRpcError(error: unknown): error is RpcErrorLike {
  return error instanceof Error && error.name === "RpcError" && "errors" in error && Array.isArray(error.errors);
}

function reportRpcError(error: RpcErrorLike): ErrorReport {
  return {
    exitCode: exitCodes.rpcError,
    line: `netconf: rpc-error: ${oneLine(error.message)}`,
    json: {
      exitCode: exitCodes.rpcError,
      layer: "netconf",
      code: "rpc-error",
      message: error.message,
      errors: error.errors,
    },
  };
}

/** The outermost error that names its layer: it says what the failure meant for what was attempted. */
function findLayered(error: unknown): LayeredError | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < MAX_CAUSES; each = each.cause, depth++) {
    if (isLayered(each)) return each;
  }
  return undefined;
}

const MAX_CAUSES = 8;

function isLayered(error: Error): error is LayeredError {
  return "layer" in error && "code" in error && "fault" in error && typeof error.code === "string";
}

/** Errors of a peer may hold line breaks; the report stays one line. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ");
}

import { isNetconfError, isRpcError, isSshError, isTransportError, isXmlError, type RpcErrorInfo } from "netconf-kit";

/** An error as the page shows it. */
export interface ErrorView {
  /** Whose layer, and whose fault. */
  readonly title: string;
  readonly message: string;
  readonly code: string;
  readonly rfc: string | undefined;
  /** What to try. */
  readonly hint: string | undefined;
  /** For a refused operation: each `<rpc-error>` of the reply. */
  readonly details: readonly string[];
}

/**
 * Turns anything thrown into words for the user.
 *
 * @example
 * describeError(new NetconfError("timeout-hello", "…")).hint;
 */
export function describeError(error: unknown): ErrorView {
  if (isRpcError(error)) {
    const { message, code, rfc, errors } = error;
    const hint = hints.get(errors[0]?.tag ?? "");
    return {
      title: "The device refused the operation",
      message,
      code,
      rfc,
      hint,
      details: errors.map(describeRpcError),
    };
  }
  if (isLayered(error)) {
    // Why the way failed is known below: a lost SSH connection because of what the relay said.
    if (error.fault === "transport" && isLayered(error.cause)) return describeError(error.cause);
    const { layer, code, fault, message } = error;
    const rfc = layer === "transport" ? undefined : error.rfc;
    return {
      title: `${layers.get(layer) ?? layer}: ${faults[fault]}`,
      message,
      code,
      rfc,
      hint: hints.get(code),
      details: [],
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { title: "The page could not do this", message, code: "page", rfc: undefined, hint: undefined, details: [] };
}

/** `error-tag at error-path: error-message`. */
function describeRpcError({ tag, path, message, severity, info }: RpcErrorInfo): string {
  const where = path === undefined ? "" : ` at ${path.text}`;
  const who = info.sessionId === undefined ? "" : ` (session ${info.sessionId})`;
  const text = message === undefined ? "" : `: ${message.text}`;
  return `${severity === "warning" ? "warning, " : ""}${tag ?? "no error-tag"}${where}${who}${text}`;
}

interface LayeredError extends Error {
  readonly layer: string;
  readonly code: string;
  readonly fault: "peer" | "local" | "transport";
  readonly rfc?: string;
}

function isLayered(error: unknown): error is LayeredError {
  if (isSshError(error) || isNetconfError(error) || isTransportError(error) || isXmlError(error)) return true;
  return error instanceof Error && "layer" in error && "code" in error && "fault" in error;
}

const layers: ReadonlyMap<string, string> = new Map([
  ["ssh", "SSH"],
  ["netconf", "NETCONF"],
  ["call-home", "Call Home"],
  ["xml", "XML"],
  ["framing", "Framing"],
  ["transport", "Connection"],
  ["web-crypto", "Key"],
  ["relay", "Relay"],
  ["websockify", "websockify"],
]);

const faults = {
  peer: "the other side broke a rule or refused",
  local: "this cannot be done from here",
  transport: "the way to the device failed",
} as const;

const hints: ReadonlyMap<string, string> = new Map([
  ["token-refused", "Open the address that the relay printed when it was started, or give its token below the form."],
  ["origin-refused", "Open this page from the relay itself, or start the relay with this page's --origin."],
  ["target-refused", "Start the relay with --allow and this address."],
  ["call-home-off", "Start the relay with --call-home and a port."],
  ["connection-refused", "Is the device listening there? NETCONF over SSH has port 830."],
  ["unreachable", "Check the address, and the route from the relay to it."],
  ["name-not-found", "Check the spelling, or use the address."],
  ["connect-timeout", "A firewall may drop the packets between relay and device."],
  ["connection-lost", "Is the relay still running?"],
  ["bad-address", "An address begins with ws:// or wss://; a page that came by HTTPS can only open wss://."],
  [
    "no-websockify",
    "Is websockify running there? A page that came from a relay may open WebSockets to that relay only.",
  ],
  ["device-not-reached", "Look up what websockify was started with, and whether the device listens there."],
  ["websockify-lost", "Is websockify still running?"],
  ["host-key-rejected", "Compare the fingerprint with the one on the device's own console before you approve it."],
  ["authentication-failed", "Check the user name, and whether the device knows this key or password."],
  ["subsystem-refused", "This SSH server offers no NETCONF: is it enabled, and is this its NETCONF port (830)?"],
  ["no-common-algorithm", "The device offers no algorithm that is safe today."],
  ["timeout-version-exchange", "Something else than SSH may listen at that port."],
  ["timeout-hello", "The subsystem started and stayed silent: is the NETCONF server behind it running?"],
  ["capability-missing", "See the capabilities of the device."],
  ["key-encrypted", "Give the passphrase of the key."],
  ["key-passphrase-wrong", "Give the passphrase anew."],
  ["key-format", "Paste a private key as OpenSSH writes it, from BEGIN to END."],
  ["not-well-formed", "Check the XML: every element closed, every prefix declared."],
  ["lock-denied", "Another session holds the lock: wait for it, or end that session with kill-session."],
  ["access-denied", "This user may not do it: see the access rules of the device."],
  ["in-use", "Another session is changing this: try again later."],
]);

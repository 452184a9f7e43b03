/**
 * What the other side of a relay needs to know: a page, or any other WebSocket client. Names no runtime.
 *
 * @module
 */

export { isRelayError, RelayError, type RelayErrorCode, relayErrorOf, relayErrors } from "./errors.ts";

/** The sub-protocol of every WebSocket with a relay, which is that of websockify too: binary messages are bytes of the connection. */
export const RELAY_PROTOCOL = "binary";

const TOKEN_PREFIX = "netconf-relay-token.";

/**
 * The sub-protocols to open a WebSocket with: what carries the token to the relay, and out of every URL that is logged.
 *
 * @example
 * const ws = new WebSocket(dialUrl("ws://127.0.0.1:8080", "192.0.2.1:830"), relayProtocols(token));
 * ws.binaryType = "arraybuffer";
 */
export function relayProtocols(token: string): string[] {
  return [RELAY_PROTOCOL, `${TOKEN_PREFIX}${token}`];
}

/**
 * The token among the sub-protocols of a request, for a relay.
 *
 * @example
 * console.log(tokenAmong(["binary", "netconf-relay-token.secret"])); // secret
 */
export function tokenAmong(protocols: Iterable<string>): string | undefined {
  for (const protocol of protocols) if (protocol.startsWith(TOKEN_PREFIX)) return protocol.slice(TOKEN_PREFIX.length);
  return undefined;
}

/**
 * The URL of a WebSocket to `target`, which is `HOST:PORT`, through the relay at `relay`.
 *
 * @example
 * console.log(dialUrl("ws://127.0.0.1:8080", "192.0.2.1:830")); // ws://127.0.0.1:8080/dial?target=192.0.2.1%3A830
 */
export function dialUrl(relay: string, target: string): string {
  return `${relay.replace(/\/+$/, "")}/dial?target=${encodeURIComponent(target)}`;
}

/**
 * The URL of a WebSocket that waits for one device to call home. Its first message is a text that `readDevice` reads; from then
 * on it is the connection with that device. Whoever wants more devices opens the next one then.
 *
 * @example
 * const ws = new WebSocket(waitUrl("ws://127.0.0.1:8080"), relayProtocols(token));
 */
export function waitUrl(relay: string): string {
  return `${relay.replace(/\/+$/, "")}/wait`;
}

/** What a relay tells of a device that has called. */
export interface CalledDevice {
  /** Where it called from, such as `192.0.2.1:40123`. Proves nothing: the host key does. */
  readonly address: string;
}

/**
 * The first message on a WebSocket that waits, for a relay.
 *
 * @example
 * ws.send(writeDevice({ address: "192.0.2.1:40123" }));
 */
export function writeDevice({ address }: CalledDevice): string {
  return JSON.stringify({ type: "device", address });
}

/**
 * Reads the first message on a WebSocket that waits; `undefined` when the text is something else, as from another kind of server.
 *
 * @example
 * ws.onmessage = ({ data }) => console.log(readDevice(data)?.address);
 */
export function readDevice(text: string): CalledDevice | undefined {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof message !== "object" || message === null || !("type" in message) || message.type !== "device")
    return undefined;
  return "address" in message && typeof message.address === "string" ? { address: message.address } : undefined;
}

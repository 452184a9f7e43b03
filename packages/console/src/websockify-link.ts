import { RELAY_PROTOCOL } from "@netconf-kit/relay/page";
import type { Dial } from "netconf-kit";
import { WebsockifyError, websockifyErrorOf } from "./state/websockify-error.ts";
import { bytesOf, opened } from "./web-socket-link.ts";

/**
 * Dials the one device that a plain websockify leads to: binary messages under the sub-protocol `binary`, and nobody asks for a
 * token. Where websockify chooses among devices by `?token=`, that is a part of the address.
 *
 * @throws WebsockifyError
 * @example
 * const connection = await connect({ dial: dialThroughWebsockify("ws://192.0.2.9:6080"), ...options });
 */
export function dialThroughWebsockify(url: string): Dial {
  return async ({ signal } = {}) => {
    const ws = openWebSocket(url);
    ws.binaryType = "arraybuffer";
    await opened(ws, (code) => websockifyErrorOf(url, code, "", false), signal);
    // In the same turn: the device speaks first.
    return bytesOf(ws, url, (code, reason) => websockifyErrorOf(url, code, reason, true));
  };
}

function openWebSocket(url: string): WebSocket {
  try {
    return new WebSocket(url, RELAY_PROTOCOL);
  } catch (cause) {
    // The address is none, or a page that came by HTTPS may not open one without TLS.
    throw new WebsockifyError("bad-address", `the browser does not open "${url}"`, { cause });
  }
}

import { dialUrl, readDevice, relayErrorOf, relayProtocols, waitUrl } from "@netconf-kit/relay/page";
import type { Dial } from "netconf-kit";
import type { Caller } from "./state/console.ts";
import { bytesOf, opened, settle } from "./web-socket-link.ts";

/** A relay, and what it wants to see before it works for a page. */
export interface RelayAddress {
  /** `ws://127.0.0.1:8080`. */
  readonly url: string;
  readonly token: string;
}

/**
 * Dials a device through a relay. What the relay says when it refuses or loses the device becomes the error.
 *
 * @example
 * const connection = await connect({ dial: dialThroughRelay(relay, "192.0.2.1:830"), ...options });
 */
export function dialThroughRelay(relay: RelayAddress, target: string): Dial {
  return async ({ signal } = {}) => {
    const ws = openWebSocket(dialUrl(relay.url, target), relay.token);
    await opened(ws, relayErrorOf, signal);
    return bytesOf(ws, target, relayErrorOf);
  };
}

/** Waits at a relay for one device to call home. */
export async function waitAtRelay(relay: RelayAddress, signal: AbortSignal): Promise<Caller> {
  const ws = openWebSocket(waitUrl(relay.url), relay.token);
  await opened(ws, relayErrorOf, signal);
  return called(ws, signal);
}

function openWebSocket(url: string, token: string): WebSocket {
  const ws = new WebSocket(url, relayProtocols(token));
  ws.binaryType = "arraybuffer";
  return ws;
}

/** The first message tells of the device; from then on the WebSocket is the connection with it. */
function called(ws: WebSocket, signal: AbortSignal): Promise<Caller> {
  return settle(ws, relayErrorOf, signal, (done, fail) => {
    ws.addEventListener(
      "message",
      ({ data }) => {
        const device = typeof data === "string" ? readDevice(data) : undefined;
        if (device === undefined) fail(new Error("the server at this address is no relay of this page"));
        // In the same turn: no byte of the device may come between.
        else done({ socket: bytesOf(ws, device.address, relayErrorOf), address: device.address });
      },
      { once: true },
    );
  });
}

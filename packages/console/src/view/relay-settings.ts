import type { RelayAddress } from "../relay-link.ts";
import { createStore, type Store } from "../state/store.ts";

/**
 * The relay to begin with: the server that the page came from, with the token that stands in the page's own address behind
 * `#token=`. That part of an address is never sent to a server; it is taken out of the address bar and kept in memory only.
 */
export function startRelay(): Store<RelayAddress> {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (token !== "") history.replaceState(null, "", location.pathname + location.search);
  return createStore<RelayAddress>({ url: ownServer(), token });
}

/** Where the page came from, as the address of a WebSocket. */
export function ownServer(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`;
}

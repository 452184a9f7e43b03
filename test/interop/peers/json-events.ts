import type { PeerProcess } from "./process.ts";

/** What a peer program tells on a line of its standard output. The program's source says which fields an event has. */
export interface PeerEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** How a scripted client session went: the same form for every peer that is a client. */
export interface PeerClientResult {
  readonly connected: boolean;
  /** Why there was no session, or why it broke off. */
  readonly error?: string;
  readonly base?: "1.0" | "1.1";
  readonly sessionId?: string | null;
  readonly capabilities?: readonly string[];
  /** The messages that came, in order: a reply for each operation and for close-session, and events between them. */
  readonly replies?: readonly string[];
  /** How often keys were exchanged, where the peer tells. 1 means never again after the first time. */
  readonly keyExchanges?: number;
}

/** A peer that is a NETCONF server: the tiny one that answers get, get-config, create-subscription, close-session. */
export interface PeerServer {
  /** All events so far. */
  readonly events: () => readonly PeerEvent[];
  /** Resolves with the first event of this name, which may have come already; rejects after `ms` or at the end. */
  readonly waitForEvent: (name: string, ms: number) => Promise<PeerEvent>;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/** A peer that is a NETCONF client with a script. */
export interface PeerClient {
  /** Waits for the end of the session. */
  readonly result: () => Promise<PeerClientResult>;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

export function eventsOf(peer: PeerProcess): PeerEvent[] {
  const lines = peer.stdout().toString("utf8").split("\n");
  // The last piece is a line that is not whole yet, or nothing. Erlang's own reports come on standard output too.
  const events = lines.slice(0, -1).filter((line) => line.startsWith("{"));
  // `as`: the peer programs of this folder write such lines as events only.
  return events.map((line) => JSON.parse(line) as PeerEvent);
}

export async function waitForEvent(peer: PeerProcess, name: string, ms: number): Promise<PeerEvent> {
  for (const deadline = Date.now() + ms; ; ) {
    const found = eventsOf(peer).find(({ event }) => event === name);
    if (found !== undefined) return found;
    const left = deadline - Date.now();
    if (left <= 0) throw new Error(`the peer did not tell of "${name}" within ${ms} ms\n${peer.log()}`);
    await peer.waitForMore(left);
  }
}

export function peerServer(peer: PeerProcess): PeerServer {
  return {
    events: () => eventsOf(peer),
    waitForEvent: (name, ms) => waitForEvent(peer, name, ms),
    log: peer.log,
    stop: peer.stop,
  };
}

export function peerClient(peer: PeerProcess): PeerClient {
  return {
    result: async () => {
      try {
        // `as`: see eventsOf; the peer's event "result" holds these fields.
        const result = (await waitForEvent(peer, "result", 45_000)) as unknown as PeerClientResult;
        // Let it take leave of the server in its own way.
        await peer.exited(3000).catch(() => {});
        return result;
      } finally {
        await peer.stop();
      }
    },
    log: peer.log,
    stop: peer.stop,
  };
}

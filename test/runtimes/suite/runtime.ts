import type { CryptoProvider } from "@netconf-kit/ssh";
import type { SecureWithTls } from "@netconf-kit/tls";
import type { WebSocketLike, WebStreams } from "@netconf-kit/web-adapter";
import type { Dial, DuplexSocket, Listener } from "netconf-kit";
import type { Corpus, Credentials } from "./material.ts";

/** A JavaScript runtime as the suite sees it. */
export interface Runtime {
  /** As the table calls it: `Node.js 22`, `Chromium`, `Chromium, Worker`. */
  readonly name: string;
  readonly version: string;
  /** What it lends to the cases; for what it does not have, why. */
  readonly lends: { readonly [C in Capability]: Lent[C] | Lack };
}

/** Why a runtime does not have something: a sentence for the table. */
export interface Lack {
  readonly lacks: string;
}

export type Capability = keyof Lent;

/** What a runtime may lend. */
export interface Lent {
  /** The recorded SSH conversations, by name: from `material.json`. */
  readonly transcripts: Readonly<Record<string, string>>;
  /** Framing vectors, XML documents, vectors of cryptography: from `material.json`, where the corpus is at hand. */
  readonly corpus: Corpus;
  /** Pure JavaScript. */
  readonly nobleCrypto: CryptoProvider;
  /** `crypto.subtle` as a provider. */
  readonly webCrypto: CryptoProvider;
  /** `node:crypto` as a provider. */
  readonly nodeCrypto: CryptoProvider;
  /** Listens and dials on loopback. */
  readonly tcp: Tcp;
  /** TLS in both roles, with client certificates. */
  readonly tls: Tls;
  /** Two `{readable, writable}` pairs of streams that lead to each other; the pipes hold so many bytes. */
  readonly webStreams: (highWaterBytes?: number) => readonly [WebStreams, WebStreams];
  /** Both ends of a WebSocket connection, whatever stands between them. */
  readonly webSockets: () => Promise<readonly [WebSocketLike, WebSocketLike]>;
  /** Connections to NETCONF ends in Node.js that wait outside. */
  readonly reach: Reach;
  /** Connections from NETCONF ends in Node.js that come here. */
  readonly meet: Meet;
}

export interface Tcp {
  listen(): Promise<Listener & { readonly host: string; readonly port: number }>;
  dial(to: { readonly host: string; readonly port: number }): Dial;
  /** Why a port goes on taking connections when its listener is closed, where that is so. */
  readonly portsStayOpen?: string;
}

export interface CertificateAndKey {
  readonly cert: string;
  readonly key: string;
}

export interface Tls {
  client(
    options: CertificateAndKey & { readonly ca: string; readonly serverName?: string },
  ): SecureWithTls<DuplexSocket>;
  /** Lets in whom the authority vouches for; the name in the client's certificate is the user's. */
  server(options: CertificateAndKey & { readonly ca: string }): SecureWithTls<DuplexSocket>;
  readonly credentials: Credentials;
  /** Why its TLS is over in both directions when the peer ends one, where that is so. */
  readonly noHalfClose?: string;
}

/** An end in Node.js, outside the runtime. */
export type OutsideEnd = "ssh device" | "ssh manager" | "tls device" | "tls manager";

export interface Reach {
  /** Leads to a device that serves, or to a manager that waits for Call Home. */
  dial(end: OutsideEnd): Dial;
  readonly credentials: Credentials;
}

export interface Meet {
  /** Has this end come here: a device that calls home, a manager that dials. */
  listen(end: OutsideEnd): Promise<Listener>;
  readonly credentials: Credentials;
}

/** Tells a lack from what is lent. */
export function isLack(value: object): value is Lack {
  return "lacks" in value;
}

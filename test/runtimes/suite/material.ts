import type { WycheproofGroup } from "../../../packages/ssh/test/algorithms/wycheproof-group.ts";

/** The test data of the suite, as one JSON text: made in Node.js (test/interop/suite-material.ts), read by every host. */
export interface Material {
  readonly transcripts: Readonly<Record<string, string>>;
  /** Absent where the corpus is not at hand. */
  readonly corpus?: Corpus;
  readonly credentials: Credentials;
  /** Ports on 127.0.0.1 of the ends in Node.js that wait. */
  readonly ports: OutsidePorts;
}

/** Where each end waits. */
export interface OutsidePorts {
  readonly "ssh device": number;
  readonly "ssh manager": number;
  readonly "tls device": number;
  readonly "tls manager": number;
}

/** The keys and certificates of everybody: made anew for each run of the tests. */
export interface Credentials {
  /** Of devices outside, `SHA256:…`. */
  readonly theirFingerprint: string;
  /** The host key of devices inside the runtime, as a private key file; outside its fingerprint is known. */
  readonly hostKey: string;
  /** The private key of user `ops`, in and out. */
  readonly userKey: string;
  /** `userKey`'s line of an authorized_keys file. */
  readonly authorizedKeys: string;
  /** The authority that vouches for both. */
  readonly ca: string;
  /** Its fingerprint, `SHA256:…`. */
  readonly caFingerprint: string;
  /** For `r7.example.net`. */
  readonly device: { readonly cert: string; readonly key: string };
  readonly manager: { readonly cert: string; readonly key: string };
  /** Of another authority. */
  readonly stranger: { readonly cert: string; readonly key: string };
}

/** What is taken of the corpus; bytes are base64. */
export interface Corpus {
  readonly framing: readonly FramingVector[];
  readonly documents: readonly XmlDocument[];
  /** The Wycheproof files, by name without `.json`. */
  readonly wycheproof: Readonly<Record<string, readonly WycheproofGroup[]>>;
}

export interface FramingVector {
  readonly id: string;
  readonly mode: "eom" | "chunked" | "eom->chunked";
  readonly reads_b64: readonly string[];
  readonly expect: {
    readonly messages_b64: readonly string[];
    readonly end: "clean" | "truncated" | "error" | "trailing-whitespace";
    readonly error_offset?: number;
  };
}

/** A document, and what the reader answered in the Node.js of the tests, where the unit tests judge it. */
export interface XmlDocument {
  readonly id: string;
  readonly group: "messages" | "hostile" | "w3c";
  readonly bytes: string;
  /** The hash of what is written again, or the error with its place. */
  readonly answer: string;
}

import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fingerprintSha256, formatPrivateKey, formatPublicKey, generateKey } from "netconf-kit";
import { wycheproofCases } from "../../packages/ssh/test/algorithms/provider-conformance.ts";
import { wycheproof } from "../../packages/ssh/test/algorithms/wycheproof.ts";
import { type CorpusDocument, corpusDocuments } from "../../packages/xml/test/corpus-documents.ts";
import type { Corpus, Credentials, FramingVector, XmlDocument } from "../runtimes/suite/material.ts";
import { xmlAnswer } from "../runtimes/suite/xml-answer.ts";
import { corpus } from "../support/corpus.ts";
import { type IssuedCertificate, testAuthority } from "../support/test-authority.ts";
import { random } from "./our-ends.ts";

/** Keys and certificates that nobody has seen before, and the host key of devices outside. */
export function makeCredentials(): { readonly credentials: Credentials; readonly theirHostKey: string } {
  const [ours, theirs, user] = [newKey(), newKey(), newKey()];
  const [ca, other] = [testAuthority(), testAuthority("/CN=Other Authority")];
  try {
    const pair = ({ cert, key }: IssuedCertificate) => ({ cert, key });
    const credentials = {
      theirFingerprint: fingerprintSha256(theirs.publicBlob),
      hostKey: formatPrivateKey(ours),
      userKey: formatPrivateKey(user),
      authorizedKeys: formatPublicKey({ type: user.type, publicBlob: user.publicBlob, comment: "ops" }),
      ca: ca.cert,
      caFingerprint: `SHA256:${new X509Certificate(ca.cert).fingerprint256}`,
      device: pair(ca.issue({ altNames: "DNS:r7.example.net" })),
      manager: pair(ca.issue({ altNames: "DNS:ops.example.net" })),
      stranger: pair(other.issue()),
    };
    return { credentials, theirHostKey: formatPrivateKey(theirs) };
  } finally {
    ca.remove();
    other.remove();
  }
}

function newKey(): ReturnType<typeof generateKey> {
  return generateKey("ssh-ed25519", random);
}

/** Recorded conversations, and what is taken of the corpus where that is at hand. */
export function makeMaterial(): { readonly transcripts: Readonly<Record<string, string>>; readonly corpus?: Corpus } {
  const place = fileURLToPath(new URL("../transcripts/ssh/", import.meta.url));
  const transcripts = Object.fromEntries(
    readdirSync(place).map((file) => [file.replace(/\.txt$/, ""), readFileSync(join(place, file), "utf8")]),
  );
  const folder = corpus();
  return { transcripts, ...(folder !== undefined && { corpus: takeCorpus(folder) }) };
}

function takeCorpus(folder: string): Corpus {
  const framing = readFileSync(join(folder, "framing/vectors.jsonl"), "utf8").trim().split("\n");
  return {
    // `as`: the unit tests of the packages read these files as well.
    framing: framing.map((line) => JSON.parse(line) as FramingVector),
    documents: corpusDocuments(folder).flatMap(describeDocument),
    wycheproof: Object.fromEntries(wycheproofCases.map(({ file }) => [file, wycheproof(file)])),
  };
}

/** Which documents go into which case; long ones stay at home. */
const groups: Readonly<Record<string, XmlDocument["group"]>> = {
  "netconf-message": "messages",
  "xml-hostile": "hostile",
  w3c: "w3c",
};
const MAX_DOCUMENT_BYTES = 8192;

function describeDocument({ id, kind, bytes }: CorpusDocument): readonly XmlDocument[] {
  const group = groups[kind];
  if (group === undefined || bytes.length > MAX_DOCUMENT_BYTES) return [];
  return [{ id, group, bytes: Buffer.from(bytes).toString("base64"), answer: xmlAnswer(bytes) }];
}

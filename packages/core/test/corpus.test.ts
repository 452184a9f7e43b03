import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { isXmlError } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../test/support/corpus.ts";
import {
  capabilityUris,
  Dialect,
  isNetconfError,
  messageKind,
  namespaces,
  parseHello,
  parseNotification,
  parseReply,
  parseRpc,
  readMessage,
} from "../src/mod.ts";

/** What the corpus says of a message; what it does not say is absent. */
interface Expected {
  readonly well_formed: boolean;
  readonly ns_well_formed: boolean;
  readonly root?: string | null;
  readonly root_ns?: string | null;
  readonly message_id?: string | null;
  readonly outcome?: "ok" | "data" | "empty" | "warning" | "error";
  readonly rpc_errors?: readonly {
    readonly severity: string | null;
    readonly tag: string | null;
    readonly type: string | null;
  }[];
  readonly capabilities?: number;
  readonly base_1_0?: boolean;
  readonly base_1_1?: boolean;
  readonly session_id?: string | null;
  readonly event_time?: string | null;
  readonly event?: string | null;
  readonly operation?: string | null;
  readonly quirks: readonly string[];
}

interface Entry {
  readonly file: string;
  readonly vendor: string;
  readonly expect: Expected;
}

/** Messages of the corpus that this layer reads otherwise than the corpus says, and why that is right. */
const exceptions: Readonly<Record<string, string>> = {
  "messages/128technology/messages.spec-L8-52654cf9.xml": "two <capabilities>, RFC 6241 Appendix B allows one",
  "messages/ietf-rfc/rfc6020-ex6-078ea878.xml": "a fragment: the example leaves <capabilities> out",
  "messages/generic-testlib/session_test-L33-452e5f10.xml": "an empty <capability> is no capability",
  "messages/generic-testlib/session_test-L67-2c690081.xml": "an empty <capability> is no capability",
  "messages/generic-quirk/notification-in-base-ns-14660e84.xml": "a notification in a foreign namespace is none",
  "messages/generic-testlib/parser-L1339-4ad8d03e.xml": "a vendor's rpc-error is not that of NETCONF",
  "messages/generic-testlib/mod-L898-11d4551e.xml": "a message-id in a foreign namespace is none",
  "messages/generic-testlib/parser-L3046-c2e9d10d.xml":
    "well-formed; a namespace that is no URI is not for a parser to refuse",
  "messages/generic-testlib/parser-L1507-6beea8a0.xml":
    "well-formed; the tool that made the manifest could not parse it",
};

describe.runIf(corpus())("the corpus of messages", () => {
  const folder = corpus() ?? "";
  const all = entries(folder);

  const seen = new Set<string>();

  for (const strictness of ["strict", "lenient"] as const) {
    it(`is read as its manifest says: ${strictness}`, () => {
      const rates = new Map<string, { passed: number; total: number }>();
      const failures: string[] = [];
      let refused = 0;
      for (const entry of all) {
        const rate = rates.get(entry.vendor) ?? { passed: 0, total: 0 };
        rates.set(entry.vendor, rate);
        rate.total++;
        const problem = check(entry, bytesOf(join(folder, entry.file)), new Dialect(strictness));
        if (problem === REFUSED) refused++;
        if (problem === undefined || problem === REFUSED) rate.passed++;
        else failures.push(`${entry.file}: ${problem}`);
      }
      const lines = [...rates].sort().map(([vendor, { passed, total }]) => `${vendor} ${passed}/${total}`);
      console.log(
        `corpus, ${strictness}: ${all.length - failures.length}/${all.length}, ${refused} of them rightly refused\n  ${lines.join("\n  ")}`,
      );
      for (const failure of failures) seen.add(failure.slice(0, failure.indexOf(":")));
      const unexplained = failures.filter(
        (failure) => exceptions[failure.slice(0, failure.indexOf(":"))] === undefined,
      );
      expect(unexplained).toEqual([]);
    });
  }

  it("has no exception that is not needed any more", () => {
    expect(Object.keys(exceptions).filter((file) => !seen.has(file))).toEqual([]);
  });
});

function bytesOf(file: string): Uint8Array {
  const bytes = readFileSync(file);
  return file.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

function entries(folder: string): Entry[] {
  return readFileSync(join(folder, "MANIFEST.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.includes('"messages/'))
    .map((line) => JSON.parse(line) as Entry)
    .filter((entry) => entry.file.startsWith("messages/"));
}

/** Refused for a reason that the manifest gives. */
const REFUSED = "refused";

/** Undefined when the message is read as expected, or refused for a reason that its manifest entry gives. */
function check({ expect: expected }: Entry, bytes: Uint8Array, dialect: Dialect): string | undefined {
  try {
    const root = readMessage(bytes, { maxDepth: 1000 }, dialect.lenient);
    const kind = messageKind(root, dialect);
    if (expected.root === undefined) return `read as ${kind}, yet no root is expected`;
    if (kind === undefined) {
      const known = root.namespace === "" ? !dialect.lenient : expected.quirks.includes("foreign-namespace");
      return known ? REFUSED : `the root {${root.namespace}}${root.name} is no message`;
    }
    return checkMessage(kind, root, expected, dialect);
  } catch (error) {
    if (isXmlError(error)) {
      const explained = !expected.well_formed || !expected.ns_well_formed || expected.quirks.includes("doctype");
      const declared = expected.quirks.includes("non-utf8-decl") && !dialect.lenient;
      return explained || declared ? REFUSED : `${error.code} ${error.message}`;
    }
    if (isNetconfError(error)) return checkRefusal(error.code, expected);
    throw error;
  }
}

function checkMessage(
  kind: string,
  root: Parameters<typeof parseReply>[0],
  expected: Expected,
  dialect: Dialect,
): string | undefined {
  switch (kind) {
    case "hello": {
      const sender = expected.session_id == null ? "client" : "server";
      const hello = parseHello(root, sender, dialect);
      return differs(
        ["capabilities", hello.capabilities.size, expected.capabilities],
        [
          "base 1.0",
          hello.capabilities.has(capabilityUris.base10),
          expected.base_1_0 || hello.capabilities.uris().includes(namespaces.base),
        ],
        ["base 1.1", hello.capabilities.has(capabilityUris.base11), expected.base_1_1],
        ["session-id", hello.sessionId, expected.session_id == null ? undefined : Number(expected.session_id)],
      );
    }
    case "rpc-reply": {
      const reply = parseReply(root, dialect);
      const found = [...reply.errors, ...reply.warnings].map(({ severity, tag }) => `${severity} ${tag}`).sort();
      const wanted = (expected.rpc_errors ?? [])
        .map(({ severity, tag }) => `${severity === "warning" ? severity : "error"} ${tag ?? undefined}`)
        .sort();
      // The manifest looks at the top level only; an error inside a device's results is an error all the same.
      if (expected.quirks.includes("nested-error") && found.length > 0) {
        return differs(["an error or warning", outcomeOf(reply) === "error" || outcomeOf(reply) === "warning", true]);
      }
      return differs(
        ["message-id", reply.messageId, expected.message_id ?? undefined],
        ["outcome", outcomeOf(reply), expected.outcome],
        ["errors", found.join(), wanted.join()],
      );
    }
    case "notification": {
      const notification = parseNotification(root, dialect);
      return differs(
        ["eventTime", notification.eventTime, expected.event_time ?? undefined],
        ["event", notification.content[0]?.name, expected.event ?? undefined],
      );
    }
    default: {
      const reading = parseRpc(root, "1.1", dialect);
      if (reading.kind === "refused") {
        const tag = reading.errors[0]?.tag;
        if (tag === "missing-attribute") {
          const prefixed = expected.quirks.includes("prefixed-message-id") && !dialect.lenient;
          return expected.message_id == null || prefixed ? REFUSED : "message-id not found";
        }
        return expected.operation == null ? REFUSED : `refused with ${tag}`;
      }
      return differs(
        ["message-id", reading.messageId, expected.message_id ?? undefined],
        ["operation", reading.operation.name, expected.operation ?? undefined],
      );
    }
  }
}

function outcomeOf(reply: ReturnType<typeof parseReply>): Expected["outcome"] {
  if (reply.errors.length > 0) return "error";
  if (reply.warnings.length > 0) return "warning";
  if (reply.content.some((child) => child.name === "ok")) return "ok";
  return reply.content.length > 0 ? "data" : "empty";
}

function checkRefusal(code: string, expected: Expected): string | undefined {
  if (code === "hello-malformed" && expected.quirks.includes("no-capabilities")) return REFUSED;
  if (code === "malformed-notification" && !expected.event_time) return REFUSED;
  const id = expected.session_id?.trim() ?? "";
  if (code === "hello-bad-session-id" && !(/^\d+$/.test(id) && Number(id) >= 1 && Number(id) <= 4294967295))
    return REFUSED;
  return code;
}

function differs(...pairs: readonly (readonly [what: string, found: unknown, wanted: unknown])[]): string | undefined {
  const wrong = pairs.find(([, found, wanted]) => found !== wanted);
  return wrong && `${wrong[0]} is ${JSON.stringify(wrong[1])}, expected ${JSON.stringify(wrong[2])}`;
}

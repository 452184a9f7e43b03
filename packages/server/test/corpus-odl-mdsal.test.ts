import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseXml, textOf, type XmlElement } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../test/support/corpus.ts";
import { elementsOf } from "../src/config-tree.ts";
import { createNetconfServer, listKeys, type NodeDescription } from "../src/mod.ts";
import { rawClient } from "./support.ts";

const CARS = "urn:opendaylight:params:xml:ns:yang:controller:config:sal-clustering-it";
const schema: readonly NodeDescription[] = [
  { namespace: `${CARS}:car`, path: ["cars", "car-entry"], keys: ["id"] },
  { namespace: `${CARS}:people`, path: ["people", "person"], keys: ["id"] },
  { namespace: `${CARS}:car-people`, path: ["car-people", "car-person"], keys: ["car-id", "person-id"] },
];

/** The requests in an order that makes sense, with what has to come back where the corpus leaves it open. */
const script: readonly (readonly [id: string, expected?: RegExp])[] = [
  ["additional-attr", /<rpc-reply[^>]* attribute="something" additional="otherthing"[^>]*><data\/>/],
  ["none-replace"],
  ["bug7791-1"],
  ["bug7791-2"],
  ["commit-discard"],
  ["merge-nonexistent-namespace", /<error-tag>unknown-namespace<.*<bad-element>does-not-exist</],
  ["get-config", /<data\/>/],
  ["merge-multiple-1"],
  ["get-config-no-edit-before-commit", /<data\/>/],
  ["merge-multiple-3"],
  ["merge-multiple-update-commit"],
  ["merge-multiple-update-check", /CARYOUNG.*CAROLD2/],
  ["get-config-edit-after-commit", /CUSTYOUNG.*CUSTOLD2/],
  ["merge-multiple-edit-check", /<car-id>CAROLD2<\/car-id><person-id>CUSTOLD2</],
  ["merge-multiple-commit"],
  ["merge-multiple-check", /Toyota Prius/],
  // RFC 6241 §7.2 has no default operation "create": the other implementation takes it, this one must not.
  ["merge-multiple-create", /<error-tag>invalid-value</],
  ["merge-multiple-remove"],
  ["merge-multiple-remove-commit"],
  ["get-config-delete-after-commit", /<data\/>/],
  ["delete-not-existing"],
  ["remove-not-existing"],
  ["remove-not-existing-commit"],
  ["delete"],
  ["commit-delete"],
];

describe.runIf(corpus())("a conversation of another implementation", () => {
  it("goes as recorded, to the error-tag", async () => {
    const path = join(corpus() ?? "", "conformance/odl-mdsal/pairs.json");
    const pairs = JSON.parse(readFileSync(path, "utf8")) as { id: string; request: string; reply: string | null }[];
    expect(script.map(([id]) => id).sort()).toEqual(pairs.map(({ id }) => id).sort());
    const namespaces = schema.map(({ namespace }) => namespace);
    await using server = await createNetconfServer({ schema: listKeys(schema, { namespaces }) });
    const client = await rawClient(server);
    for (const [id, expected] of script) {
      const pair = pairs.find((each) => each.id === id)!;
      const reply = await client.exchange(pair.request);
      if (expected !== undefined) expect(reply, id).toMatch(expected);
      else expect(outcome(parseXml(reply)), id).toEqual(outcome(parseXml(pair.reply ?? "")));
    }
    await client.close();
  });
});

/** The attributes of a reply, and whether it is ok or with which tag it failed. The recorded peer calls data-missing a protocol error; RFC 6241 Appendix A does not. */
function outcome(reply: XmlElement): unknown {
  const attributes = reply.attributes.map((each) => `${each.name}=${each.value}`).sort();
  const inside = elementsOf(reply).map((part) =>
    part.name === "rpc-error"
      ? elementsOf(part)
          .filter((each) => each.name === "error-tag")
          .map((each) => textOf(each))
      : part.name,
  );
  return { attributes, inside };
}

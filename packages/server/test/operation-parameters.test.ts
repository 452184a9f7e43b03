import { type ClientSession, deleteConfig, expectOk, getConfig, type Reply } from "@netconf-kit/core";
import { parseXml, type XmlElement } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { elementsOf } from "../src/config-tree.ts";
import { content, NC, testBed } from "./support.ts";

async function running(client: ClientSession): Promise<string> {
  return content(expectOk(await client.rpc(getConfig("running"))));
}

function firstError(reply: Reply<unknown>) {
  if (reply.ok) throw new Error("the reply holds no error");
  return reply.errors[0]!;
}

/** Sends an operation as text; `nc` is the base namespace. */
function raw(client: ClientSession, text: string): Promise<Reply<readonly XmlElement[]>> {
  return client.rpc(elementsOf(parseXml(`<nc:rpc xmlns:nc="${NC}" xmlns="${NC}">${text}</nc:rpc>`))[0]!);
}

describe("requests that are wrong", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["an operation nobody knows", `<o xmlns="urn:example:none"/>`, "operation-not-supported"],
    ["an unknown parameter", "<lock><target><running/></target><x/></lock>", "unknown-element"],
    ["a parameter of another namespace", `<lock><target xmlns="urn:x"/></lock>`, "unknown-element"],
    ["a missing parameter", "<lock/>", "missing-element"],
    ["a parameter given twice", "<lock><target><running/></target><target><running/></target></lock>", "bad-element"],
    ["an empty target", "<lock><target/></lock>", "missing-element"],
    ["two targets", "<lock><target><running/><candidate/></target></lock>", "unknown-element"],
    ["startup, which is not there", "<lock><target><startup/></target></lock>", "unknown-element"],
    [
      "a URL, which is not supported",
      "<copy-config><target><running/></target><source><url>file:x</url></source></copy-config>",
      "unknown-element",
    ],
    ["an edit without content", "<edit-config><target><running/></target></edit-config>", "missing-element"],
    [
      "default-operation create",
      "<edit-config><target><running/></target><default-operation>create</default-operation><config/></edit-config>",
      "invalid-value",
    ],
    [
      "test-option never",
      "<edit-config><target><running/></target><test-option>never</test-option><config/></edit-config>",
      "invalid-value",
    ],
    ["deleting running (§7.4)", "<delete-config><target><running/></target></delete-config>", "invalid-value"],
    ["an XPath filter (§8.9)", `<get><filter type="xpath" select="/"/></get>`, "bad-attribute"],
    ["killing oneself (§7.9)", "<kill-session><session-id>1</session-id></kill-session>", "invalid-value"],
    ["killing nobody", "<kill-session><session-id>99</session-id></kill-session>", "invalid-value"],
    ["killing a word", "<kill-session><session-id>x</session-id></kill-session>", "invalid-value"],
    ["killing without an id", "<kill-session/>", "missing-element"],
    [
      "confirm-timeout 0 (Appendix C)",
      "<commit><confirmed/><confirm-timeout>0</confirm-timeout></commit>",
      "invalid-value",
    ],
    [
      "confirm-timeout 2^32",
      "<commit><confirmed/><confirm-timeout>4294967296</confirm-timeout></commit>",
      "invalid-value",
    ],
    ["persist without confirmed", "<commit><persist>t</persist></commit>", "bad-element"],
    ["persist-id for nothing (§8.4.4.1)", "<cancel-commit><persist-id>t</persist-id></cancel-commit>", "invalid-value"],
    ["cancelling nothing", "<cancel-commit/>", "operation-failed"],
  ];
  for (const [what, text, tag] of cases) {
    it(`answers ${tag} for ${what}, and the session goes on`, async () => {
      await using bed = await testBed();
      const client = await bed.connect();
      expect(firstError(await raw(client, text)).tag).toBe(tag);
      expect(await running(client)).toBe("");
    });
  }

  it("takes options with white space around them", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const option = "<test-option>\n set\n </test-option><default-operation> none </default-operation>";
    expectOk(await raw(client, `<edit-config><target><running/></target>${option}<config/></edit-config>`));
  });

  it("deletes no startup, because there is none", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const reply = await client.rpc(deleteConfig("startup"), { ignoreCapabilities: true });
    expect(firstError(reply).tag).toBe("unknown-element");
  });
});

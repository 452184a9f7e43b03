import { element, encodeXml, parseXml } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import {
  buildReply,
  buildRpcError,
  Dialect,
  isRpcError,
  parseReply,
  parseRpcError,
  RpcError,
  type RpcErrorTag,
  rpcError,
} from "../src/mod.ts";
import { BASE } from "./support/raw-peer.ts";

const envelope = { prefix: "", attributes: [], scope: new Map() };
const reread = (text: string, strictness?: "lenient") => parseReply(parseXml(text), new Dialect(strictness));

describe("rpc-error", () => {
  it("RFC 6241 §4.3: reads the example with two errors, their paths and the namespaces of the paths", () => {
    const reply = reread(`<rpc-reply message-id="101"
       xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"
       xmlns:xc="urn:ietf:params:xml:ns:netconf:base:1.0">
       <rpc-error>
         <error-type>application</error-type>
         <error-tag>invalid-value</error-tag>
         <error-severity>error</error-severity>
         <error-path xmlns:t="http://example.com/schema/1.2/config">
           /t:top/t:interface[t:name="Ethernet0/0"]/t:mtu
         </error-path>
         <error-message xml:lang="en">
           MTU value 25000 is not within range 256..9192
         </error-message>
       </rpc-error>
       <rpc-error>
         <error-type>application</error-type>
         <error-tag>invalid-value</error-tag>
         <error-severity>error</error-severity>
         <error-path xmlns:t="http://example.com/schema/1.2/config">
           /t:top/t:interface[t:name="Ethernet1/0"]/t:address/t:name
         </error-path>
         <error-message xml:lang="en">
           Invalid IP address for interface Ethernet1/0
         </error-message>
       </rpc-error>
     </rpc-reply>`);
    expect(reply.messageId).toBe("101");
    expect(reply.errors).toHaveLength(2);
    const [first] = reply.errors;
    expect(first).toMatchObject({
      type: "application",
      tag: "invalid-value",
      severity: "error",
      appTag: undefined,
      message: { text: "MTU value 25000 is not within range 256..9192", lang: "en" },
    });
    expect(first?.path?.text).toBe('/t:top/t:interface[t:name="Ethernet0/0"]/t:mtu');
    expect(first?.path?.scope.get("t")).toBe("http://example.com/schema/1.2/config");
  });

  it("RFC 6241 Appendix A: reads every known child of error-info, and keeps the others", () => {
    const [error] = reread(`<rpc-reply message-id="1" xmlns="${BASE}"><rpc-error>
      <error-type>protocol</error-type><error-tag>partial-operation</error-tag><error-severity>error</error-severity>
      <error-app-tag>too-many</error-app-tag>
      <error-info><session-id>0</session-id><bad-attribute>a</bad-attribute><bad-element>b</bad-element><bad-namespace>urn:c</bad-namespace>
      <ok-element>d</ok-element><ok-element>e</ok-element><err-element>f</err-element><noop-element>g</noop-element>
      <more xmlns="urn:vendor">x</more></error-info></rpc-error></rpc-reply>`).errors;
    expect(error).toMatchObject({
      appTag: "too-many",
      info: {
        sessionId: 0,
        badAttribute: "a",
        badElement: "b",
        badNamespace: "urn:c",
        okElements: ["d", "e"],
        errElements: ["f"],
        noopElements: ["g"],
      },
    });
    expect(error?.info.elements.at(-1)).toMatchObject({ name: "more", namespace: "urn:vendor" });
  });

  const tags: readonly RpcErrorTag[] = [
    "in-use",
    "invalid-value",
    "too-big",
    "missing-attribute",
    "bad-attribute",
    "unknown-attribute",
    "missing-element",
    "bad-element",
    "unknown-element",
    "unknown-namespace",
    "access-denied",
    "lock-denied",
    "resource-denied",
    "rollback-failed",
    "data-exists",
    "data-missing",
    "operation-not-supported",
    "operation-failed",
    "partial-operation",
    "malformed-message",
  ];
  it("RFC 6241 Appendix A: writes and reads back each of its 20 tags with every field", () => {
    for (const tag of tags) {
      const made = rpcError({
        tag,
        appTag: "app",
        path: { text: "/p:a[p:b='<&>']", scope: new Map([["p", "urn:p"]]) },
        message: 'says "<&>"',
        lang: "de",
        badAttribute: "x",
        badElement: "y",
        badNamespace: "urn:z",
        sessionId: 7,
        info: [element("extra", "urn:extra", "text")],
      });
      const reply = parseReply(parseXml(encodeXml(buildReply(envelope, { ok: false, errors: [made] }))), new Dialect());
      const [back] = reply.errors;
      expect(back).toMatchObject({ type: made.type, tag, severity: "error", appTag: "app", message: made.message });
      expect(back?.path?.text).toBe("/p:a[p:b='<&>']");
      expect(back?.path?.scope.get("p")).toBe("urn:p");
      expect(back?.info).toMatchObject({ badAttribute: "x", badElement: "y", badNamespace: "urn:z", sessionId: 7 });
      expect(back?.info.elements).toHaveLength(5);
    }
  });

  it("writes its children in the order of RFC 6241 Appendix B", () => {
    const names = buildRpcError(
      rpcError({ tag: "in-use", appTag: "a", path: "/x", message: "m", sessionId: 1 }),
    ).children;
    expect(names.map((node) => typeof node !== "string" && node.name)).toEqual([
      "error-type",
      "error-tag",
      "error-severity",
      "error-app-tag",
      "error-path",
      "error-message",
      "error-info",
    ]);
  });

  it("leaves lock-denied and malformed-message the only type that Appendix A allows", () => {
    expect(rpcError({ tag: "lock-denied" }).type).toBe("protocol");
    expect(rpcError({ tag: "malformed-message" }).type).toBe("rpc");
    expect(rpcError({ tag: "data-exists" }).type).toBe("application");
  });

  it("takes an error without any field as an error, never as a warning", () => {
    const [error] = reread(`<rpc-reply message-id="1" xmlns="${BASE}"><rpc-error/></rpc-reply>`).errors;
    expect(error).toMatchObject({
      type: undefined,
      tag: undefined,
      severity: "error",
      path: undefined,
      message: undefined,
    });
    const [odd] = reread(
      `<rpc-reply message-id="1" xmlns="${BASE}"><rpc-error><error-severity>fatal</error-severity></rpc-error></rpc-reply>`,
    ).errors;
    expect(odd?.severity).toBe("error");
  });

  it("keeps warnings apart, beside ok and beside data", () => {
    const warning = "<rpc-error><error-severity>warning</error-severity></rpc-error>";
    const reply = reread(`<rpc-reply message-id="1" xmlns="${BASE}">${warning}<ok/></rpc-reply>`);
    expect([reply.errors.length, reply.warnings.length, reply.content.map((c) => c.name)]).toEqual([0, 1, ["ok"]]);
  });

  it("finds an error that a device hides in its results, but not one that is data", () => {
    const error = "<rpc-error><error-severity>error</error-severity></rpc-error>";
    const hidden = `<multi-routing-engine-results><multi-routing-engine-item><commit-results>${error}</commit-results></multi-routing-engine-item></multi-routing-engine-results>`;
    expect(reread(`<rpc-reply message-id="1" xmlns="${BASE}">${hidden}</rpc-reply>`).errors).toHaveLength(1);
    expect(reread(`<rpc-reply message-id="1" xmlns="${BASE}"><data>${error}</data></rpc-reply>`).errors).toHaveLength(
      0,
    );
  });

  it("lenient: takes an error without a namespace; strict: leaves it as content", () => {
    const text = '<rpc-reply message-id="1"><rpc-error><error-tag>in-use</error-tag></rpc-error></rpc-reply>';
    expect(reread(text, "lenient").errors).toMatchObject([{ tag: "in-use" }]);
    expect(reread(text).errors).toHaveLength(0);
  });

  it("becomes an exception whose text cannot write to a terminal", () => {
    const error = new RpcError([
      parseRpcError(
        parseXml(
          `<rpc-error xmlns="${BASE}"><error-tag>x&#x9b;2J</error-tag><error-message>a&#10;b</error-message></rpc-error>`,
        ),
        new Dialect(),
      ),
    ]);
    expect(isRpcError(error)).toBe(true);
    expect(error.message).toContain("\\u009b");
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });
});

import { element, elementsEqual, encodeXml, parseXml, type XmlElement } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import {
  Capabilities,
  capabilityUris as c,
  cancelCommit,
  checkRequirements,
  closeSession,
  commit,
  copyConfig,
  createSubscription,
  Dialect,
  deleteConfig,
  discardChanges,
  editConfig,
  get,
  getConfig,
  getSchema,
  killSession,
  lock,
  namespaces,
  type Operation,
  parseReply,
  rawRpc,
  unlock,
  validate,
} from "../src/mod.ts";
import { allCapabilities } from "./support/pair.ts";
import { BASE } from "./support/raw-peer.ts";

/** The example without the white space between its elements. */
function example(body: string): XmlElement {
  return parseXml(body.replace(/>\s+</g, "><").trim());
}

const ns = `xmlns="${BASE}"`;
const top = "http://example.com/schema/1.2/config";

const cases: readonly (readonly [
  what: string,
  operation: Operation<unknown>,
  expected: string,
  needs: readonly string[],
])[] = [
  [
    "§7.1 get-config with a subtree filter",
    getConfig("running", { filter: { subtree: element("top", top, [element("users", top)]) } }),
    `<get-config ${ns}><source><running/></source><filter type="subtree"><top xmlns="${top}"><users/></top></filter></get-config>`,
    [],
  ],
  [
    "§8.8.5.1 get-config from a URL",
    getConfig({ url: "https://user:password@example.com/cfg/new.txt" }),
    `<get-config ${ns}><source><url>https://user:password@example.com/cfg/new.txt</url></source></get-config>`,
    [c.url],
  ],
  [
    "§7.2 edit-config",
    editConfig(
      "running",
      element("top", top, [
        element("interface", top, [element("name", top, "Ethernet0/0"), element("mtu", top, "1500")]),
      ]),
    ),
    `<edit-config ${ns}><target><running/></target><config><top xmlns="${top}"><interface><name>Ethernet0/0</name><mtu>1500</mtu></interface></top></config></edit-config>`,
    [c.writableRunning],
  ],
  [
    "§7.2 edit-config with every option",
    editConfig("candidate", [element("a", "urn:a"), element("b", "urn:b")], {
      defaultOperation: "none",
      testOption: "test-only",
      errorOption: "rollback-on-error",
    }),
    `<edit-config ${ns}><target><candidate/></target><default-operation>none</default-operation><test-option>test-only</test-option><error-option>rollback-on-error</error-option><config><a xmlns="urn:a"/><b xmlns="urn:b"/></config></edit-config>`,
    [c.candidate, c.validate11, c.rollbackOnError],
  ],
  [
    "§8.8.5.2 edit-config from a URL",
    editConfig("candidate", { url: "ftp://example.com/a" }, { testOption: "set" }),
    `<edit-config ${ns}><target><candidate/></target><test-option>set</test-option><url>ftp://example.com/a</url></edit-config>`,
    [c.candidate, c.validate11, c.url],
  ],
  [
    "§7.3 copy-config from a URL",
    copyConfig("running", { url: "https://user:password@example.com/cfg/new.txt" }),
    `<copy-config ${ns}><target><running/></target><source><url>https://user:password@example.com/cfg/new.txt</url></source></copy-config>`,
    [c.writableRunning, c.url],
  ],
  [
    "§8.7 copy-config to startup",
    copyConfig("startup", "running"),
    `<copy-config ${ns}><target><startup/></target><source><running/></source></copy-config>`,
    [c.startup],
  ],
  [
    "§7.3 copy-config given inline",
    copyConfig({ url: "file:///x" }, { config: [element("a", "urn:a")] }),
    `<copy-config ${ns}><target><url>file:///x</url></target><source><config><a xmlns="urn:a"/></config></source></copy-config>`,
    [c.url],
  ],
  [
    "§7.4 delete-config",
    deleteConfig("startup"),
    `<delete-config ${ns}><target><startup/></target></delete-config>`,
    [c.startup],
  ],
  [
    "§8.8.5.4 delete-config of a URL",
    deleteConfig({ url: "ftp://example.com/a" }),
    `<delete-config ${ns}><target><url>ftp://example.com/a</url></target></delete-config>`,
    [c.url],
  ],
  ["§7.5 lock", lock("running"), `<lock ${ns}><target><running/></target></lock>`, []],
  ["§7.5 lock of candidate", lock("candidate"), `<lock ${ns}><target><candidate/></target></lock>`, [c.candidate]],
  ["§7.6 unlock", unlock("running"), `<unlock ${ns}><target><running/></target></unlock>`, []],
  [
    "§7.7 get",
    get({ filter: { subtree: element("top", top) } }),
    `<get ${ns}><filter type="subtree"><top xmlns="${top}"/></filter></get>`,
    [],
  ],
  ["§7.8 close-session", closeSession(), `<close-session ${ns}/>`, []],
  ["§7.9 kill-session", killSession(4), `<kill-session ${ns}><session-id>4</session-id></kill-session>`, []],
  ["§8.3.4.1 commit", commit(), `<commit ${ns}/>`, [c.candidate]],
  [
    "§8.4.5.1 confirmed commit",
    commit({ confirmTimeout: 120 }),
    `<commit ${ns}><confirmed/><confirm-timeout>120</confirm-timeout></commit>`,
    [c.candidate, c.confirmedCommit11],
  ],
  [
    "§8.4.5.1 persistent commit",
    commit({ persist: "IQ,d4668" }),
    `<commit ${ns}><confirmed/><persist>IQ,d4668</persist></commit>`,
    [c.candidate, c.confirmedCommit11],
  ],
  [
    "§8.4.5.1 confirming commit",
    commit({ persistId: "IQ,d4668" }),
    `<commit ${ns}><persist-id>IQ,d4668</persist-id></commit>`,
    [c.candidate, c.confirmedCommit11],
  ],
  [
    "§8.4.4.1 cancel-commit",
    cancelCommit({ persistId: "IQ,d4668" }),
    `<cancel-commit ${ns}><persist-id>IQ,d4668</persist-id></cancel-commit>`,
    [c.confirmedCommit11],
  ],
  ["§8.3.4.2 discard-changes", discardChanges(), `<discard-changes ${ns}/>`, [c.candidate]],
  [
    "§8.6.4.1 validate",
    validate("candidate"),
    `<validate ${ns}><source><candidate/></source></validate>`,
    [c.validate11, c.candidate],
  ],
  [
    "RFC 6243 §4.5 with-defaults",
    get({ withDefaults: "trim" }),
    `<get ${ns}><with-defaults xmlns="${namespaces.withDefaults}">trim</with-defaults></get>`,
    [c.withDefaults],
  ],
  [
    "RFC 5277 §2.1.1.1 create-subscription",
    createSubscription(),
    `<create-subscription xmlns="${namespaces.notification}"/>`,
    [c.notification],
  ],
  [
    "RFC 5277 §2.1.1 create-subscription with everything",
    createSubscription({
      stream: "NETCONF",
      filter: { subtree: [element("event", "http://example.com/event/1.0")] },
      startTime: "2007-07-28T15:23:36Z",
      stopTime: "2007-07-28T16:00:00Z",
    }),
    `<create-subscription xmlns="${namespaces.notification}"><stream>NETCONF</stream><filter type="subtree"><event xmlns="http://example.com/event/1.0"/></filter><startTime>2007-07-28T15:23:36Z</startTime><stopTime>2007-07-28T16:00:00Z</stopTime></create-subscription>`,
    [c.notification],
  ],
  [
    "RFC 6022 §3.1 get-schema",
    getSchema("foo", { version: "1.0", format: "xsd" }),
    `<get-schema xmlns="${namespaces.monitoring}"><identifier>foo</identifier><version>1.0</version><format>xsd</format></get-schema>`,
    [namespaces.monitoring],
  ],
];

describe("operations", () => {
  for (const [what, operation, expected, needs] of cases) {
    it(`RFC 6241 ${what} is written as the RFC has it, and needs ${needs.length === 0 ? "no capability" : "its capabilities"}`, () => {
      expect(elementsEqual(parseXml(encodeXml(operation.element)), example(expected))).toBe(true);
      const offered = [...allCapabilities, namespaces.monitoring];
      checkRequirements(operation, new Capabilities(offered));
      for (const need of needs) {
        const twin = need === c.validate11 ? c.validate10 : need === c.confirmedCommit11 ? c.confirmedCommit10 : need;
        const without = new Capabilities(offered.filter((uri) => !uri.startsWith(need) && !uri.startsWith(twin)));
        expect(() => checkRequirements(operation, without)).toThrow(
          expect.objectContaining({ code: "capability-missing", fault: "local" }),
        );
      }
      if (needs.length === 0) checkRequirements(operation, new Capabilities([]));
    });
  }

  it("RFC 6241 §8.9.5.1: an XPath filter carries its prefixes and needs :xpath", () => {
    const operation = get({ filter: { xpath: "/t:top/t:users/t:user[t:name='fred']", namespaces: { t: top } } });
    const filter = parseXml(encodeXml(operation.element)).children[0] as XmlElement;
    expect(filter.attributes.map((a) => [a.name, a.namespace, a.value])).toEqual([
      ["type", "", "xpath"],
      ["select", "", "/t:top/t:users/t:user[t:name='fred']"],
    ]);
    expect(filter.scope.get("t")).toBe(top);
    expect(() => checkRequirements(operation, new Capabilities([]))).toThrow(
      expect.objectContaining({ code: "capability-missing" }),
    );
  });

  it("RFC 6241 §8.6.4.1: test-only needs version 1.1 of :validate", () => {
    const operation = editConfig("candidate", [], { testOption: "test-only" });
    const old = new Capabilities([c.candidate, c.validate10]);
    expect(() => checkRequirements(operation, old)).toThrow(expect.objectContaining({ code: "capability-missing" }));
    checkRequirements(editConfig("candidate", [], { testOption: "set" }), old);
  });

  it("RFC 6241 §8.8.3: a URL needs its scheme to be listed, whatever its case", () => {
    const has = new Capabilities([`${c.url}?scheme=http,ftp`, c.writableRunning]);
    checkRequirements(copyConfig("running", { url: "FTP://example.com/x" }), has);
    expect(() => checkRequirements(copyConfig("running", { url: "https://example.com/x" }), has)).toThrow(/"https"/);
    checkRequirements(deleteConfig({ url: "file:x" }), new Capabilities([`${c.url}?protocol=http,file`]));
    expect(() => copyConfig("running", { url: "no url" })).toThrow(
      expect.objectContaining({ code: "invalid-argument", fault: "local" }),
    );
  });

  it("RFC 6243 §4.3: a with-defaults mode has to be listed", () => {
    const has = new Capabilities([`${c.withDefaults}?basic-mode=explicit&also-supported=trim,report-all`]);
    for (const mode of ["explicit", "trim", "report-all"] as const) checkRequirements(get({ withDefaults: mode }), has);
    expect(() => checkRequirements(get({ withDefaults: "report-all-tagged" }), has)).toThrow(/"report-all-tagged"/);
  });

  it("RFC 6241 Appendix C: numbers outside their range are local errors", () => {
    for (const id of [0, -1, 1.5, Number.NaN, 4294967296]) {
      expect(() => killSession(id)).toThrow(expect.objectContaining({ code: "invalid-argument", fault: "local" }));
      expect(() => commit({ confirmTimeout: id })).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    }
  });

  it("RFC 5277 §2.1.1: stopTime needs startTime", () => {
    expect(() => createSubscription({ stopTime: "2007-07-28T15:23:36Z" })).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });

  it("get decodes <data>, and a lenient session the reply itself where it is missing", () => {
    const text = `<rpc-reply message-id="1" ${ns}><configuration xmlns="urn:j"/></rpc-reply>`;
    expect(() => get().decode(parseReply(parseXml(text), new Dialect()))).toThrow(
      expect.objectContaining({ code: "malformed-reply", fault: "peer" }),
    );
    expect(get().decode(parseReply(parseXml(text), new Dialect("lenient"))).name).toBe("rpc-reply");
  });

  it("get-schema decodes the text of the module, whatever the namespace of <data>", () => {
    for (const space of [namespaces.monitoring, BASE, ""]) {
      const reply = parseXml(
        `<rpc-reply message-id="1" ${ns}><data xmlns="${space}">module foo { /* &lt; */ }</data></rpc-reply>`,
      );
      expect(getSchema("foo").decode(parseReply(reply, new Dialect()))).toBe("module foo { /* < */ }");
    }
  });

  it("rawRpc decodes everything in the reply", () => {
    const reply = parseReply(
      parseXml(`<rpc-reply message-id="1" ${ns}><a xmlns="urn:a"/><b xmlns="urn:b"/></rpc-reply>`),
      new Dialect(),
    );
    expect(
      rawRpc(element("x", "urn:x"))
        .decode(reply)
        .map((e) => e.name),
    ).toEqual(["a", "b"]);
  });
});

import {
  type ClientSession,
  commit,
  createSubscription,
  editConfig,
  expectOk,
  getConfig,
  killSession,
  type Notification,
} from "@netconf-kit/core";
import { element, parseXml, type XmlElement } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { elementsOf } from "../src/config-tree.ts";
import { config, EXAMPLE, NC, plain, rawClient, settle, testBed } from "./support.ts";

const NCN = "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications";
const EVENT = "http://example.com/event/1.0";

/** Collects notifications as they come. */
function listen(client: ClientSession): { readonly events: string[]; readonly all: Notification[] } {
  const events: string[] = [];
  const all: Notification[] = [];
  void (async () => {
    try {
      for await (const notification of client.notifications()) {
        all.push(notification);
        events.push(notification.content.map((each) => plain(each, each.namespace)).join(""));
      }
    } catch {
      // The session has ended.
    }
  })();
  return { events, all };
}

const top = (inner: string): XmlElement => elementsOf(config(`<top>${inner}</top>`))[0]!;
const by = (id: number, name = "admin") =>
  `<username>${name}</username><session-id>${id}</session-id><source-host>192.0.2.1</source-host>`;

describe("create-subscription (RFC 5277 §2.1.1)", () => {
  it("sends events with their time, and lets other requests pass (interleave, §6)", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const { events, all } = listen(client);
    bed.server.notify(element("too-early", "urn:x"));
    expectOk(await client.rpc(createSubscription()));
    bed.server.notify(element("tick", "urn:x"));
    expectOk(await client.rpc(getConfig("running")));
    await settle();
    expect(events).toEqual(["<tick/>"]);
    expect(all[0]?.eventTime).toBe("2026-01-02T03:04:05Z");
  });

  it("refuses another stream, a second subscription, a stop without a start, and a replay", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const tag = async (inner: string) => {
      const reply = await client.rpc(
        parseXml(
          `<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0">${inner}</create-subscription>`,
        ),
      );
      return reply.ok ? "ok" : `${reply.errors[0]?.tag} ${reply.errors[0]?.info.badElement ?? ""}`.trim();
    };
    expect(await tag("<stream>SNMP</stream>")).toBe("invalid-value stream");
    expect(await tag("<stopTime>2026-01-02T00:00:00Z</stopTime>")).toBe("missing-element startTime");
    expect(await tag("<startTime>2026-01-02T00:00:00Z</startTime>")).toBe("operation-failed");
    expect(await tag(`<filter type="xpath" select="/"/>`)).toBe("bad-attribute filter");
    expect(await tag("<stream>NETCONF</stream>")).toBe("ok");
    expect(await tag("")).toBe("operation-failed");
  });

  it("loses what does not fit to a subscriber that does not read, and says so", async () => {
    await using bed = await testBed({ session: { maxQueuedOutputBytes: 1000 } });
    const client = await rawClient(bed.server);
    const subscribe = `<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"/>`;
    const reply = await client.exchange(`<rpc xmlns="${NC}" message-id="1">${subscribe}</rpc>`);
    expect(reply).toContain("<ok/>");
    for (let n = 0; n < 200; n++) {
      bed.server.notify(element("event", "urn:x", "x".repeat(1000)));
      await settle(1);
    }
    expect(bed.errors[0]).toMatchObject({ code: "limit-output" });
    await client.close();
  });

  const event = (inner: string) => parseXml(`<event xmlns="${EVENT}">${inner}</event>`);
  const samples = [
    event(
      "<eventClass>fault</eventClass><reportingEntity><card>Ethernet0</card></reportingEntity><severity>major</severity>",
    ),
    event(
      "<eventClass>fault</eventClass><reportingEntity><card>Ethernet2</card></reportingEntity><severity>critical</severity>",
    ),
    event(
      "<eventClass>fault</eventClass><reportingEntity><card>ATM1</card></reportingEntity><severity>minor</severity>",
    ),
    event(
      "<eventClass>state</eventClass><reportingEntity><card>Ethernet0</card></reportingEntity><operState>enabled</operState>",
    ),
  ];
  const examples: readonly (readonly [string, string, readonly string[]])[] = [
    [
      "§5.1 faults with three severities",
      ["critical", "major", "minor"]
        .map((level) => `<event xmlns="${EVENT}"><eventClass>fault</eventClass><severity>${level}</severity></event>`)
        .join(""),
      ["Ethernet0", "Ethernet2", "ATM1"],
    ],
    [
      "§5.1 state, config, and faults of one card",
      `<event xmlns="${EVENT}"><eventClass>state</eventClass></event>
       <event xmlns="${EVENT}"><eventClass>config</eventClass></event>
       <event xmlns="${EVENT}"><eventClass>fault</eventClass><reportingEntity><card>Ethernet0</card></reportingEntity></event>`,
      ["Ethernet0", "Ethernet0"],
    ],
    [
      "§3.6 a value that the event lacks filters it out",
      `<event xmlns="${EVENT}"><operState>enabled</operState></event>`,
      ["Ethernet0"],
    ],
  ];
  for (const [what, filter, cards] of examples) {
    it(`filters: ${what}`, async () => {
      await using bed = await testBed();
      const client = await bed.connect();
      const { events } = listen(client);
      const operation =
        parseXml(`<n:create-subscription xmlns:n="urn:ietf:params:xml:ns:netconf:notification:1.0" xmlns:nc="${NC}">
        <n:filter nc:type="subtree">${filter}</n:filter></n:create-subscription>`);
      expectOk(await client.rpc(operation));
      for (const sample of samples) bed.server.notify(sample);
      await settle();
      expect(events.map((text) => /<card>(.*)<\/card>/.exec(text)?.[1])).toEqual(cards);
      expect(events.every((text) => text.includes("<reportingEntity>"))).toBe(true);
    });
  }
});

describe("the events of RFC 6470 §2.2", () => {
  it("tell of sessions that start and end", async () => {
    await using bed = await testBed();
    const watcher = await bed.connect();
    const { events } = listen(watcher);
    expectOk(await watcher.rpc(createSubscription()));
    const closing = await bed.connect("c");
    await closing.close();
    await settle();
    const killed = await bed.connect("k");
    expectOk(await watcher.rpc(killSession(killed.sessionId)));
    await settle();
    const dropped = await bed.connect("d");
    dropped.abort(new Error("the cable is cut"));
    await settle();
    expect(events).toEqual([
      `<netconf-session-start>${by(2, "c")}</netconf-session-start>`,
      `<netconf-session-end>${by(2, "c")}<termination-reason>closed</termination-reason></netconf-session-end>`,
      `<netconf-session-start>${by(3, "k")}</netconf-session-start>`,
      `<netconf-session-end>${by(3, "k")}<killed-by>1</killed-by><termination-reason>killed</termination-reason></netconf-session-end>`,
      `<netconf-session-start>${by(4, "d")}</netconf-session-start>`,
      `<netconf-session-end>${by(4, "d")}<termination-reason>dropped</termination-reason></netconf-session-end>`,
    ]);
  });

  it("tell what changed in running, with paths whose prefixes are declared", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const { events, all } = listen(client);
    expectOk(await client.rpc(editConfig("running", top("<interface><name>a</name><mtu>1</mtu></interface><x>1</x>"))));
    expectOk(await client.rpc(createSubscription()));
    const change = `<interface><name>a</name><mtu>2</mtu></interface><x xc:operation="delete"/><y/>`;
    expectOk(await client.rpc(editConfig("running", top(change))));
    await settle();
    expect(events).toEqual([
      `<netconf-config-change><changed-by>${by(1)}</changed-by><datastore>running</datastore>` +
        "<edit><target>/config:top/config:x</target><operation>delete</operation></edit>" +
        `<edit><target>/config:top/config:interface[config:name='a']/config:mtu</target><operation>replace</operation></edit>` +
        "<edit><target>/config:top/config:y</target><operation>create</operation></edit></netconf-config-change>",
    ]);
    const edit = elementsOf(all[0]!.content[0]!).find((each) => each.name === "edit")!;
    expect(elementsOf(edit)[0]?.scope.get("config")).toBe(EXAMPLE);
    expect(all[0]?.content[0]?.namespace).toBe(NCN);
  });

  it("leave the list of edits out when it is long", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const { events } = listen(client);
    await bed.server.edit("running", config("<top/>"));
    expectOk(await client.rpc(createSubscription()));
    const many = Array.from({ length: 1001 }, (_, n) => `<interface><name>${n}</name></interface>`).join("");
    await bed.server.edit("running", config(`<top>${many}</top>`));
    await settle();
    expect(events).toEqual([
      "<netconf-config-change><changed-by><server/></changed-by><datastore>running</datastore></netconf-config-change>",
    ]);
  });

  it("name an ancestor where a value cannot stand in an instance-identifier", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const { events } = listen(client);
    expectOk(await client.rpc(createSubscription()));
    await bed.server.edit("running", config(`<top><interface><name>a</name></interface></top>`));
    await bed.server.edit("running", config(`<top><interface><name>it's "x"</name></interface></top>`));
    await settle();
    expect(events[1]).toContain("<edit><target>/config:top</target><operation>create</operation></edit>");
  });

  it("tell of a confirmed commit's start, extension, completion and time-out", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    expectOk(await client.rpc(editConfig("candidate", top("<x>1</x>"))));
    const { events } = listen(client);
    const filter = element("netconf-confirmed-commit", NCN);
    expectOk(await client.rpc(createSubscription({ filter: { subtree: filter } })));
    expectOk(await client.rpc(commit({ confirmed: true })));
    expectOk(await client.rpc(commit({ confirmTimeout: 7 })));
    expectOk(await client.rpc(commit()));
    expectOk(await client.rpc(editConfig("candidate", top("<x>2</x>"))));
    expectOk(await client.rpc(commit({ confirmTimeout: 7 })));
    bed.clock.advance(7000);
    await settle();
    const wrap = (inner: string) => `<netconf-confirmed-commit>${inner}</netconf-confirmed-commit>`;
    expect(events).toEqual([
      wrap(`${by(1)}<confirm-event>start</confirm-event><timeout>600</timeout>`),
      wrap(`${by(1)}<confirm-event>extend</confirm-event><timeout>7</timeout>`),
      wrap(`${by(1)}<confirm-event>complete</confirm-event>`),
      wrap(`${by(1)}<confirm-event>start</confirm-event><timeout>7</timeout>`),
      wrap("<confirm-event>timeout</confirm-event>"),
    ]);
  });

  it("name the server as the source of a change that the timer made", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    expectOk(await client.rpc(editConfig("candidate", top("<x>1</x>"))));
    expectOk(await client.rpc(commit({ confirmTimeout: 7 })));
    const { events } = listen(client);
    expectOk(await client.rpc(createSubscription()));
    bed.clock.advance(7000);
    await settle();
    expect(events[0]).toContain("<changed-by><server/></changed-by>");
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { element, parseXml, serializeXml } from "@netconf-kit/xml";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../test/support/corpus.ts";
import type { CallHomeConfig } from "../src/device-config.ts";
import { NETCONF_SERVER_NAMESPACE, readNetconfServer } from "../src/netconf-server-model.ts";
import { writeNetconfServer } from "../src/netconf-server-model-writer.ts";

const wrap = (content: string): string =>
  `<netconf-server xmlns="${NETCONF_SERVER_NAMESPACE}"><call-home>${content}</call-home></netconf-server>`;
const TCP = "<tcp-client-parameters><remote-address>noc.example</remote-address></tcp-client-parameters>";
const client = (more: string, stack = `<ssh>${TCP}</ssh>`): string =>
  wrap(
    `<netconf-client><name>noc</name><endpoints><endpoint><name>a</name>${stack}</endpoint></endpoints>${more}</netconf-client>`,
  );

const FULL = wrap(`
  <netconf-client>
    <name>noc</name>
    <endpoints>
      <endpoint>
        <name>east</name>
        <ssh>
          <tcp-client-parameters>
            <remote-address>2001:db8::7</remote-address>
            <remote-port>4400</remote-port>
            <local-address>2001:db8::1</local-address>
            <local-port>5000</local-port>
            <keepalives><idle-time>15</idle-time><max-probes>3</max-probes><probe-interval>30</probe-interval></keepalives>
          </tcp-client-parameters>
          <ssh-server-parameters>
            <server-identity/>
            <keepalives><max-wait>20</max-wait></keepalives>
          </ssh-server-parameters>
        </ssh>
      </endpoint>
      <endpoint><name>west</name><tls>${TCP}<tls-server-parameters/></tls></endpoint>
    </endpoints>
    <connection-type>
      <periodic><period>1440</period><anchor-time>2026-11-21T00:15:00Z</anchor-time><idle-timeout>0</idle-timeout></periodic>
    </connection-type>
    <reconnect-strategy><start-with>last-connected</start-with><max-wait>3</max-wait><max-attempts>7</max-attempts></reconnect-strategy>
    <colour xmlns="urn:example">red</colour>
  </netconf-client>`);

describe("readNetconfServer", () => {
  it("draft-ietf-netconf-netconf-client-server-41: reads endpoints, connection type and reconnect strategy", () => {
    const { config, notes } = readNetconfServer(FULL);
    expect(config).toEqual({
      managers: [
        {
          name: "noc",
          endpoints: [
            {
              name: "east",
              transport: "ssh",
              host: "2001:db8::7",
              port: 4400,
              localAddress: "2001:db8::1",
              localPort: 5000,
              keepalives: { tcpIdleTime: 15_000, ssh: { maxWait: 20_000, maxAttempts: 3 } },
            },
            { name: "west", transport: "tls", host: "noc.example" },
          ],
          connection: {
            type: "periodic",
            period: 86_400_000,
            anchorTime: Date.UTC(2026, 10, 21, 0, 15),
            idleTimeout: 0,
          },
          reconnectStrategy: { startWith: "last-connected", maxWait: 3000, maxAttempts: 7 },
        },
      ],
    });
    expect(notes.map(({ path }) => path.replace('/netconf-server/call-home/netconf-client[name="noc"]/', ""))).toEqual([
      'endpoints/endpoint[name="east"]/ssh/tcp-client-parameters/keepalives/max-probes',
      'endpoints/endpoint[name="east"]/ssh/tcp-client-parameters/keepalives/probe-interval',
      'endpoints/endpoint[name="east"]/ssh/ssh-server-parameters/server-identity',
      'endpoints/endpoint[name="west"]/tls/tls-server-parameters',
      "colour",
    ]);
  });

  it("draft-ietf-netconf-netconf-client-server-41: fills in the defaults of the model", () => {
    const periodic = readNetconfServer(client("<connection-type><periodic/></connection-type>"));
    expect(periodic.config.managers[0]).toMatchObject({
      connection: { type: "periodic", period: 3_600_000, idleTimeout: 180_000 },
      reconnectStrategy: { startWith: "first-listed", maxWait: 5000, maxAttempts: 3 },
    });
    expect(readNetconfServer(client("")).config.managers[0]?.connection).toEqual({ type: "persistent" });
    expect(
      readNetconfServer(`<netconf-server xmlns="${NETCONF_SERVER_NAMESPACE}"><listen/></netconf-server>`),
    ).toMatchObject({
      config: { managers: [] },
      notes: [{ path: "/netconf-server/listen" }],
    });
  });

  it.each([
    ["no transport", client("", ""), /ssh and tls/],
    ["two transports", client("", `<ssh>${TCP}</ssh><tls>${TCP}</tls>`), /ssh and tls/],
    [
      "no address",
      client("", "<ssh><tcp-client-parameters/></ssh>"),
      /endpoint\[name="a"\]\/ssh\/tcp-client-parameters: remote-address/,
    ],
    [
      "a port that is none",
      client("", `<ssh>${TCP.replace("</remote-address>", "</remote-address><remote-port>70000</remote-port>")}</ssh>`),
      /remote-port/,
    ],
    [
      "another start-with",
      client("<reconnect-strategy><start-with>middle</start-with></reconnect-strategy>"),
      /start-with/,
    ],
    [
      "max-attempts 0",
      client("<reconnect-strategy><max-attempts>0</max-attempts></reconnect-strategy>"),
      /max-attempts/,
    ],
    ["max-wait 65536", client("<reconnect-strategy><max-wait>65536</max-wait></reconnect-strategy>"), /max-wait/],
    [
      "seconds in anchor-time",
      client("<connection-type><periodic><anchor-time>2026-11-21T00:15:30Z</anchor-time></periodic></connection-type>"),
      /anchor-time/,
    ],
    ["both connection types", client("<connection-type><periodic/><persistent/></connection-type>"), /both/],
    ["an endpoint twice", client("").replace(/(<endpoint>.*<\/endpoint>)/, "$1$1"), /duplicate entry/],
    ["a leaf twice", client("").replace("<name>noc</name>", "<name>noc</name><name>noc</name>"), /2 times/],
    ["another root", `<netconf-client xmlns="${NETCONF_SERVER_NAMESPACE}"/>`, /root/],
    ["another namespace", FULL.replace(NETCONF_SERVER_NAMESPACE, "urn:example"), /root/],
  ])("refuses %s, and says where", (_, xml, message) => {
    expect(() => readNetconfServer(xml)).toThrow(message);
    expect(() => readNetconfServer(xml)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  });

  describe.runIf(corpus())("the corpus", () => {
    it.each([
      ["cesnet-netopeer2/ssh_callhome-1a4ce72c.xml", "default-client", "persistent"],
      ["cesnet-netopeer2/config-8380769f.xml", undefined, "periodic"],
    ])("reads %s", (name, manager, type) => {
      const xml = readFileSync(join(corpus() ?? "", "payloads", name), "utf8").replaceAll("%s", "4400");
      const { config } = readNetconfServer(xml);
      expect(config.managers.at(-1)?.connection?.type).toBe(type);
      if (manager !== undefined) expect(config.managers[0]?.name).toBe(manager);
    });
  });
});

describe("writeNetconfServer", () => {
  it("draft-ietf-netconf-netconf-client-server-41: writes what it reads", () => {
    const { config } = readNetconfServer(FULL);
    const { root, notes } = writeNetconfServer(config);
    expect(notes).toEqual([]);
    const again = readNetconfServer(parseXml(serializeXml(root)));
    expect(again.notes).toEqual([]);
    const [east, west] = config.managers[0]?.endpoints ?? [];
    expect(again.config).toEqual({ managers: [{ ...config.managers[0], endpoints: [east, { ...west, port: 4335 }] }] });
  });

  it("notes what the model cannot say, and rounds times up", () => {
    const { root, notes } = writeNetconfServer({
      managers: [
        {
          name: "noc",
          endpoints: [
            { name: "a", transport: "tls", host: "noc", keepalives: { tcpIdleTime: 1500, ssh: { maxWait: 1000 } } },
          ],
          connection: { type: "periodic", period: 90_000, anchorTime: 1000 },
          reconnectStrategy: { maxRounds: 3, retryInterval: 10, maxAttempts: 300 },
        },
      ],
    });
    expect(notes.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        "noc/idle-time",
        "noc/keepalives.ssh",
        "noc/anchor-time",
        "noc/period",
        "noc/maxRounds",
        "noc/retryInterval",
        "noc/maxAttempts",
      ]),
    );
    const read = readNetconfServer(root).config.managers[0];
    expect(read?.connection).toMatchObject({ period: 120_000, anchorTime: 60_000, idleTimeout: 180_000 });
    expect(read?.endpoints[0]?.keepalives?.tcpIdleTime).toBe(2000);
  });

  it("puts in what the caller says of keys, and no empty call-home", () => {
    const identity = element("server-identity", NETCONF_SERVER_NAMESPACE);
    const config: CallHomeConfig = { managers: [{ name: "n", endpoints: [{ name: "a", host: "h" }] }] };
    const { root } = writeNetconfServer(config, { serverParameters: () => [identity] });
    expect(serializeXml(root)).toContain("<ssh-server-parameters><server-identity/></ssh-server-parameters>");
    expect(serializeXml(writeNetconfServer({ managers: [] }).root)).toBe(
      `<netconf-server xmlns="${NETCONF_SERVER_NAMESPACE}"/>`,
    );
  });

  it("comes back the same for any configuration that the model can say", () => {
    const name = fc.string({ minLength: 1, unit: fc.constantFrom("a", "b", "&", "<", "é", "7") });
    const endpoint = fc.record({
      name,
      transport: fc.constantFrom("ssh" as const, "tls" as const),
      host: fc.domain(),
      port: fc.integer({ min: 1, max: 65_535 }),
    });
    const manager = fc.record({
      name,
      endpoints: fc.uniqueArray(endpoint, { minLength: 1, selector: (entry) => entry.name }),
      connection: fc.oneof(
        fc.constant({ type: "persistent" as const }),
        fc.record({
          type: fc.constant("periodic" as const),
          period: fc.integer({ min: 1, max: 65_535 }).map((minutes) => minutes * 60_000),
          idleTimeout: fc.integer({ min: 0, max: 65_535 }).map((seconds) => seconds * 1000),
        }),
      ),
      reconnectStrategy: fc.record({
        startWith: fc.constantFrom("first-listed" as const, "last-connected" as const, "random-selection" as const),
        maxWait: fc.integer({ min: 1, max: 65_535 }).map((seconds) => seconds * 1000),
        maxAttempts: fc.integer({ min: 1, max: 255 }),
      }),
    });
    const managers = fc.uniqueArray(manager, { selector: (entry) => entry.name });
    fc.assert(
      fc.property(managers, (entries) => {
        const config = { managers: entries };
        const { root, notes } = writeNetconfServer(config);
        expect(notes).toEqual([]);
        expect(readNetconfServer(serializeXml(root))).toEqual({ config, notes: [] });
      }),
    );
  });
});

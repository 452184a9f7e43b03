import { describe, expect, it } from "vitest";
import { encodeBase64 } from "../src/base64.ts";
import { NETCONF_CLIENT_NAMESPACE, readNetconfClient } from "../src/netconf-client-model.ts";
import { parseListenConfig } from "../src/parse-listen-config.ts";
import { HOST_KEY } from "./support/listen-file.ts";

const blob = (text: string): string => encodeBase64(new TextEncoder().encode(text));
/** The text of a key stands for its hash. */
const fingerprintOf = (publicBlob: Uint8Array): string => `SHA256:${new TextDecoder().decode(publicBlob)}`;

const listen = (content: string, more = ""): string =>
  `<netconf-client xmlns="${NETCONF_CLIENT_NAMESPACE}">${more}<listen>${content}</listen></netconf-client>`;
const bind = (address: string, port = ""): string =>
  `<local-bind><local-address>${address}</local-address>${port && `<local-port>${port}</local-port>`}</local-bind>`;
const key = (name: string, text: string): string =>
  `<public-key><name>${name}</name><public-key-format>ct:ssh-public-key-format</public-key-format>` +
  `<public-key>${blob(text)}</public-key></public-key>`;
const ssh = (name: string, binds: string, keys: string, username = "ops"): string => `
  <endpoint>
    <name>${name}</name>
    <ssh>
      <tcp-server-parameters>${binds}</tcp-server-parameters>
      <ssh-client-parameters>
        <client-identity>
          <username>${username}</username>
          <public-key><central-keystore-reference>ops-key</central-keystore-reference></public-key>
        </client-identity>
        <server-authentication>
          <ssh-host-keys><inline-definition>${keys}</inline-definition></ssh-host-keys>
        </server-authentication>
      </ssh-client-parameters>
    </ssh>
  </endpoint>`;
const endpoints = (...list: string[]): string => `<endpoints>${list.join("")}</endpoints>`;

const withCredentials = {
  fingerprintOf,
  credentialsOf: ({ username, keystoreReference }: { username: string; keystoreReference: string | undefined }) => ({
    username,
    keyFiles: [`${keystoreReference}.pem`],
  }),
};

describe("readNetconfClient", () => {
  it("draft-ietf-netconf-netconf-client-server-41: reads where to listen, and makes a device of each host key", () => {
    const document = listen(
      endpoints(
        ssh("inside", bind("192.0.2.1") + bind("2001:db8::1", "4400"), key("r1", "one") + key("r2", "two")),
        ssh("outside", bind("198.51.100.1"), key("r3", "three"), "guest"),
      ),
    );
    const { config, notes } = readNetconfClient(document, withCredentials);
    expect(notes).toEqual([]);
    const ops = { username: "ops", keyFiles: ["ops-key.pem"] };
    expect(config).toEqual({
      listeners: [
        { transport: "ssh", address: "192.0.2.1" },
        { transport: "ssh", address: "2001:db8::1", port: 4400 },
        { transport: "ssh", address: "198.51.100.1" },
      ],
      devices: [
        { name: "r1", fingerprints: ["SHA256:one"], credentials: ops },
        { name: "r2", fingerprints: ["SHA256:two"], credentials: ops },
        // RFC 8071 §3.1 C7: the credentials of its own endpoint.
        { name: "r3", fingerprints: ["SHA256:three"], credentials: { ...ops, username: "guest" } },
      ],
    });
  });

  it("gives what a configuration file takes", () => {
    const document = listen(endpoints(ssh("inside", bind("192.0.2.1"), key("r1", "one"))));
    const { config } = readNetconfClient(document, { ...withCredentials, fingerprintOf: () => HOST_KEY });
    expect(parseListenConfig(JSON.stringify(config))).toEqual(config);
  });

  it("notes all that it leaves out, and takes no secret over", () => {
    const document = `
      <netconf-client xmlns="${NETCONF_CLIENT_NAMESPACE}">
        <initiate/>
        <listen>
          <idle-timeout>30</idle-timeout>
          <endpoints>
            <endpoint>
              <name>a</name>
              <ssh>
                <tcp-server-parameters>${bind("192.0.2.1")}<keepalives/></tcp-server-parameters>
                <ssh-client-parameters>
                  <client-identity>
                    <username>ops</username>
                    <password><cleartext-password>hunter2</cleartext-password></password>
                    <public-key><inline-definition><cleartext-private-key>hunter2</cleartext-private-key></inline-definition></public-key>
                  </client-identity>
                  <server-authentication>
                    <ca-certs/><ee-certs/>
                    <ssh-host-keys><central-truststore-reference>keys</central-truststore-reference></ssh-host-keys>
                  </server-authentication>
                  <transport-params/><keepalives/>
                </ssh-client-parameters>
              </ssh>
            </endpoint>
            <endpoint>
              <name>b</name>
              <tls>
                <tcp-server-parameters>${bind("192.0.2.1")}${bind("192.0.2.1", "4334")}</tcp-server-parameters>
                <tls-client-parameters/>
                <netconf-client-parameters/>
                <colour xmlns="urn:example">red</colour>
              </tls>
            </endpoint>
          </endpoints>
        </listen>
      </netconf-client>`;
    const { config, notes } = readNetconfClient(document, { fingerprintOf });
    expect(config).toEqual({
      listeners: [
        { transport: "ssh", address: "192.0.2.1" },
        { transport: "tls", address: "192.0.2.1" },
      ],
      devices: [],
    });
    const paths = notes.map(({ path }) => path.replace("/netconf-client/listen/endpoints/endpoint", ""));
    expect(paths).toEqual([
      "/netconf-client/initiate",
      "/netconf-client/listen/idle-timeout",
      '[name="a"]/ssh/tcp-server-parameters/keepalives',
      '[name="a"]/ssh/ssh-client-parameters/client-identity/public-key/inline-definition',
      '[name="a"]/ssh/ssh-client-parameters/client-identity',
      '[name="a"]/ssh/ssh-client-parameters/client-identity/password',
      '[name="a"]/ssh/ssh-client-parameters/server-authentication/ca-certs',
      '[name="a"]/ssh/ssh-client-parameters/server-authentication/ee-certs',
      '[name="a"]/ssh/ssh-client-parameters/server-authentication/ssh-host-keys',
      '[name="a"]/ssh/ssh-client-parameters/keepalives',
      '[name="a"]/ssh/ssh-client-parameters/transport-params',
      '[name="b"]/tls/tcp-server-parameters/local-bind[local-address="192.0.2.1"]',
      '[name="b"]/tls/tls-client-parameters',
      '[name="b"]/tls',
      '[name="b"]/tls/colour',
    ]);
    expect(JSON.stringify({ config, notes })).not.toContain("hunter2");
  });

  it("finds host keys in the truststore, where there is one (RFC 9641)", () => {
    const reference = "<central-truststore-reference>routers</central-truststore-reference>";
    const document = listen(
      endpoints(
        ssh("inside", bind("192.0.2.1"), "").replace("<inline-definition></inline-definition>", reference),
        ssh("outside", bind("192.0.2.2"), "").replace(
          "<inline-definition></inline-definition>",
          reference.replace("routers", "switches"),
        ),
      ),
    );
    const truststore = `<truststore xmlns="urn:ietf:params:xml:ns:yang:ietf-truststore">
      <certificate-bags/>
      <public-key-bags>
        <public-key-bag><name>routers</name>${key("r1", "one")}${key("r2", "two")}</public-key-bag>
        <public-key-bag><name>others</name>${key("o1", "three")}</public-key-bag>
      </public-key-bags>
    </truststore>`;
    const { config, notes } = readNetconfClient(document, { ...withCredentials, truststore });
    expect(config.devices.map(({ name, fingerprints }) => [name, fingerprints])).toEqual([
      ["r1", ["SHA256:one"]],
      ["r2", ["SHA256:two"]],
    ]);
    expect(notes.map(({ message }) => message)).toEqual(['left out: the truststore has no public-key-bag "switches"']);
    expect(() => readNetconfClient(document, { ...withCredentials, truststore: document })).toThrow(
      /ietf-truststore: the root is "netconf-client"/,
    );
  });

  it("takes our end of TLS from the caller", () => {
    const tls = { certificateFile: "own.pem", keyFile: "own.key" };
    const document = listen(
      endpoints(
        `<endpoint><name>a</name><tls><tcp-server-parameters>${bind("::")}</tcp-server-parameters></tls></endpoint>`,
      ),
    );
    const { config, notes } = readNetconfClient(document, { fingerprintOf, tls });
    expect(notes).toEqual([]);
    expect(config).toEqual({ listeners: [{ transport: "tls", address: "::" }], tls, devices: [] });
  });

  it("makes one device of a key that two endpoints know, and other names of one name", () => {
    const document = listen(
      endpoints(
        ssh("inside", bind("192.0.2.1"), key("router", "one")),
        ssh("outside", bind("192.0.2.2"), key("router", "two") + key("again", "one")),
      ),
    );
    const { config, notes } = readNetconfClient(document, withCredentials);
    expect(config.devices.map(({ name, fingerprints }) => [name, fingerprints])).toEqual([
      ["router", ["SHA256:one"]],
      ["outside router", ["SHA256:two"]],
    ]);
    expect(notes).toEqual([{ path: expect.stringContaining('public-key[name="again"]'), message: expect.any(String) }]);
  });

  it("refuses, with the path, what the model does not allow", () => {
    const wrong = (content: string): unknown => {
      try {
        return readNetconfClient(listen(content), { fingerprintOf });
      } catch (error) {
        return error;
      }
    };
    const both = endpoints("<endpoint><name>a</name><ssh/><tls/></endpoint>");
    const badKey = key("r1", "one").replace("ct:ssh-public-key-format", "ct:subject-public-key-info-format");
    for (const [content, what] of [
      [endpoints("<endpoint><ssh/></endpoint>"), "name is missing"],
      [both, "one of ssh and tls"],
      [endpoints("<endpoint><name>a</name><ssh/></endpoint>"), "local-bind is missing"],
      [endpoints(ssh("a", bind("192.0.2.1", "65536"), "")), "0 to 65535"],
      [endpoints(ssh("a", bind("192.0.2.1"), badKey)), "public-key-format"],
      [endpoints(ssh("a", bind("192.0.2.1"), key("r1", "one").replace(blob("one"), "%"))), "base64"],
    ] as const) {
      expect(wrong(content), what).toMatchObject({
        code: "invalid-argument",
        message: expect.stringMatching(`/netconf-client/listen/endpoints.*${what}`),
      });
    }
    expect(() => readNetconfClient("<config/>", { fingerprintOf })).toThrow(/the root is "config"/);
    expect(() => readNetconfClient("<netconf-client>", { fingerprintOf })).toThrow();
  });
});

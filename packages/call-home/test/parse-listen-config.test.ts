import { describe, expect, it } from "vitest";
import { type ConfigErrorCode, isConfigError } from "../src/config-errors.ts";
import { parseListenConfig } from "../src/parse-listen-config.ts";
import { CERTIFICATE, FULL, HOST_KEY } from "./support/listen-file.ts";

/** `code line:column path` of all that is wrong. */
function problemsOf(text: string): readonly string[] {
  try {
    parseListenConfig(text);
  } catch (error) {
    if (!isConfigError(error)) throw error;
    expect(error).toMatchObject({ layer: "call-home", fault: "local", code: error.problems[0]?.code });
    return error.problems.map(({ code, line, column, path }) => `${code} ${line}:${column} ${path}`);
  }
  return [];
}

function codeOf(change: object): ConfigErrorCode | undefined {
  const [first] = problemsOf(JSON.stringify({ listeners: [{ transport: "ssh" }], devices: [], ...change }));
  // Made of a code by the function above.
  return first?.split(" ")[0] as ConfigErrorCode | undefined;
}

const device = (more: object) => ({ devices: [{ name: "a", fingerprints: [HOST_KEY], ...more }] });

describe("parseListenConfig", () => {
  it("reads all there is, and leaves the schema's address out", () => {
    const { $schema, ...config } = FULL;
    expect($schema).toBeTypeOf("string");
    expect(parseListenConfig(JSON.stringify(FULL))).toEqual(config);
  });

  it("needs no more than where to listen, and a list of devices", () => {
    const config = { listeners: [{ transport: "ssh" }], devices: [] };
    expect(parseListenConfig(JSON.stringify(config))).toEqual(config);
  });

  it("says everything that is wrong, in the order of the text, with line, column and path", () => {
    const text = `{
  "listeners": [
    { "transport": "ssh", "port": 70000 },
    { "transport": "shh", "adress": "::" }
  ],
  "devices": [
    { "name": "r~/1", "fingerprints": ["MD5:00"], "credentials": { "password": "hunter2" } }
  ]
}`;
    expect(problemsOf(text)).toEqual([
      "config-value 3:35 /listeners/0/port",
      "config-value 4:20 /listeners/1/transport",
      "config-unknown-member 4:27 /listeners/1",
      "config-value 7:40 /devices/0/fingerprints/0",
      "config-missing-member 7:66 /devices/0/credentials",
      "config-inline-secret 7:80 /devices/0/credentials/password",
    ]);
    expect(() => parseListenConfig(text)).toThrow(
      "line 3, column 35: /listeners/0/port: has to be a whole number from 0 to 65535",
    );
  });

  it("stops after a hundred", () => {
    const devices = new Array(101).fill({});
    expect(problemsOf(JSON.stringify({ listeners: [{ transport: "ssh" }], devices }))).toHaveLength(100);
  });

  it("says the place of what is no JSON", () => {
    expect(problemsOf('{\n  "listeners": [,]\n}')).toEqual(["config-syntax 2:17 "]);
  });

  it("refuses secrets in the file, by a code of their own, and never repeats them (RFC 8071 §5)", () => {
    const login = { username: "ops", agent: true };
    expect(codeOf(device({ credentials: { ...login, password: "hunter2" } }))).toBe("config-inline-secret");
    expect(codeOf(device({ credentials: { ...login, passphrase: "hunter2" } }))).toBe("config-inline-secret");
    expect(codeOf(device({ credentials: { ...login, privateKey: "hunter2" } }))).toBe("config-inline-secret");
    expect(codeOf(device({ outboundSshSecret: "hunter2" }))).toBe("config-inline-secret");
    expect(codeOf(device({ secret: "hunter2" }))).toBe("config-inline-secret");
    for (const wrong of [
      { ...login, password: "hunter2" },
      { ...login, keyFiles: ["-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2"] },
      { ...login, keyFiles: ["-----BEGIN hunter2"] },
      { username: "hunter2\n" },
      { ...login, password: { env: "hunter 2" } },
    ]) {
      const text = JSON.stringify({ listeners: [{ transport: "ssh" }], ...device({ credentials: wrong }) });
      expect(() => parseListenConfig(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/hunter ?2/) }),
      );
    }
  });

  it("takes a secret from a file or from a variable, not from both and not from neither", () => {
    const password = (ref: unknown) => codeOf(device({ credentials: { username: "ops", password: ref } }));
    expect(password({ file: "secrets/ops" })).toBeUndefined();
    expect(password({ env: "OPS_PASSWORD" })).toBeUndefined();
    expect(password({ env: "OPS_PASSWORD", file: "secrets/ops" })).toBe("config-unknown-member");
    expect(password({})).toBe("config-missing-member");
  });

  it("refuses two entries that lay claim to the same", () => {
    const two = (a: object, b: object) =>
      codeOf({
        devices: [
          { name: "a", ...a },
          { name: "b", ...b },
        ],
      });
    const other = `SHA256:${"B".repeat(43)}`;
    expect(two({ fingerprints: [HOST_KEY] }, { fingerprints: [other] })).toBeUndefined();
    expect(two({ fingerprints: [HOST_KEY] }, { fingerprints: [other, HOST_KEY] })).toBe("config-duplicate");
    expect(two({ fingerprints: [HOST_KEY, HOST_KEY] }, { addresses: ["192.0.2.1"] })).toBe("config-duplicate");
    expect(two({ addresses: ["2001:db8::1"] }, { addresses: ["2001:DB8:0::1"] })).toBe("config-duplicate");
    expect(two({ addresses: ["192.0.2.1"] }, { addresses: ["::ffff:192.0.2.1"] })).toBe("config-duplicate");
    const certified = { certified: { authority: CERTIFICATE, name: "r1" } };
    expect(two(certified, certified)).toBe("config-duplicate");
    expect(two({ fingerprints: [HOST_KEY] }, { name: "a", fingerprints: [other] })).toBe("config-duplicate");
    const user = { name: "ops", credentials: { username: "ops", agent: true } };
    expect(codeOf({ users: [user, user] })).toBe("config-duplicate");
  });

  it("refuses two listeners at one place, defaults counted, and takes any number of free ports", () => {
    const listeners = (...list: object[]) => codeOf({ listeners: list, tls: FULL.tls });
    expect(listeners({ transport: "ssh" }, { transport: "tls" })).toBeUndefined();
    expect(listeners({ transport: "ssh" }, { transport: "tls", port: 4334, address: "0::0" })).toBe("config-duplicate");
    expect(listeners({ transport: "ssh", port: 0 }, { transport: "ssh", port: 0 })).toBeUndefined();
    expect(listeners()).toBe("config-value");
  });

  it("refuses settings that cannot be together, or lack another", () => {
    expect(codeOf({ listeners: [{ transport: "tls" }] })).toBe("config-conflict");
    expect(codeOf({ listeners: [{ transport: "tls", outboundSsh: true }], tls: FULL.tls })).toBe("config-conflict");
    expect(codeOf({ devices: [{ name: "a" }] })).toBe("config-conflict");
    expect(codeOf(device({ credentials: { username: "ops" } }))).toBe("config-conflict");
    const password = { username: "ops", password: { env: "P" } };
    expect(codeOf({ users: [{ name: "ops", credentials: password }] })).toBeUndefined();
    expect(codeOf({ users: [{ name: "ops", credentials: password, unknownKeys: "accept-new" }] })).toBe(
      "config-conflict",
    );
  });

  it("refuses what is no address, and other types than have to be", () => {
    expect(codeOf({ listeners: [{ transport: "ssh", address: "localhost" }] })).toBe("config-address");
    expect(codeOf({ listeners: [{ transport: "ssh", balancers: ["10.0.0.0/33"] }] })).toBe("config-address");
    expect(codeOf({ listeners: [{ transport: "ssh", outboundSsh: "yes" }] })).toBe("config-value");
    expect(codeOf({ listeners: {} })).toBe("config-value");
    expect(codeOf({ devices: ["a"] })).toBe("config-value");
    expect(codeOf({ limits: { secureTimeout: 1.5 } })).toBe("config-value");
    expect(codeOf({ limits: { secureTimeout: 604_800_000 } })).toBeUndefined();
    expect(codeOf({ limits: { secureTimeout: 604_800_001 } })).toBe("config-value");
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenTcp } from "@netconf-kit/node-adapter";
import {
  expectOk,
  fingerprintSha256,
  formatPublicKey,
  generateKey,
  getConfig,
  listenCallHome,
  parseKnownHosts,
  serializeXml,
  simulatedHostKey,
} from "netconf-kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "./device.ts";
import { run } from "./run.ts";

const userKey = generateKey("ssh-ed25519", random);
const credentials = { username: "ops", authentication: [{ method: "publickey", key: userKey }] } as const;
let folder = "";
let authorizedKeys = "";
let data = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "netconf-simulate-"));
  authorizedKeys = join(folder, "authorized_keys");
  data = join(folder, "data.xml");
  writeFileSync(authorizedKeys, `${formatPublicKey({ ...userKey, comment: "" })}\n`);
  writeFileSync(
    data,
    '<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>simulated</hostname></system>',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("netconf simulate", () => {
  it("calls home with as many devices as it is told, whose keys it writes for the manager, and sums up in JSON", async () => {
    const listener = await listenTcp();
    const seen = new Map<string, string>();
    const manager = listenCallHome({
      listeners: listener,
      devices: [0, 1, 2].map((index) => ({
        name: `device-${index + 1}`,
        fingerprints: [fingerprintSha256(simulatedHostKey("lab", index).publicBlob)],
        credentials,
      })),
      onSession: ({ device, session }) => {
        void session.rpc(getConfig("running")).then((reply) => seen.set(device, serializeXml(expectOk(reply))));
      },
    });
    const knownHosts = join(folder, "fleet");
    const { code, stdout, stderr } = await run(
      ...["simulate", "--devices", "3", "--call-home", `127.0.0.1:${listener.port}`, "--seed", "lab", "--stagger", "0"],
      ...["--authorized-keys", authorizedKeys, "--data", data, "--write-known-hosts", knownHosts],
      ...["--for", "2", "--json"],
    );
    await manager.close({ sessions: true });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("3 of 3 ready, 0 not, 0 failures") });
    expect(JSON.parse(stdout)).toMatchObject({ devices: 3, started: 3, ready: 3, mostReady: 3, calls: 3, failures: 0 });
    expect([...seen.keys()].sort()).toEqual(["device-1", "device-2", "device-3"]);
    expect([...seen.values()].every((text) => /<system [^>]*><hostname>simulated</.test(text))).toBe(true);
    const { entries } = parseKnownHosts(readFileSync(knownHosts, "utf8"));
    expect(entries.map(({ publicBlob }) => fingerprintSha256(publicBlob))).toEqual(
      [0, 1, 2].map((index) => fingerprintSha256(simulatedHostKey("lab", index).publicBlob)),
    );
  });

  it("ends with 3 when not all devices are ready in time, and says what hindered them", async () => {
    const free = await listenTcp();
    await free.close();
    const { code, stdout, stderr } = await run(
      ...["simulate", "--devices", "2", "--call-home", `127.0.0.1:${free.port}`, "--authorized-keys", authorizedKeys],
      ...["--for", "0.3"],
    );
    expect(code).toBe(3);
    expect(stderr).toMatch(/0 of 2 ready, 2 not, 2 failures \(last: .*ECONNREFUSED/);
    expect(stdout).toMatch(/^failures +2$/m);
  });

  it("listens with each device at a port of its own", async () => {
    const { code, stdout } = await run(
      ...["simulate", "--devices", "2", "--listen", "0", "--authorized-keys", authorizedKeys, "--stagger", "0"],
      ...["--for", "0.3", "--json"],
    );
    expect(code).toBe(3); // nobody has come
    expect(JSON.parse(stdout)).toMatchObject({ devices: 2, started: 2, ready: 0, calls: 0, failures: 0 });
  });

  it("refuses what has no meaning, with a hint", async () => {
    const login = ["--authorized-keys", authorizedKeys];
    const nowhere = await run("simulate", ...login);
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining("--call-home HOST[:PORT]") });
    const withUser = await run("simulate", "--call-home", "admin@127.0.0.1", ...login);
    expect(withUser).toMatchObject({ code: 2, stderr: expect.stringContaining("the manager chooses the user") });
    for (const devices of ["0", "-1", "1e9", "many"]) {
      expect(await run("simulate", "--devices", devices, "--listen", "0", ...login)).toMatchObject({ code: 2 });
    }
    expect(await run("simulate", "--devices", "100", "--listen", "65500", ...login)).toMatchObject({ code: 2 });
  });
});

import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dialTcp, tlsServer } from "@netconf-kit/node-adapter";
import {
  allowLogin,
  type CallHomeEvent,
  callHome,
  createNetconfServer,
  fingerprintSha256,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  type NetconfServer,
  type PrivateKey,
  parseAuthorizedKeys,
} from "netconf-kit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type IssuedCertificate, type TestAuthority, testAuthority } from "../../../test/support/test-authority.ts";
import { answerRequest } from "../src/listen/control-requests.ts";
import { askControl, controlPath, serveControl } from "../src/listen/control-socket.ts";
import { describeStatus } from "../src/listen/describe-status.ts";
import type { ListenOptions } from "../src/listen/listen-options.ts";
import { planFromFile } from "../src/listen/plan-from-file.ts";
import { planFromOptions } from "../src/listen/plan-from-options.ts";
import { RunningListener, type RunningListenerOptions } from "../src/listen/running-listener.ts";
import { StateFile } from "../src/listen/state-file.ts";
import { contentOf, watchFile } from "../src/listen/watch-file.ts";
import type { Terminal } from "../src/terminal.ts";
import { random } from "./device.ts";
import { run } from "./run.ts";

let folder = "";
let ca: TestAuthority;
let tlsDevice: IssuedCertificate;
let manager: IssuedCertificate;
let server: NetconfServer;
let userKey: PrivateKey;
let identity = "";
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "netconf-listen-"));
  ca = testAuthority();
  tlsDevice = ca.issue({ subject: "/CN=r7", altNames: "DNS:r7.example.net" });
  manager = ca.issue({ subject: "/CN=ops", altNames: "email:ops@example.net" });
  server = await createNetconfServer({ schema: [] });
  userKey = generateKey("ssh-ed25519", random);
  identity = file("id", formatPrivateKey(userKey));
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(async () => {
  await server.close();
  ca.remove();
  rmSync(folder, { recursive: true });
});

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const newFolder = (): string => mkdtempSync(join(folder, "state-"));
const pinOf = ({ cert }: IssuedCertificate): string => `SHA256:${new X509Certificate(cert).fingerprint256}`;
const fingerprintOf = (key: PrivateKey): string => fingerprintSha256(key.publicBlob);
const newKey = (): PrivateKey => generateKey("ssh-ed25519", random);
const quiet = { err: () => {} } as unknown as Terminal; // nothing else of it is used
const login = (): ListenOptions => ({ user: "ops", identity: [identity], address: ["127.0.0.1"], port: 0 });

/** A listener and its events. */
async function listening(
  load: RunningListenerOptions["load"],
  state?: StateFile,
): Promise<{ readonly running: RunningListener; readonly seen: (words: Partial<CallHomeEvent>) => Promise<void> }> {
  const events: CallHomeEvent[] = [];
  const running = await RunningListener.start({
    load,
    ssh: {},
    state,
    onEvent: (event) => events.push(event),
    say: () => {},
  });
  let closed = false;
  const close = running.close.bind(running);
  running.close = async () => {
    if (!closed) await close();
    closed = true;
  };
  stops.push(running.close);
  const seen = (words: Partial<CallHomeEvent>): Promise<void> =>
    vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining(words)), { timeout: 10_000, interval: 10 });
  return { running, seen };
}

function portOf(running: RunningListener, transport: "ssh" | "tls"): number {
  const { local = "" } = running.listeners.find((each) => each.transport === transport) ?? {};
  return Number(/:(\d+)$/.exec(local)?.[1]);
}

function callsBySsh(port: number, hostKey: PrivateKey): void {
  const { type, publicBlob } = userKey;
  const authorizedKeys = parseAuthorizedKeys(formatPublicKey({ type, publicBlob, comment: "" }));
  const device = callHome({
    endpoints: [{ name: "manager", dial: dialTcp({ host: "127.0.0.1", port }) }],
    server,
    hostKeys: [hostKey],
    authenticate: allowLogin({ authorizedKeys }),
    policy: { retryInterval: 50, backoff: 1 },
  });
  stops.push(() => device.stop());
}

function callsByTls(port: number, { cert, key }: IssuedCertificate): void {
  const device = callHome({
    endpoints: [{ name: "manager", dial: dialTcp({ host: "127.0.0.1", port }) }],
    server,
    tls: tlsServer({ cert, key, clientCa: ca.cert, certToName: [{ id: 1, mapType: "san-any" }] }),
    policy: { retryInterval: 50, backoff: 1 },
  });
  stops.push(() => device.stop());
}

describe("RunningListener", () => {
  it("RFC 8071: serves SSH and TLS in one process, at several addresses", async () => {
    const hostKey = newKey();
    const options: ListenOptions = {
      ...login(),
      address: ["127.0.0.1", "::1"],
      hostKey: [fingerprintOf(hostKey)],
      ...{ tls: true, tlsPort: 0, cert: manager.certFile, key: manager.keyFile, pin: [pinOf(tlsDevice)] },
    };
    const { running, seen } = await listening(() => planFromOptions(options, quiet));
    expect(running.listeners.map(({ transport, local }) => `${transport} ${local.replace(/:\d+$/, "")}`)).toEqual([
      "ssh 127.0.0.1",
      "tls 127.0.0.1",
      "ssh [::1]",
      "tls [::1]",
    ]);
    callsBySsh(portOf(running, "ssh"), hostKey);
    callsByTls(portOf(running, "tls"), tlsDevice);
    await seen({ kind: "ready", device: fingerprintOf(hostKey) });
    await seen({ kind: "ready", device: pinOf(tlsDevice) });
  });

  it("holds unknown devices, lets in whom an operator approves, and knows them after a restart", async () => {
    const state = await StateFile.open(newFolder());
    const load = () => planFromOptions({ ...login(), state: state.folder }, quiet);
    const { running, seen } = await listening(load, state);
    const hostKey = newKey();
    const fingerprint = fingerprintOf(hostKey);
    callsBySsh(portOf(running, "ssh"), hostKey);
    await seen({ kind: "pending", id: fingerprint, held: "new" });
    expect(describeStatus(statusIn(await answerRequest({ do: "status" }, running)))).toMatch(
      /connected: 0.*\npending: 1\n {2}ssh-host-key "SHA256:\S+" {2}ssh from 127/,
    );
    expect(await answerRequest({ do: "approve", fingerprint, name: "r7" }, running)).toContain(`${fingerprint} is r7`);
    await seen({ kind: "ready", device: "r7" });
    const after = describeStatus(statusIn(await answerRequest({ do: "status" }, running)));
    expect(after).toMatch(/connected: 1\n {2}r7 {2}127\.0\.0\.1:\d+, session \d+, as ops\n/);
    expect(after).toContain(`learned: 1\n  r7  ${fingerprint}\n`);
    await running.close();

    const again = await listening(load, state);
    callsBySsh(portOf(again.running, "ssh"), hostKey);
    await again.seen({ kind: "ready", device: "r7" });
    await answerRequest({ do: "forget", device: "r7" }, again.running);
    expect(again.running.manager.learned()).toEqual([]);
    expect(readFileSync(join(state.folder, "listen.json"), "utf8")).not.toContain('"r7"');
  });

  it("keeps a refusal over a restart, and takes it back when told to", async () => {
    const state = await StateFile.open(newFolder());
    const load = () => planFromOptions({ ...login(), state: state.folder }, quiet);
    const first = await listening(load, state);
    const hostKey = newKey();
    const fingerprint = fingerprintOf(hostKey);
    await answerRequest({ do: "refuse", fingerprint }, first.running);
    await first.running.close();
    const { running, seen } = await listening(load, state);
    callsBySsh(portOf(running, "ssh"), hostKey);
    await seen({ kind: "rejected", reason: "refused-by-operator" });
    expect(await answerRequest({ do: "readmit", fingerprint }, running)).toContain("no longer refused");
    await seen({ kind: "pending", id: fingerprint });
    await expect(answerRequest({ do: "readmit", fingerprint }, running)).rejects.toThrow("was not refused");
  });

  it("remembers a user that could not log in to an approved device, until it is cleared", async () => {
    const state = await StateFile.open(newFolder());
    const other = file("other_id", formatPrivateKey(newKey()));
    const options = { ...login(), identity: [other], state: state.folder };
    const { running, seen } = await listening(() => planFromOptions(options, quiet), state);
    const hostKey = newKey();
    callsBySsh(portOf(running, "ssh"), hostKey);
    await seen({ kind: "pending" });
    await answerRequest({ do: "approve", fingerprint: fingerprintOf(hostKey), name: "r7" }, running);
    await seen({ kind: "user-failed", device: "r7", user: "ops" });
    await seen({ kind: "rejected", reason: "no-user-left" });
    expect(describeStatus(statusIn(await answerRequest({ do: "status" }, running)))).toMatch(
      /failed users: 1\n {2}ops at r7 {2}not tried for \d+ min more/,
    );
    await answerRequest({ do: "clear-failed-users", device: "r7" }, running);
    expect(running.manager.failedUsers().length).toBeLessThanOrEqual(1);
  });

  it("refuses a state that is damaged: whoever was approved would be a stranger", async () => {
    const state = await StateFile.open(newFolder());
    writeFileSync(join(state.folder, "listen.json"), "{");
    await expect(listening(() => planFromOptions({ ...login(), state: state.folder }, quiet), state)).rejects.toThrow(
      /cannot use the state/,
    );
    expect(readFileSync(join(state.folder, "listen.json"), "utf8")).toBe("{");
  });
});

describe("a configuration file", () => {
  const configWith = (devices: readonly object[], listeners: readonly object[] = [ssh]): string =>
    JSON.stringify({
      listeners,
      devices,
      users: [{ name: "ops", credentials: { username: "ops", keyFiles: ["id"] } }],
    });
  const ssh = { transport: "ssh", address: "127.0.0.1", port: 0 };
  const tls = { transport: "tls", address: "127.0.0.1", port: 0 };

  it("is loaded anew while sessions go on; listeners and devices come and go", async () => {
    const [one, two] = [newKey(), newKey()];
    const known = (name: string, key: PrivateKey) => ({ name, fingerprints: [fingerprintOf(key)] });
    const path = file("listen.json", configWith([known("one", one)]));
    const { running, seen } = await listening(() => planFromFile(path, {}, quiet));
    const port = portOf(running, "ssh");
    callsBySsh(port, one);
    callsBySsh(port, two);
    await seen({ kind: "ready", device: "one" });
    await seen({ kind: "rejected", reason: "unknown-identity" });
    writeFileSync(path, configWith([known("one", one), known("two", two)]));
    expect(await running.reload()).toEqual(["devices added: two"]);
    await seen({ kind: "ready", device: "two" });
    expect(running.manager.connected().map(({ device }) => device)).toEqual(["one", "two"]);

    // Another listener beside it, and our certificate with it.
    writeFileSync(
      path,
      JSON.stringify({
        ...JSON.parse(configWith([known("two", two), { name: "r7", fingerprints: [pinOf(tlsDevice)] }], [ssh, tls])),
        tls: { certificateFile: manager.certFile, keyFile: manager.keyFile },
      }),
    );
    expect(await running.reload()).toEqual([
      "devices added: r7",
      "devices removed: one",
      `listening at: 127.0.0.1:${portOf(running, "tls")}`,
    ]);
    expect(portOf(running, "ssh")).toBe(port);
    callsByTls(portOf(running, "tls"), tlsDevice);
    await seen({ kind: "ready", device: "r7" });
    expect(running.manager.connected()).toHaveLength(3);

    writeFileSync(path, configWith([known("two", two)], [{ ...ssh, address: "::1" }]));
    expect(await running.reload()).toContain("no longer listening at: ssh 127.0.0.1 0, tls 127.0.0.1 0");
    expect(running.listeners).toMatchObject([{ transport: "ssh", local: expect.stringMatching(/^\[::1\]:/) }]);
    expect(running.manager.connected()).toHaveLength(3);
  });

  it("stays in force when the new one cannot be used", async () => {
    const path = file("stays.json", configWith([]));
    const { running } = await listening(() => planFromFile(path, {}, quiet));
    const { listeners } = running;
    writeFileSync(path, '{ "listeners": [ { "transport": "smoke" } ], "devices": [] }');
    await expect(running.reload()).rejects.toThrow(/stays\.json:1:\d+: \/listeners\/0\/transport/);
    writeFileSync(path, configWith([{ name: "r7", addresses: ["192.0.2.1"], credentials: badCredentials }]));
    await expect(running.reload()).rejects.toThrow(/no-such-key/);
    expect(running.listeners).toEqual(listeners);
    writeFileSync(path, configWith([{ name: "r7", addresses: ["192.0.2.1"] }]));
    expect(await running.reload()).toEqual(["devices added: r7"]);
  });
  const badCredentials = { username: "ops", keyFiles: ["no-such-key"] };

  it("says of a port that cannot be had, and tries it again with the next reload", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const path = file("ports.json", configWith([]));
    const { running } = await listening(() => planFromFile(path, {}, quiet));
    writeFileSync(path, configWith([], [ssh, { ...ssh, port }]));
    expect(await running.reload()).toEqual([expect.stringContaining(`cannot listen at 127.0.0.1:${port}`)]);
    expect(running.listeners).toHaveLength(1);
    await new Promise((resolve) => taken.close(resolve));
    expect(await running.reload()).toEqual([`listening at: 127.0.0.1:${port}`]);
    expect(running.listeners).toHaveLength(2);
  });

  it("takes passwords from where it says, and files from its own folder", async () => {
    file("password", "right\n");
    const credentials = { username: "admin", password: { file: "password" } };
    const path = file("password.json", configWith([{ name: "r7", addresses: ["192.0.2.1"], credentials }]));
    const { rules, close } = await planFromFile(path, {}, quiet);
    await close();
    expect([...(rules.devices ?? [])]).toMatchObject([
      {
        name: "r7",
        credentials: { username: "admin", authentication: [{ method: "password", password: "right" }, {}] },
      },
    ]);
  });
});

describe("the control socket", () => {
  it("is for the owner of the folder, takes the place of one left behind, and is there once", async () => {
    const at = newFolder();
    writeFileSync(controlPath(at), "left behind");
    const control = await serveControl(at, async (request) => ({ echo: request }));
    expect(statSync(controlPath(at)).mode & 0o777).toBe(0o600);
    await expect(serveControl(at, async () => undefined)).rejects.toThrow(/runs already/);
    expect(await askControl(at, { do: "status" })).toEqual({ echo: { do: "status" } });
    await control.close();
    expect(existsSync(controlPath(at))).toBe(false);
    await expect(askControl(at, {})).rejects.toMatchObject({ code: "connection-refused", fault: "transport" });
  });

  it("has a path that no system cuts off", async () => {
    const [longest, tooLong] = [91, 92].map((length) => `/${"x".repeat(length - 2)}`);
    expect(controlPath(`${longest}`)).toHaveLength(103);
    expect(() => controlPath(`${tooLong}`)).toThrow(/too long/);
    await expect(askControl(`${tooLong}`, {})).rejects.toThrow(/too long/);
  });

  it("tells what went wrong, and reads no more than a request can be", async () => {
    const at = newFolder();
    const control = await serveControl(at, () => Promise.reject(new Error("not like this")));
    stops.push(() => control.close());
    await expect(askControl(at, {})).rejects.toThrow(/refused: not like this/);
    await expect(askControl(at, "x".repeat(65_536 - '""\n'.length))).rejects.toThrow(/not like this/);
    await expect(askControl(at, "x".repeat(65_537 - '""\n'.length))).rejects.toThrow(/65536 bytes at most/);
  });

  it("knows no request that it does not know", async () => {
    const { running } = await listening(() =>
      planFromOptions({ ...login(), hostKey: [fingerprintOf(newKey())] }, quiet),
    );
    for (const request of [null, "status", {}, { do: "approve" }, { do: "forget", device: "" }, { do: "exec" }])
      await expect(answerRequest(request, running)).rejects.toThrow(/does not know/);
    await expect(answerRequest({ do: "status" }, undefined)).rejects.toThrow(/still starting/);
    await expect(answerRequest({ do: "approve", fingerprint: "SHA256:x" }, running)).rejects.toThrow(/not pending/);
  });
});

describe("watchFile()", () => {
  it("tells when a file has another content, also when another file takes its place, and only then", async () => {
    const path = file("watched", "1");
    let changes = 0;
    const onError = (error: Error): void => {
      throw error;
    };
    const stop = watchFile({ path, content: contentOf(path), onChange: () => changes++, onError });
    stops.push(async () => stop());
    renameSync(file("watched.new", "2"), path);
    await vi.waitFor(() => expect(changes).toBe(1), { timeout: 5000 });
    writeFileSync(path, "2");
    file("beside", "x");
    writeFileSync(path, "3");
    await vi.waitFor(() => expect(changes).toBe(2), { timeout: 5000 });
  });

  it("tells of what was written before it began", async () => {
    const path = file("written", "2");
    let changes = 0;
    const stop = watchFile({ path, content: "1", onChange: () => changes++, onError: () => {} });
    stops.push(async () => stop());
    await vi.waitFor(() => expect(changes).toBe(1), { timeout: 5000 });
  });

  it("says when there is nothing to watch", () => {
    const errors: Error[] = [];
    const path = join(folder, "nowhere", "listen.json");
    watchFile({ path, content: undefined, onChange: () => {}, onError: (error) => errors.push(error) })();
    expect(errors).toMatchObject([{ code: "ENOENT" }]);
  });
});

describe("netconf listen ends with", () => {
  const named = ["--host-key", `SHA256:${"A".repeat(43)}`];

  it.each<[string, number, () => readonly string[], RegExp]>([
    [
      "2 for a file with mistakes",
      2,
      () => ["--config", file("bad.json", '{\n "port": 1 }')],
      /bad\.json:1:1: .*missing — and at .*2:2: .*"port"/,
    ],
    ["2 for a file and what it takes the place of", 2, () => ["--config", "x", "--port", "0"], /--port and --config/],
    ["2 for nobody that may call", 2, () => ["-u", "ops", "-i", identity], /which devices may call/],
    ["2 for options of TLS without --tls", 2, () => [...named, "--pin", "x"], /--pin .* --tls only/],
    ["2 for a port of TLS without --tls", 2, () => [...named, "--tls-port", "0"], /--tls-port/],
    ["2 for TLS without a certificate", 2, () => ["--tls", "--state", newFolder()], /--cert/],
    ["2 for a status without a folder", 2, () => ["--status"], /--state/],
    ["2 for a name without a device", 2, () => ["--state", newFolder(), "--name", "r7"], /--approve/],
    ["3 for a status where nobody listens", 3, () => ["--state", newFolder(), "--status"], /no listener answers/],
  ])("%s", async (_name, code, args, words) => {
    expect(await run("listen", ...args())).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(words) });
  });
});

function statusIn(answer: Awaited<ReturnType<typeof answerRequest>>): Exclude<typeof answer, string> {
  if (typeof answer === "string") throw new Error(`no status: ${answer}`);
  return answer;
}

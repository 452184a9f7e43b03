import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dialTcp, listenTcp, tlsClient } from "@netconf-kit/node-adapter";
import { certificateFingerprint, readCertificate } from "@netconf-kit/tls";
import {
  allowLogin,
  callHome,
  commit,
  createNetconfServer,
  type Dial,
  type DuplexSocket,
  editConfig,
  expectOk,
  fingerprintSha256,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  getConfig,
  listenCallHome,
  parseAuthorizedKeys,
  parseXml,
  type ServeEvent,
  serializeXml,
} from "netconf-kit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { random, startOurManager, systemNamespace } from "../interop/our-ends.ts";
import { testAuthority } from "../support/test-authority.ts";
import { netconf, type Running, startNetconf } from "./run-netconf.ts";

const userKey = generateKey("ssh-ed25519", random);
const hostKey = generateKey("ssh-ed25519", random);
const publicLine = `${formatPublicKey({ type: userKey.type, publicBlob: userKey.publicBlob, comment: "" })}\n`;

let folder = "";
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "netconf-killed-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** `netconf listen` in a process of its own. */
async function startManager(port = "0"): Promise<{ readonly port: string; readonly kill: () => void }> {
  const known = [
    "--host-key",
    fingerprintSha256(hostKey.publicBlob),
    "-u",
    "ops",
    "-i",
    file("id", formatPrivateKey(userKey)),
  ];
  const manager = startNetconf(["listen", "--address", "127.0.0.1", "--port", port, ...known]);
  const kill = (): void => void manager.child.kill("SIGKILL");
  stops.push(kill);
  const [, at = ""] = await manager.until(/listening at 127\.0\.0\.1:(\d+)/);
  return { port: at, kill };
}

/** The socket, and `onChunk` is told how many chunks have come. */
function counted(socket: DuplexSocket, onChunk: (count: number) => void): DuplexSocket {
  let count = 0;
  return {
    closed: socket.closed,
    ...(socket.remote !== undefined && { remote: socket.remote }),
    read: async () => {
      const chunk = await socket.read();
      onChunk(++count);
      return chunk;
    },
    write: (bytes) => socket.write(bytes),
    closeWrite: () => socket.closeWrite(),
    close: (reason) => socket.close(reason),
    [Symbol.asyncDispose]: () => socket.close(),
  };
}

type Step = { readonly chunks: number } | { readonly event: ServeEvent["type"] };

/** What the device makes of the end: a failed attempt, or a connection that is over. */
const steps: readonly { readonly at: string; readonly step: Step; readonly end: "failed" | "closed" }[] = [
  { at: "as soon as TCP stands", step: { event: "connected" }, end: "failed" },
  { at: "after its first words", step: { chunks: 1 }, end: "failed" },
  { at: "in the key exchange", step: { chunks: 2 }, end: "failed" },
  { at: "as it logs in", step: { chunks: 3 }, end: "failed" },
  { at: "when it has logged in", step: { event: "authenticated" }, end: "closed" },
  { at: "in its session", step: { event: "session-started" }, end: "closed" },
];

describe("a device that calls home comes back to a manager that was killed", () => {
  for (const { at, step, end } of steps) {
    it(at, async () => {
      const victim = await startManager();
      const server = await createNetconfServer({});
      const told: string[] = [];
      let alive = true;
      const kill = (): void => {
        if (!alive) return;
        alive = false;
        victim.kill();
      };
      const dial: Dial = async (options) => {
        const socket = await dialTcp({ host: "127.0.0.1", port: Number(victim.port) })(options);
        return counted(socket, (count) => "chunks" in step && count === step.chunks && kill());
      };
      const device = callHome({
        endpoints: [{ name: "noc", dial }],
        server,
        hostKeys: [hostKey],
        authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(publicLine) }),
        policy: {
          retryInterval: 100,
          backoff: 1,
          onEvent: ({ kind }) => void (alive || told.push(kind)),
        },
        onServeEvent: ({ type }) => {
          if ("event" in step && type === step.event) kill();
        },
      });
      stops.push(
        () => device.stop(),
        () => server.close(),
      );
      const firstEnd = (): string | undefined => told.find((kind) => kind === "failed" || kind === "closed");
      await expect.poll(firstEnd, { timeout: 20_000 }).toBe(end);
      await startManager(victim.port);
      await expect.poll(() => told.at(-1), { timeout: 20_000 }).toBe("connected");
      expect(device.status()).toMatchObject({ state: "connected", active: "noc" });
    });
  }
});

describe("a device that was killed", () => {
  it("calls home again with its host key and all that was committed", async () => {
    const manager = await startOurManager({
      fingerprint: fingerprintSha256(hostKey.publicBlob),
      user: "ops",
      userKeyText: formatPrivateKey(userKey),
    });
    stops.push(manager.stop);
    const start = (): Running => {
      const running = startNetconf([
        ...["call-home", `127.0.0.1:${manager.port}`, "--state", join(folder, "state")],
        ...["--host-key", file("host_key", formatPrivateKey(hostKey)), "--authorized-keys", file("keys", publicLine)],
      ]);
      stops.push(() => running.child.kill("SIGKILL"));
      return running;
    };
    const first = start();
    const { session } = await manager.next();
    const content = parseXml(`<system xmlns="${systemNamespace}"><hostname>kept</hostname></system>`);
    expectOk(await session.rpc(editConfig("candidate", content)));
    expectOk(await session.rpc(commit()));
    first.child.kill("SIGKILL");
    await first.finished;
    start();
    const again = await manager.next();
    expect(serializeXml(expectOk(await again.session.rpc(getConfig("running"))))).toContain(
      "<hostname>kept</hostname>",
    );
  });
});

describe("netconf call-home --side-by-side", () => {
  it("holds sessions with several managers, shows where it stands, and remembers who answered", async () => {
    const access = {
      fingerprint: fingerprintSha256(hostKey.publicBlob),
      user: "ops",
      userKeyText: formatPrivateKey(userKey),
    };
    const managers = [await startOurManager(access), await startOurManager(access)];
    for (const { stop } of managers) stops.push(stop);
    const down = await listenTcp();
    await down.close();
    const at = managers.map(({ port }) => `127.0.0.1:${port}`);
    const state = join(folder, "side-by-side");
    const device = startNetconf([
      ...["call-home", "--side-by-side", ...at, `127.0.0.1:${down.port}`, "--state", state, "--retry-max", "1"],
      ...["--host-key", file("host_key", formatPrivateKey(hostKey)), "--authorized-keys", file("keys", publicLine)],
    ]);
    stops.push(device.interrupt);
    for (const { next } of managers) expectOk(await (await next()).session.rpc(getConfig("running")));
    device.child.kill("SIGUSR2");
    for (const address of at) await device.until(new RegExp(`^${address}: connected ${address}$`, "m"));
    await device.until(/: waiting\n.*1 failed in a row; last error: cannot connect to .*; next try in \d/);
    expect((await device.interrupt()).code).toBe(0);
    expect(JSON.parse(readFileSync(join(state, "last-connected.json"), "utf8"))).toEqual(
      Object.fromEntries(at.map((address) => [address, address])),
    );
  });
});

describe("netconf call-home --tls", () => {
  it("RFC 8071 §6: calls a manager over TLS, known by its certificate", async () => {
    const ca = testAuthority();
    stops.push(() => ca.remove());
    const [own, theirs] = [ca.issue({ subject: "/CN=router-7" }), ca.issue({ subject: "/CN=noc" })];
    const listener = await listenTcp();
    const manager = listenCallHome({
      listeners: listener,
      tls: tlsClient({ cert: theirs.cert, key: theirs.key, ca: ca.cert }),
      devices: [
        {
          name: "router-7",
          fingerprints: [certificateFingerprint(readCertificate(new X509Certificate(own.cert).raw))],
        },
      ],
    });
    stops.push(() => manager.close({ sessions: true }));
    const device = startNetconf([
      ...["call-home", `127.0.0.1:${listener.port}`, "--tls", "--cert", own.certFile, "--key", own.keyFile],
      ...["--ca", ca.certFile, "--user", "ops"],
    ]);
    stops.push(device.interrupt);
    await device.until(/logged in as ops/);
    const { value } = await manager.sessions[Symbol.asyncIterator]().next();
    expect(value.device).toBe("router-7");
    expectOk(await value.session.rpc(getConfig("running")));
  });
});

describe("netconf call-home and call-home-proxy that cannot go on", () => {
  it("end with 3 and why, once nobody is to be called any more", async () => {
    const listener = await listenTcp();
    await listener.close();
    const { port } = listener;
    const keys = file("keys", publicLine);
    const once = await netconf(["call-home", `127.0.0.1:${port}`, "--now", "--authorized-keys", keys]);
    expect(once.code).toBe(3);
    expect(once.stderr).toMatch(/netconf: transport: cannot connect to .*\n$/);
    const rounds = ["--max-rounds", "2", "--retry-max", "1", "--retry-interval", "0.05", "--to", "127.0.0.1:9"];
    const given = await netconf(["call-home-proxy", `127.0.0.1:${port}`, ...rounds]);
    expect(given.code).toBe(3);
    expect(given.stderr.match(/failed:/g)).toHaveLength(2);
  });

  it("end with 2 when there is no program to run", async () => {
    const listener = await listenTcp();
    stops.push(() => listener.close());
    const { code, stderr } = await netconf([
      "call-home-proxy",
      `127.0.0.1:${listener.port}`,
      "--exec",
      "/nowhere/sshd -i",
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot run "/nowhere/sshd"');
  });

  it.each([
    ["neither --to nor --exec", ["call-home-proxy", "noc"]],
    ["both", ["call-home-proxy", "noc", "--to", "127.0.0.1:22", "--exec", "sshd -i"]],
    ["--to without a port", ["call-home-proxy", "noc", "--to", "127.0.0.1"]],
    ["a quote without its end", ["call-home-proxy", "noc", "--exec", "'sshd -i"]],
  ])("end with 2: %s", async (_name, args) => {
    expect((await netconf(args)).code).toBe(2);
  });
});

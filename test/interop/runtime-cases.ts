import { execFile, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { dialCases, type SocketFeature, socketCases } from "@netconf-kit/conformance";
import { fingerprintSha256, formatPrivateKey, formatPublicKey, generateKey, type PrivateKey } from "netconf-kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transcriptCases } from "../../packages/ssh/test/replay/transcripts.ts";
import { type Running, startNetconf } from "../cross/run-netconf.ts";
import { type IssuedCertificate, type TestAuthority, testAuthority } from "../support/test-authority.ts";
import { random } from "./our-ends.ts";

/** A JavaScript runtime that runs the parts of test/runtimes/common with the built packages. */
export interface Runtime {
  readonly name: string;
  readonly command: string;
  /** What comes before the part's name. */
  readonly args: readonly string[];
  /** What its TLS lacks. */
  readonly tlsWithout: readonly SocketFeature[];
  /** Registers what only this runtime has. */
  readonly alone?: () => void;
}

type Line = Readonly<Record<string, unknown>>;

/** Where a file of test/runtimes is. */
export function runtimePath(name: string): string {
  return fileURLToPath(new URL(`../runtimes/${name}`, import.meta.url));
}

/** Registers what has to hold in every runtime, where this one is installed. */
export function testRuntime(runtime: Runtime): void {
  describe.runIf(isHere(runtime))(`in ${runtime.name}`, () => describeRuntime(runtime));
}

function isHere({ name, command }: Runtime): boolean {
  if (existsSync(command)) return true;
  const advice = `${name} is not here: run "npm run peers"`;
  if (process.env.REQUIRE_PEERS === "1") throw new Error(advice);
  process.stderr.write(`skipped: ${advice}\n`);
  return false;
}

function describeRuntime(runtime: Runtime): void {
  let world: World;
  beforeAll(() => {
    world = makeWorld();
  });
  afterAll(() => world.remove());
  const run = (part: string): Promise<readonly Line[]> => runPart(runtime, part, world.env);

  it("its TCP passes every socket case, dialling and listening too", async () => {
    expect(await run("sockets")).toEqual([...socketCases, ...dialCases].map(({ name }) => ({ name })));
  }, 120_000);

  it("its TLS passes every socket case, but for what is known to lack", async () => {
    const lacks = (needs: readonly SocketFeature[]) => needs.some((feature) => runtime.tlsWithout.includes(feature));
    expect(await run("tls-sockets")).toEqual(
      socketCases.map(({ name, needs }) => (lacks(needs) ? { name, outcome: "left-out" } : { name })),
    );
  }, 120_000);

  it("its WebSockets pass every socket case, but for what no WebSocket has", async () => {
    expect(await run("web-sockets")).toEqual(
      socketCases.map(({ name, needs }) => (needs.length > 0 ? { name, outcome: "left-out" } : { name })),
    );
  });

  it("recorded SSH conversations come out byte for byte", async () => {
    expect(await run("transcripts")).toEqual(transcriptCases.map(({ name }) => ({ name })));
  }, 120_000);

  it("a device calls home and is managed, and serves in the usual direction", async () => {
    expect(await run("road")).toEqual([
      { step: "identified router" },
      { step: "committed" },
      { step: "read back" },
      { step: "ended" },
    ]);
  });

  it("TLS carries NETCONF in both directions, and refuses whom it has to", async () => {
    expect(await run("tls-road")).toEqual([
      { step: "dialled" },
      { step: "wrong name", outcome: "tls wrong-name" },
      { step: "wrong authority", outcome: "tls closed-after-handshake" },
      { step: "called by router" },
    ]);
  });

  runtime.alone?.();

  describe("and processes of Node.js, over SSH and TLS", () => {
    it("are manager and device to each other, whoever dials", async () => {
      const peers = await startPeers(world);
      try {
        const steps = await playRoles(runtime, world, peers);
        expect(steps.slice(0, 5)).toEqual([
          "ssh manager dials",
          "tls manager dials",
          "ssh device calls",
          "tls device calls",
          "listening",
        ]);
        expect(steps.slice(5).sort()).toEqual([
          "ssh device listens",
          "ssh manager listens",
          "tls device listens",
          "tls manager listens",
        ]);
        await peers.manager.until(/ready: SHA256:\S+, session[\s\S]*ready: SHA256:\S+, session/);
      } finally {
        await peers.stop();
      }
    }, 120_000);
  });
}

/** Keys and certificates of everybody, as files and in the environment of the runtime. */
interface World {
  readonly file: (name: string) => string;
  readonly ours: PrivateKey;
  readonly theirs: PrivateKey;
  readonly user: PrivateKey;
  readonly authorizedKeys: string;
  readonly ca: TestAuthority;
  readonly device: IssuedCertificate;
  readonly manager: IssuedCertificate;
  readonly env: Readonly<Record<string, string>>;
  readonly remove: () => void;
}

function makeWorld(): World {
  const folder = mkdtempSync(join(tmpdir(), "netconf-runtime-"));
  const file = (name: string): string => join(folder, name);
  const [ca, other] = [testAuthority(), testAuthority("/CN=Other Authority")];
  const device = ca.issue({ altNames: "DNS:r7.example.net" });
  const manager = ca.issue({ altNames: "DNS:ops.example.net" });
  const pair = ({ cert, key }: IssuedCertificate) => ({ cert, key });
  const certificates = {
    ca: ca.cert,
    fingerprint: `SHA256:${new X509Certificate(ca.cert).fingerprint256}`,
    device: pair(device),
    manager: pair(manager),
    stranger: pair(other.issue()),
  };
  other.remove();
  const [ours, theirs, user] = [newKey(), newKey(), newKey()];
  const authorizedKeys = formatPublicKey({ type: user.type, publicBlob: user.publicBlob, comment: "ops" });
  writeFileSync(file("user"), formatPrivateKey(user), { mode: 0o600 });
  writeFileSync(file("host"), formatPrivateKey(theirs), { mode: 0o600 });
  writeFileSync(file("authorized"), `${authorizedKeys.trim()}\n`);
  const system = '<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>node</hostname></system>';
  writeFileSync(file("data.xml"), system);
  const remove = (): void => {
    ca.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  const env = { TLS_CERTIFICATES: JSON.stringify(certificates) };
  return { file, ours, theirs, user, authorizedKeys, ca, device, manager, env, remove };
}

function newKey(): PrivateKey {
  return generateKey("ssh-ed25519", random);
}

/** Processes of Node.js that wait for the runtime. */
interface Peers {
  readonly manager: Running;
  readonly ports: Readonly<Record<"serveSsh" | "serveTls" | "listenSsh" | "listenTls", number>>;
  readonly stop: () => Promise<unknown>;
}

const sshDevice = ({ file }: World): readonly string[] => [
  ...["--host-key", file("host"), "--authorized-keys", file("authorized"), "--data", file("data.xml")],
];
const sshManager = ({ file, ours }: World): readonly string[] => [
  ...["--host-key", fingerprintSha256(ours.publicBlob), "-u", "ops", "-i", file("user")],
];
const tlsDevice = ({ device, ca, file }: World): readonly string[] => [
  ...["--tls", "--cert", device.certFile, "--key", device.keyFile, "--ca", ca.certFile, "-u", "ops"],
  ...["--data", file("data.xml")],
];
const tlsManager = ({ manager, ca }: World): readonly string[] => [
  ...["--tls", "--cert", manager.certFile, "--key", manager.keyFile, "--ca", ca.certFile],
];

async function startPeers(world: World): Promise<Peers> {
  const here = ["--address", "127.0.0.1", "--port", "0"];
  const pin = `SHA256:${new X509Certificate(world.device.cert).fingerprint256}`;
  const ssh = startNetconf(["serve", ...here, ...sshDevice(world)]);
  const tls = startNetconf(["serve", ...here, ...tlsDevice(world)]);
  const manager = startNetconf([
    ...["listen", ...here, "--tls-port", "0", ...sshManager(world), ...tlsManager(world), "--pin", pin],
  ]);
  const stop = () => Promise.all([ssh, tls, manager].map((each) => each.interrupt()));
  const port = async (running: Running, transport = ""): Promise<number> =>
    Number((await running.until(new RegExp(`listening at 127\\.0\\.0\\.1:(\\d+)${transport}`)))[1]);
  try {
    const ports = {
      serveSsh: await port(ssh),
      serveTls: await port(tls),
      listenSsh: await port(manager, " for ssh"),
      listenTls: await port(manager, " for tls"),
    };
    return { manager, ports, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Lets the runtime play every role; gives the steps in the order in which they held. */
async function playRoles(runtime: Runtime, world: World, { ports }: Peers): Promise<readonly string[]> {
  const roles = {
    ...ports,
    theirFingerprint: fingerprintSha256(world.theirs.publicBlob),
    hostKey: formatPrivateKey(world.ours),
    userKey: formatPrivateKey(world.user),
    authorizedKeys: world.authorizedKeys,
  };
  const child = spawn(runtime.command, [...runtime.args, "roles"], {
    env: { ...process.env, ...world.env, ROLES: JSON.stringify(roles), DENO_NO_UPDATE_CHECK: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  const callers: Running[] = [];
  const steps: string[] = [];
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints += chunk;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { step, ports: places } = JSON.parse(line);
    steps.push(step);
    if (step === "listening") callers.push(...startCallers(world, places));
  }
  const finished = await Promise.all(callers.map((each) => each.finished));
  const failed = finished.filter(({ code }) => code !== 0).map(({ stderr }) => stderr);
  if (complaints !== "" || failed.length > 0)
    throw new Error([`after ${steps.join(", ")}:`, complaints, ...failed].join("\n"));
  return steps;
}

/** Processes that come to the runtime where it listens, and end by themselves. */
function startCallers(world: World, [ssh, tls, sshCalls, tlsCalls]: readonly number[]): readonly Running[] {
  const at = (port: number | undefined): string => `127.0.0.1:${port}`;
  return [
    startNetconf(["get-config", at(ssh), "--no-ssh-config", ...sshManager(world)]),
    startNetconf(["get-config", at(tls), "--no-ssh-config", ...tlsManager(world), "--server-name", "r7.example.net"]),
    startNetconf(["call-home", at(sshCalls), "--now", ...sshDevice(world)]),
    startNetconf(["call-home", at(tlsCalls), "--now", ...tlsDevice(world)]),
  ];
}

/** Runs one part to its end; gives the lines it wrote. */
async function runPart(
  { name, command, args }: Runtime,
  part: string,
  variables: Readonly<Record<string, string>>,
): Promise<readonly Line[]> {
  const { stdout } = await promisify(execFile)(command, [...args, part], {
    timeout: 110_000,
    env: { ...process.env, ...variables, DENO_NO_UPDATE_CHECK: "1" },
  }).catch((cause: { readonly stdout: string; readonly stderr: string }) => {
    throw new Error(`${part} in ${name} failed after:\n${cause.stdout}${cause.stderr}`, { cause });
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

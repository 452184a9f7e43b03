import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import {
  type AuthenticateClient,
  allowLogin,
  connect,
  createNetconfServer,
  editConfig,
  expectOk,
  fingerprintSha256,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  getConfig,
  type NetconfServer,
  type PrivateKey,
  parseAuthorizedKeys,
  parseXml,
  serializeXml,
  serve,
  trustFingerprints,
} from "netconf-kit";

const root = fileURLToPath(new URL("../../", import.meta.url));
const system = `<system xmlns="urn:example"><name>router-7</name></system>`;

/** Where the places that a program names really are. */
export interface Places {
  readonly port: number;
  readonly managerPort?: number;
}

/** A program while it runs. */
export interface Program {
  /** Resolves once it has written something like this. */
  readonly shows: (pattern: RegExp) => Promise<void>;
  readonly ended: Promise<number | null>;
}

/** The programs below `## Quick starts` in README.md, by their titles. */
export function quickStarts(): ReadonlyMap<string, string> {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, part = ""] = /^## Quick starts$([\s\S]*?)^## /m.exec(readme) ?? [];
  const programs = part.matchAll(/^### (.*)\n\n```js\n([\s\S]*?)^```$/gm);
  return new Map(Array.from(programs, ([, title = "", code = ""]) => [title, code]));
}

/** A folder with the keys that the quick starts read and the packages that they import, and what they talk to. */
export class QuickStartWorld implements AsyncDisposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "netconf-quick-"));
  readonly hostKey: PrivateKey = generateKey("ssh-ed25519", random);
  readonly userKey: PrivateKey = generateKey("ssh-ed25519", random);
  readonly fingerprint: string = fingerprintSha256(this.hostKey.publicBlob);
  readonly login = {
    username: "admin",
    authentication: [{ method: "publickey", key: this.userKey } as const],
  };
  readonly authenticate: AuthenticateClient = allowLogin({
    username: "admin",
    authorizedKeys: parseAuthorizedKeys(formatPublicKey(this.userKey)),
    password: "correct horse",
  });
  readonly #cleanups: (() => unknown)[] = [() => rmSync(this.folder, { recursive: true, force: true })];

  constructor() {
    const secret = { mode: 0o600 };
    writeFileSync(join(this.folder, "id_ed25519"), formatPrivateKey(this.userKey), secret);
    writeFileSync(join(this.folder, "ssh_host_ed25519_key"), formatPrivateKey(this.hostKey), secret);
    writeFileSync(join(this.folder, "authorized_keys"), formatPublicKey(this.userKey));
    writeFileSync(join(this.folder, "package.json"), JSON.stringify({ type: "module" }));
    // What `npm install` of just these packages gives.
    const modules = join(this.folder, "node_modules");
    mkdirSync(modules);
    symlinkSync(join(root, "node_modules/@netconf-kit"), join(modules, "@netconf-kit"), "junction");
    symlinkSync(join(root, "packages/netconf"), join(modules, "netconf-kit"), "junction");
  }

  /** Writes a program as it stands, but for the addresses, the ports and the key of a device that is only here. */
  write(title: string, { port, managerPort = port }: Places): string {
    const code = quickStarts().get(title);
    if (code === undefined) throw new Error(`README.md has no quick start "${title}"`);
    const file = join(this.folder, `${title.replaceAll(/\W+/g, "-").toLowerCase()}.js`);
    const here = code
      .replaceAll(/"(192\.0\.2\.1|noc\.example|::)"/g, '"127.0.0.1"')
      .replaceAll("wss://relay.example/", `ws://127.0.0.1:${port}/`)
      .replaceAll("port: 830 ", `port: ${port} `)
      .replaceAll("port: 4334 ", `port: ${managerPort} `)
      .replaceAll("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", this.fingerprint);
    writeFileSync(file, here);
    return file;
  }

  /** Runs a command in the folder until the end of the test. */
  run(command: string, args: readonly string[]): Program {
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...process.env, HOME: this.folder, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    this.defer(() => {
      child.kill("SIGKILL");
      return ended;
    });
    return { shows: watch(child), ended };
  }

  /** A device that listens, with something in its configuration. */
  async device(): Promise<{ readonly port: number; readonly server: NetconfServer }> {
    const listener = await listenTcp();
    const server = await this.server();
    const service = serve({ listener, server, hostKeys: [this.hostKey], authenticate: this.authenticate });
    this.defer(() => service.close());
    return { port: listener.port, server };
  }

  async server(): Promise<NetconfServer> {
    const server = await createNetconfServer();
    await server.edit("running", parseXml(`<config>${system}</config>`));
    this.defer(() => server.close());
    return server;
  }

  /** Changes the configuration of a device and reads it again. */
  async editAndRead(port: number): Promise<string> {
    const dial = dialTcp({ host: "127.0.0.1", port });
    const verifyHostKey = trustFingerprints([this.fingerprint]);
    const { session, close } = await connect({ ...this.login, dial, verifyHostKey });
    expectOk(await session.rpc(editConfig("running", parseXml(system))));
    const running = serializeXml(expectOk(await session.rpc(getConfig("running"))));
    await close();
    return running;
  }

  /** What is done at the end, the last first. */
  defer(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
  }
}

export async function freePort(): Promise<number> {
  const listener = await listenTcp();
  await listener.close();
  return listener.port;
}

/** Waits until a program listens. Rejects with what it has written when it ends instead. */
export async function listens(program: Program, port: number): Promise<void> {
  const dial = dialTcp({ host: "127.0.0.1", port });
  let over = false;
  const reached = async (): Promise<void> => {
    while (!over) {
      try {
        return await (await dial()).close();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const nothing = /(?!)/;
  try {
    await Promise.race([reached(), program.shows(nothing)]);
  } finally {
    over = true;
  }
}

function random(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

function watch(child: ChildProcess): Program["shows"] {
  let output = "";
  let over = false;
  const watchers = new Set<() => void>();
  const wake = (): void => {
    for (const watcher of watchers) watcher();
  };
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      output += chunk;
      wake();
    });
  child.once("close", () => {
    over = true;
    wake();
  });
  return (pattern) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(output)) resolve();
        else if (over) reject(new Error(`ended, and never wrote ${pattern}:\n${output}`));
        else return;
        watchers.delete(look);
      };
      watchers.add(look);
      look();
    });
}

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** For each entry point one use of what it exports, and what that gives; `lib` is the bundle. */
const uses: Readonly<Record<string, readonly [use: string, result: unknown]>> = {
  "@netconf-kit/framing": [
    `lib.encodeMessage("chunked", new TextEncoder().encode("<a/>")).map((piece) => new TextDecoder().decode(piece)).join("")`,
    "\n#4\n<a/>\n##\n",
  ],
  "@netconf-kit/xml": [`lib.serializeXml(lib.parseXml("<a xmlns='urn:x'>1</a>"))`, '<a xmlns="urn:x">1</a>'],
  "@netconf-kit/xml/saxes": [`lib.parseXmlBySaxes("<a xmlns='urn:x'/>").namespace`, "urn:x"],
  "@netconf-kit/socket": [
    `(async () => {
      const [left, right] = lib.memoryPair();
      await left.write(Uint8Array.of(7));
      return [...await right.read()];
    })()`,
    [7],
  ],
  "@netconf-kit/tls": [
    `(() => { try { lib.parseServerName("no name"); } catch (error) { return error.code; } })()`,
    "invalid-options",
  ],
  "@netconf-kit/ssh": [
    `lib.fingerprintSha256(lib.generateKey("ssh-ed25519", (length) => new Uint8Array(length)).publicBlob)`,
    "SHA256:tAXFyTXI8xtDaujAEcwJslAYc9/6FKcUkd2Lw0xDhPo",
  ],
  "@netconf-kit/ssh/slim": ["lib.slim.cipher.length > 0", true],
  "@netconf-kit/ssh/legacy": [
    `lib.legacyAlgorithms({ dangerouslyAllow: ["cbc-ciphers"] }).cipher.some(({ name }) => name === "aes256-cbc")`,
    true,
  ],
  "@netconf-kit/core": [`lib.getConfig("running").name`, "get-config"],
  "@netconf-kit/server": [`lib.createNetconfServer().then((server) => server.close()).then(() => "closed")`, "closed"],
  "@netconf-kit/call-home": [`lib.isAddress("2001:db8::1")`, true],
  "@netconf-kit/conformance": [
    `lib.readExactly({ read: async () => Uint8Array.of(7) }, 1).then((bytes) => [...bytes])`,
    [7],
  ],
  "@netconf-kit/web-adapter": [
    `(async () => {
      const [there, back] = [new TransformStream(), new TransformStream()];
      const left = lib.streamSocket({ readable: back.readable, writable: there.writable });
      const right = lib.streamSocket({ readable: there.readable, writable: back.writable });
      left.write(Uint8Array.of(7));
      return [...await right.read()];
    })()`,
    [7],
  ],
  "netconf-kit": [
    `lib.connect({ dial: async () => { throw new Error("nobody there"); } }).catch(({ message }) => message)`,
    "nobody there",
  ],
  "netconf-kit/slim": [
    `lib.connect({ dial: async () => { throw new Error("nobody there"); } }).catch(({ message }) => message)`,
    "nobody there",
  ],
  "@netconf-kit/relay/page": [`lib.dialUrl("ws://[::1]:1", "[::1]:2")`, "ws://[::1]:1/dial?target=%5B%3A%3A1%5D%3A2"],
};

/** How the packages are bundled, as what is published. */
const targets = {
  "a browser": ["browser"],
  "a Worker": ["workerd", "worker", "browser"],
} as const;

/** What a bundle may find besides the language. Nothing of Node.js: no `process`, `Buffer`, `require`, `global`, `setImmediate`. */
const web =
  "globalThis TextEncoder TextDecoder AbortController AbortSignal EventTarget Event crypto performance queueMicrotask setTimeout clearTimeout ReadableStream WritableStream TransformStream";

const root = new URL("../../", import.meta.url);

describe.each(Object.entries(targets))("portable packages, bundled for %s with nothing polyfilled", (_, conditions) => {
  let barren: BarrenWorker;
  beforeAll(() => {
    barren = new BarrenWorker();
  });
  afterAll(() => barren.end());

  it.each(portableEntries())("%s runs", async (entry) => {
    const [use, result] = uses[entry] ?? [];
    if (use === undefined) throw new Error(`"${entry}" is new: say in this file what is used of it`);
    const bundled = await bundle(entry, conditions);
    expect(await barren.run(bundled, use)).toEqual(result);
  });

  it("a package of Node.js cannot be bundled, and what a bundle asks of Node.js is not there", async () => {
    await expect(bundle("@netconf-kit/node-adapter", conditions)).rejects.toThrow('Could not resolve "node:');
    for (const name of ["process", "Buffer", "require", "global", "setImmediate", "WebSocket"])
      await expect(barren.run("", name)).rejects.toThrow(`ReferenceError: ${name} is not defined`);
  });
});

/** Those that are compiled with nothing in scope but types/portable, but for the adapter of one runtime; and the relay's part for pages. */
function portableEntries(): readonly string[] {
  const folders = readdirSync(new URL("packages", root)).filter((folder) => {
    const { compilerOptions } = json(`packages/${folder}/tsconfig.json`);
    return folder !== "bun-adapter" && String(compilerOptions.types) === "portable";
  });
  const entries = folders.flatMap((folder) => {
    const { name, exports } = json(`packages/${folder}/package.json`);
    return Object.keys(exports).map((path) => name + path.slice(1));
  });
  return [...entries, "@netconf-kit/relay/page"];
}

function json(path: string) {
  return JSON.parse(readFileSync(new URL(path, root), "utf8"));
}

/** One script that leaves everything in `lib`. Fails where an import leads to something of Node.js, or to nothing. */
async function bundle(entry: string, conditions: readonly string[]): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(entry)}`, resolveDir: fileURLToPath(root) },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "lib",
    platform: "browser",
    conditions: [...conditions],
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild gave nothing");
  return file.text;
}

/** A thread from whose globals everything was taken that browsers and workers do not have alike. */
class BarrenWorker {
  readonly #worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
    const language = new Set(Object.getOwnPropertyNames(require("node:vm").runInNewContext("globalThis")));
    const kept = new Set(${JSON.stringify(web.split(" "))});
    for (const name of Object.getOwnPropertyNames(globalThis))
      if (!language.has(name) && !kept.has(name)) delete globalThis[name];
    const evaluate = eval;
    parentPort.on("message", async ([bundle, use]) => {
      try {
        parentPort.postMessage({ result: await evaluate("(() => {" + bundle + "; return " + use + "; })()") });
      } catch (error) {
        parentPort.postMessage({ error: String(error?.stack ?? error) });
      }
    });`,
    { eval: true },
  );

  run(bundle: string, use: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#worker.once("error", reject);
      this.#worker.once("message", ({ result, error }) => {
        this.#worker.off("error", reject);
        if (error === undefined) resolve(result);
        else reject(new Error(error));
      });
      this.#worker.postMessage([bundle, use]);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

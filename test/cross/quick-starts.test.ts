import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import { callHome, listenCallHome, parseXml } from "netconf-kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort, listens, QuickStartWorld, quickStarts } from "./quick-start-world.ts";

const runtimes = fileURLToPath(new URL("../runtimes/node_modules/.bin", import.meta.url));

let world: QuickStartWorld;
beforeEach(() => {
  world = new QuickStartWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

describe("the quick starts in README.md", () => {
  it("are these, of at most 30 lines each", () => {
    const lines = Array.from(quickStarts(), ([title, code]) => [title, code.split("\n").length - 1] as const);
    expect(lines.filter(([, length]) => length > 30)).toEqual([]);
    expect(lines.map(([title]) => title)).toEqual([
      "Node.js: manage a device",
      "Node.js: let devices call home",
      "Node.js: be a device",
      "Deno: listen to a device",
      "Bun: be a device",
      "Cloudflare Worker: manage a device",
      "Browser: manage a device",
    ]);
  });

  it("Node.js: manage a device", async () => {
    const file = world.write("Node.js: manage a device", await world.device());
    const program = world.run(process.execPath, [file]);
    await program.shows(/<name>router-7<\/name>/);
    expect(await program.ended).toBe(0);
  });

  it("Node.js: let devices call home", async () => {
    const port = await freePort();
    const program = world.run(process.execPath, [world.write("Node.js: let devices call home", { port })]);
    await listens(program, port);
    const calls = callHome({
      endpoints: [{ name: "noc", dial: dialTcp({ host: "127.0.0.1", port }) }],
      server: await world.server(),
      hostKeys: [world.hostKey],
      authenticate: world.authenticate,
    });
    world.defer(() => calls.stop());
    await program.shows(/^router-7 1$/m);
  });

  it("Node.js: be a device", async () => {
    const port = await freePort();
    const listener = await listenTcp();
    const devices = [{ name: "r7", fingerprints: [world.fingerprint], credentials: world.login }];
    const manager = listenCallHome({ listeners: listener, devices });
    world.defer(() => manager.close({ sessions: true }));
    const file = world.write("Node.js: be a device", { port, managerPort: listener.port });
    await listens(world.run(process.execPath, [file]), port);
    for await (const { device } of manager.sessions) {
      expect(device).toBe("r7");
      break;
    }
    expect(await world.editAndRead(port)).toContain("<name>router-7</name>");
    expect(readFileSync(join(world.folder, "running.xml"), "utf8")).toContain("router-7");
  });

  it.runIf(isHere("deno"))("Deno: listen to a device", async () => {
    const { port, server } = await world.device();
    const file = world.write("Deno: listen to a device", { port });
    const args = ["run", "--no-lock", "--node-modules-dir=manual", "--allow-net", "--allow-read", file];
    const program = world.run(join(runtimes, "deno"), args);
    await program.shows(/^subscribed$/m);
    server.notify(parseXml(`<link-down xmlns="urn:example"/>`));
    await program.shows(/^\d{4}-\d\d-\d\dT.*<link-down xmlns="urn:example"\/>$/m);
  });

  it.runIf(isHere("bun"))("Bun: be a device", async () => {
    const port = await freePort();
    const program = world.run(join(runtimes, "bun"), [world.write("Bun: be a device", { port })]);
    await listens(program, port);
    expect(await world.editAndRead(port)).toContain("<name>router-7</name>");
    await program.shows(/^changed by admin$/m);
  });
});

function isHere(runtime: string): boolean {
  if (existsSync(join(runtimes, runtime))) return true;
  const advice = `${runtime} is not here: run "npm run peers"`;
  if (process.env.REQUIRE_PEERS === "1") throw new Error(advice);
  process.stderr.write(`skipped: ${advice}\n`);
  return false;
}

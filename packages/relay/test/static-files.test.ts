import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRelay, type Relay, staticFiles } from "../src/mod.ts";
import { token } from "./lab.ts";

let folder = "";
let relay: Relay;
let base = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "netconf-relay-"));
  mkdirSync(join(folder, "page", "assets"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "secret");
  writeFileSync(join(folder, "page", "index.html"), "<!doctype html>");
  writeFileSync(join(folder, "page", "assets", "main.js"), "export {};");
  relay = await createRelay({ token, files: staticFiles(join(folder, "page")) });
  base = relay.url.replace("ws:", "http:");
});
afterAll(async () => {
  await relay.close();
  rmSync(folder, { recursive: true });
});

describe("staticFiles", () => {
  it("serves what is in the folder, with its type", async () => {
    const page = await fetch(`${base}/?query`);
    expect([page.status, page.headers.get("content-type"), await page.text()]).toEqual([
      200,
      "text/html; charset=utf-8",
      "<!doctype html>",
    ]);
    const script = await fetch(`${base}/assets/main.js`);
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    const head = await fetch(`${base}/index.html`, { method: "HEAD" });
    expect([head.headers.get("content-length"), await head.text()]).toEqual(["15", ""]);
  });

  it("lets a page do nothing but load from here and open WebSockets to here", async () => {
    const { headers } = await fetch(`${base}/`);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'self'; ");
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${relay.port} wss://127.0.0.1:${relay.port}; `);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|data:/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  it.each([
    "/secret.txt",
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "//secret.txt",
    "/assets/",
    "/assets/../../secret.txt",
  ])("has nothing at %s", async (path) => {
    const { request } = await import("node:http");
    const status = await new Promise((resolve, reject) => {
      // fetch would tidy the path up
      const asked = request({ host: "127.0.0.1", port: relay.port, path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.on("error", reject).end();
    });
    expect(status).toBe(404);
  });

  it("changes nothing", async () => {
    expect((await fetch(`${base}/`, { method: "POST", body: "x" })).status).toBe(405);
  });
});

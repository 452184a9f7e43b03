import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sshAgent } from "../src/mod.ts";

const folder = mkdtempSync(join(tmpdir(), "netconf-kit-agent-"));
const path = join(folder, "agent");

afterEach(() => vi.unstubAllEnvs());

describe("sshAgent", () => {
  it("opens the socket that SSH_AUTH_SOCK names, and bytes go both ways", async () => {
    const server = createServer((socket) => socket.pipe(socket)).listen(path);
    await once(server, "listening");
    vi.stubEnv("SSH_AUTH_SOCK", path);
    const socket = await sshAgent();
    await socket.write(Uint8Array.of(1, 2, 3));
    expect(Array.from((await socket.read()) ?? [])).toEqual([1, 2, 3]);
    await socket.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it("rejects with a transport error where nothing is, and without SSH_AUTH_SOCK", async () => {
    vi.stubEnv("SSH_AUTH_SOCK", "");
    await expect(sshAgent()).rejects.toMatchObject({ name: "TransportError", code: "failed" });
    await expect(sshAgent({ path: join(folder, "nothing") })).rejects.toMatchObject({ name: "TransportError" });
    rmSync(folder, { recursive: true, force: true });
  });

  it("rejects with the reason of an aborted signal", async () => {
    await expect(sshAgent({ path, signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
  });
});

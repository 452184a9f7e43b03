import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { dialTcp } from "@netconf-kit/node-adapter";
import { type Connection, connect, generateKey, type PrivateKey, trustFingerprints } from "netconf-kit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { complete, runShell } from "../src/shell/run-shell.ts";
import type { ShellContext } from "../src/shell/shell-commands.ts";
import { random, startDevice, systemNamespace, type TestDevice } from "./device.ts";

let folder = "";
let key: PrivateKey;
let device: TestDevice;
const change = `<system xmlns="${systemNamespace}"><hostname>r2</hostname></system>`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "netconf-shell-"));
  key = generateKey("ssh-ed25519", random);
  device = await startDevice(key);
});
afterAll(async () => {
  await device.stop();
  rmSync(folder, { recursive: true });
});

function open(): Promise<Connection> {
  return connect({
    dial: dialTcp({ host: "127.0.0.1", port: device.port }),
    username: "ops",
    verifyHostKey: trustFingerprints([device.fingerprint]),
    authentication: [{ method: "publickey", key }],
  });
}

interface Shell {
  readonly context: ShellContext;
  readonly out: () => string;
  readonly err: () => string;
}

function shellOn({ session }: Pick<Connection, "session">): Shell {
  let out = "";
  let err = "";
  const terminal = {
    out: async (text: string | Uint8Array) => {
      out += typeof text === "string" ? text : new TextDecoder().decode(text);
    },
    err: (line: string) => {
      err += `${line}\n`;
    },
  } as ShellContext["terminal"]; // nothing else of it is used
  return { context: { session, terminal, format: "tree" }, out: () => out, err: () => err };
}

/** Runs lines as they come from a file. */
async function lines(...text: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  await using connection = await open();
  const { context, out, err } = shellOn(connection);
  const input = Readable.from([text.join("\n")]);
  const code = await runShell({ context, input, console: undefined, signal: new AbortController().signal });
  return { code, out: out(), err: err() };
}

describe("netconf shell", () => {
  it("does line after line in one session", async () => {
    const file = join(folder, "change.xml");
    writeFileSync(file, change);
    const { code, out, err } = await lines(
      "# a change in candidate",
      "",
      "lock candidate",
      `  edit-config candidate @${file}`,
      "validate",
      "commit",
      "unlock candidate",
      "get-config",
      `get-config running <system xmlns="${systemNamespace}"><clock/></system>`,
      "format xml",
      `get <system xmlns="${systemNamespace}"><hostname/></system>`,
    );
    expect({ code, err }).toEqual({ code: 0, err: "ok\n".repeat(5) });
    expect(out).toContain("data\n  system\n    hostname: r2\ndata\n");
    expect(out).toContain("<hostname>r2</hostname>");
  });

  it("keeps a confirmed commit within the session", async () => {
    const { code, err } = await lines(
      `edit-config candidate ${change.replace("r2", "r3")}`,
      "commit-confirmed 60",
      "cancel-commit",
      "discard-changes",
      'rpc <discard-changes xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"/>',
      "hello",
    );
    expect({ code, err }).toEqual({ code: 0, err: "ok\n".repeat(5) });
    expect((await lines("get-config")).out).toContain("hostname: r2");
  });

  it.each<[string, number, RegExp]>([
    ["unlock running", 1, /^netconf: rpc-error: /],
    ["get-confg", 2, /there is no command "get-confg" — help shows them/],
    ["edit-config candidate", 2, /nothing to change/],
    ["edit-config startup <a/>", 2, /"startup" is not a datastore/],
    ["lock everything", 2, /"everything" is not a datastore/],
    ["get <a", 2, /cannot read the filter/],
    ["format yaml", 2, /no format/],
    ["commit-confirmed soon", 2, /number of seconds/],
    ["rpc", 2, /no operation/],
    ["get-schema", 2, /no name of a module/],
  ])("ends a file at its first error: %s", async (line, exitCode, words) => {
    const { code, out, err } = await lines(line, "hello");
    expect({ code, out }).toEqual({ code: exitCode, out: "" });
    expect(err).toMatch(words);
  });

  it("goes on after an error where a person types, until quit", async () => {
    await using connection = await open();
    const { context, out, err } = shellOn(connection);
    const input = Readable.from(["unlock running\nhelp\nquit\nhello\n"]);
    const console = new PassThrough().resume();
    expect(await runShell({ context, input, console, signal: new AbortController().signal })).toBe(0);
    expect(err()).toMatch(/rpc-error/);
    expect(out()).toMatch(/edit-config DATASTORE XML\|@FILE/);
    expect(out()).not.toContain("capability");
  });

  it("ends with 3 when the device ends the session", async () => {
    const victim = await open();
    const { context, err } = shellOn(victim);
    const running = runShell({
      context,
      input: new PassThrough(),
      console: undefined,
      signal: new AbortController().signal,
    });
    const killed = await lines(
      `rpc <kill-session xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><session-id>${victim.session.sessionId}</session-id></kill-session>`,
    );
    expect(killed.code).toBe(0);
    expect(await running).toBe(3);
    await vi.waitFor(() => expect(err()).toMatch(/session/));
  });

  it("ends with Ctrl-C, and closes the session", async () => {
    await using connection = await open();
    const interrupt = new AbortController();
    const { context } = shellOn(connection);
    const running = runShell({ context, input: new PassThrough(), console: undefined, signal: interrupt.signal });
    interrupt.abort();
    expect(await running).toBe(0);
  });
});

describe("complete()", () => {
  it.each<[string, readonly string[], string]>([
    ["comm", ["commit", "commit-confirmed"], "comm"],
    ["edit-config ca", ["candidate"], "ca"],
    ["get-config ", ["running", "candidate", "startup"], ""],
    ["format t", ["tree"], "t"],
    ["commit ", [], ""],
    ["nothing x", [], "x"],
  ])("offers after %j", (line, words, part) => {
    expect(complete(line)).toEqual([words, part]);
  });
});

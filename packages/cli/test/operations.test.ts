import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatPrivateKey, generateKey } from "netconf-kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildProgram } from "../src/program.ts";
import { random, startDevice, systemNamespace, type TestDevice } from "./device.ts";
import { type Ran, run } from "./run.ts";

let folder = "";
let device: TestDevice;
let login: readonly string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "netconf-operations-"));
  const key = generateKey("ssh-ed25519", random);
  device = await startDevice(key);
  login = ["-i", file("id", formatPrivateKey(key)), "--host-key", device.fingerprint, "--no-ssh-config"];
});
afterAll(async () => {
  await device.stop();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const hostname = (name: string): string =>
  file(`${name}.xml`, `<system xmlns="${systemNamespace}"><hostname>${name}</hostname></system>`);
const on = (command: string, ...args: readonly string[]): Promise<Ran> =>
  run(command, device.target, ...login, ...args);
const running = async (): Promise<string> => (await on("get-config", "--format", "tree")).stdout;

describe("every command", () => {
  it("has a description and an example", () => {
    for (const command of buildProgram().commands) {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      expect([command.name(), command.description()]).not.toContain("");
      expect(help).toMatch(new RegExp(`Example:\n  (.* \\| )?netconf ${command.name()}\\b`));
    }
  });
});

describe("the operations of RFC 6241 as commands", () => {
  it("edit candidate, validate and commit it", async () => {
    expect(await on("edit-config", hostname("r2"), "--target", "candidate")).toMatchObject({ code: 0 });
    expect(await running()).toContain("hostname: r1");
    expect(await on("validate")).toEqual({ code: 0, stdout: "", stderr: "ok\n" });
    expect(await on("commit")).toMatchObject({ code: 0, stderr: "ok\n" });
    expect(await running()).toContain("hostname: r2");
  });

  it("discard what stands in candidate", async () => {
    await on("edit-config", hostname("lost"), "--target", "candidate");
    expect(await on("discard-changes")).toMatchObject({ code: 0 });
    expect((await on("get-config", "--source", "candidate", "--format", "tree")).stdout).toContain("hostname: r2");
  });

  it("commit on trial under a name, and cancel or confirm by that name", async () => {
    const trial = ["--confirmed", "--confirm-timeout", "60", "--persist", "change-1"];
    await on("edit-config", hostname("trial"), "--target", "candidate");
    expect(await on("commit", ...trial)).toMatchObject({ code: 0 });
    expect(await running()).toContain("hostname: trial");
    expect(await on("cancel-commit", "--persist-id", "change-1")).toMatchObject({ code: 0 });
    expect(await running()).toContain("hostname: r2");
    await on("edit-config", hostname("kept"), "--target", "candidate");
    await on("commit", ...trial);
    expect(await on("commit", "--persist-id", "change-1")).toMatchObject({ code: 0 });
    expect(await on("cancel-commit", "--persist-id", "change-1", "--json")).toMatchObject({ code: 1 });
    expect(await running()).toContain("hostname: kept");
  });

  it("refuse a trial that would end with the command", async () => {
    expect(await on("commit", "--confirmed")).toMatchObject({ code: 2, stderr: expect.stringContaining("--persist") });
    expect(await on("commit", "--confirm-timeout", "5")).toMatchObject({ code: 2 });
  });

  it("copy a whole configuration from a file", async () => {
    const config = `<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">${readFileSync(hostname("copied"), "utf8")}</config>`;
    const source = `@${file("whole.xml", config)}`;
    expect(await on("copy-config", "--source", source, "--target", "candidate")).toMatchObject({ code: 0 });
    expect(await on("copy-config", "--source", "candidate", "--target", "running")).toMatchObject({ code: 0 });
    expect(await running()).toContain("hostname: copied");
  });

  it("end with 2 for a capability that the device lacks, and for what is no datastore", async () => {
    expect(await on("delete-config", "--target", "startup", "--json")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/capability-missing/),
    });
    expect(await on("delete-config", "--target", "running")).toMatchObject({ code: 2 });
    expect(await on("validate", "--source", "nowhere")).toMatchObject({ code: 2 });
    expect(await on("copy-config", "--source", "https://192.0.2.1/c", "--target", "candidate")).toMatchObject({
      code: 2,
    });
    expect(await on("get", "--with-defaults", "trim")).toMatchObject({ code: 2 });
    expect(await on("get-schema", "ietf-system")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("monitoring"),
    });
    expect(await on("get-schema")).toMatchObject({ code: 2 });
  });

  it("lock for a time, keep others out meanwhile, and unlock", async () => {
    const holder = on("lock", "--hold", "1.5");
    await expect.poll(async () => (await on("edit-config", hostname("no"))).code, { timeout: 5000 }).toBe(1);
    expect(await on("unlock")).toMatchObject({ code: 1 });
    expect(await holder).toMatchObject({ code: 0 });
    expect((await on("edit-config", hostname("copied"))).code).toBe(0);
  });

  it("kill a session, which then says so", async () => {
    const holder = on("lock", "--target", "candidate");
    const started = () => device.events.filter((event) => event.type === "session-started").at(-1);
    const before = started();
    await expect.poll(started).not.toBe(before);
    const id = String(started()?.sessionId);
    expect(await on("kill-session", id)).toMatchObject({ code: 0 });
    expect(await holder).toMatchObject({ code: 3 });
    for (const wrong of ["0", "99999999999", "x"]) expect(await on("kill-session", wrong)).toMatchObject({ code: 2 });
    expect(await on("kill-session", "4294967295")).toMatchObject({ code: 1 });
  });
});

describe("netconf apply", () => {
  it("shows the difference, commits on trial and confirms from a new session", async () => {
    const sessions = () => device.events.filter((event) => event.type === "session-started").length;
    const before = sessions();
    const { code, stdout, stderr } = await on("apply", hostname("applied"), "--yes");
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/undoes it after 60 s[\s\S]*confirmed/),
    });
    expect(stdout).toContain("applied");
    expect(sessions() - before).toBe(2);
    expect(await running()).toContain("hostname: applied");
  });

  it("changes nothing where everything is there already", async () => {
    expect(await on("apply", hostname("applied"), "--yes")).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/nothing to change/),
    });
  });

  it("leaves neither locks nor edits behind when the device refuses the change", async () => {
    const wrong = file(
      "wrong.xml",
      `<system xmlns="${systemNamespace}"><hostname xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="create">x</hostname></system>`,
    );
    expect(await on("apply", wrong, "--yes")).toMatchObject({ code: 1 });
    expect(await on("edit-config", hostname("applied"))).toMatchObject({ code: 0 });
    expect((await on("get-config", "--source", "candidate", "--format", "tree")).stdout).not.toContain("hostname: x");
  });

  it("undoes the commit when no new session can be opened", async () => {
    const key = generateKey("ssh-ed25519", random);
    const lonely = await startDevice(key, { lastIsFirst: true });
    const identity = file("lonely", formatPrivateKey(key));
    const args = ["-i", identity, "--host-key", lonely.fingerprint, "--no-ssh-config", "--timeout", "2"];
    const applied = await run("apply", lonely.target, ...args, hostname("cut-off"), "--yes");
    expect(applied).toMatchObject({ code: 3, stderr: expect.stringContaining("is undone") });
    await lonely.stop();
  });
});

import { parseXml } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { type ConfigError, RequestRefused } from "../src/config-error.ts";
import { emptyConfig } from "../src/config-tree.ts";
import { Datastores, type DatastoresOptions } from "../src/datastores.ts";
import { dataError } from "../src/mod.ts";
import { config, content, exampleSchema } from "./support.ts";

const alice = { sessionId: 1, username: "alice" };
const bob = { sessionId: 2, username: "bob" };

function make(options: Partial<DatastoresOptions> = {}) {
  const clock = virtualClock();
  const log: string[] = [];
  const datastores = new Datastores({
    schema: exampleSchema,
    clock,
    running: emptyConfig,
    onRunningChanged: ({ changes, by }) => log.push(`changed ${changes.length} by ${by?.username ?? "nobody"}`),
    onConfirmedCommit: (event, by, seconds) => log.push(`${event} by ${by?.username ?? "nobody"} ${seconds ?? "-"}`),
    ...options,
  });
  return {
    datastores,
    clock,
    log,
    running: () => content(datastores.running),
    candidate: () => content(datastores.candidate),
  };
}

async function refusal(promise: Promise<unknown>): Promise<Partial<ConfigError>> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RequestRefused);
  return (error as RequestRefused).errors[0]!;
}

const x = (value: number) => config(`<top><x>${value}</x></top>`);
const is = (value: number) => `<top><x>${value}</x></top>`;

describe("candidate (RFC 6241 §8.3)", () => {
  it("is running until somebody edits it, and follows it meanwhile", async () => {
    const { datastores } = make();
    await datastores.edit(alice, "running", x(1));
    expect(datastores.candidate).toBe(datastores.running);
  });

  it("can be edited without a trace in running, then committed", async () => {
    const { datastores, running, candidate, log } = make();
    await datastores.edit(alice, "candidate", x(1));
    expect([running(), candidate()]).toEqual(["", is(1)]);
    await datastores.commit(alice);
    expect([running(), candidate()]).toEqual([is(1), is(1)]);
    expect(log).toEqual(["changed 1 by alice"]);
  });

  it("§8.3.4.2 is running again after discard-changes", async () => {
    const { datastores } = make();
    await datastores.edit(alice, "candidate", x(1));
    await datastores.discard(bob);
    expect(datastores.candidate).toBe(datastores.running);
  });

  it("commits of nothing change nothing and tell nobody", async () => {
    const { datastores, log } = make();
    await datastores.commit(alice);
    expect(log).toEqual([]);
  });
});

describe("copy-config (RFC 6241 §7.3)", () => {
  it("replaces a whole datastore by another one or by what is given", async () => {
    const { datastores, running, candidate } = make();
    await datastores.copy(alice, "candidate", config("<top><y>1</y></top>"));
    await datastores.copy(alice, "running", "candidate");
    expect([running(), candidate()]).toEqual(["<top><y>1</y></top>", "<top><y>1</y></top>"]);
  });
  it("answers invalid-value for a copy to itself", async () => {
    const { datastores } = make();
    expect(await refusal(datastores.copy(alice, "running", "running"))).toMatchObject({ tag: "invalid-value" });
  });
  it("refuses a configuration that cannot be loaded, and keeps the old one", async () => {
    const { datastores, running } = make();
    await datastores.edit(alice, "running", x(1));
    const wrong = config("<top><interface/></top>");
    expect(await refusal(datastores.copy(alice, "running", wrong))).toMatchObject({ tag: "missing-element" });
    expect(running()).toBe(is(1));
  });
});

describe("locks (RFC 6241 §7.5, §7.6)", () => {
  it("refuses a second lock and names the owner", async () => {
    const { datastores } = make();
    await datastores.lock(alice, "running");
    for (const other of [alice, bob]) {
      expect(await refusal(datastores.lock(other, "running"))).toMatchObject({
        tag: "lock-denied",
        type: "protocol",
        sessionId: 1,
      });
    }
    await datastores.lock(bob, "candidate");
  });

  it("lets nobody else change a locked datastore, or commit when either is locked", async () => {
    const { datastores } = make();
    await datastores.lock(alice, "running");
    expect(await refusal(datastores.edit(bob, "running", x(1)))).toMatchObject({ tag: "in-use" });
    expect(await refusal(datastores.copy(bob, "running", x(1)))).toMatchObject({ tag: "in-use" });
    expect(await refusal(datastores.commit(bob))).toMatchObject({ tag: "in-use" });
    await datastores.edit(alice, "running", x(1));
    await datastores.unlock(alice, "running");
    await datastores.lock(alice, "candidate");
    expect(await refusal(datastores.edit(bob, "candidate", x(1)))).toMatchObject({ tag: "in-use" });
    expect(await refusal(datastores.discard(bob))).toMatchObject({ tag: "in-use" });
    expect(await refusal(datastores.commit(bob))).toMatchObject({ tag: "in-use" });
  });

  it("refuses to lock a candidate with changes of anybody", async () => {
    const { datastores } = make();
    await datastores.edit(bob, "candidate", x(1));
    expect(await refusal(datastores.lock(alice, "candidate"))).toMatchObject({ tag: "lock-denied", sessionId: 0 });
    await datastores.discard(bob);
    await datastores.lock(alice, "candidate");
  });

  it("locks a candidate whose changes came to nothing", async () => {
    const { datastores } = make();
    await datastores.edit(bob, "running", x(1));
    await datastores.edit(bob, "candidate", x(2));
    await datastores.edit(bob, "candidate", x(1));
    await datastores.lock(alice, "candidate");
  });

  it("refuses to unlock what is not locked, or locked by another session", async () => {
    const { datastores } = make();
    expect(await refusal(datastores.unlock(alice, "running"))).toMatchObject({ tag: "operation-failed" });
    await datastores.lock(bob, "running");
    expect(await refusal(datastores.unlock(alice, "running"))).toMatchObject({ tag: "lock-denied", sessionId: 2 });
  });

  it("§8.3.5.2 discards candidate when its lock is released, by unlock or by the end of the session", async () => {
    const { datastores, candidate } = make();
    await datastores.lock(alice, "candidate");
    await datastores.edit(alice, "candidate", x(1));
    await datastores.unlock(alice, "candidate");
    expect(candidate()).toBe("");
    await datastores.lock(alice, "candidate");
    await datastores.lock(alice, "running");
    await datastores.edit(alice, "candidate", x(1));
    await datastores.sessionEnded(alice);
    expect(candidate()).toBe("");
    await datastores.lock(bob, "candidate");
    await datastores.lock(bob, "running");
  });

  it("the end of a session without the lock leaves candidate as it is", async () => {
    const { datastores, candidate } = make();
    await datastores.edit(alice, "candidate", x(1));
    await datastores.sessionEnded(alice);
    expect(candidate()).toBe(is(1));
  });
});

describe("validation (RFC 6241 §8.6, RFC 7950 §8.3.3)", () => {
  const noTwo = make({
    validators: [async (tree) => (content(tree) === is(2) ? [dataError("invalid-value", "no two")] : [])],
  });
  const { datastores, running, candidate } = noTwo;

  it("guards running against edits, copies and commits", async () => {
    expect(await refusal(datastores.edit(alice, "running", x(2), { testOption: "set" }))).toMatchObject({
      tag: "invalid-value",
    });
    expect(await refusal(datastores.copy(alice, "running", x(2)))).toMatchObject({ tag: "invalid-value" });
    await datastores.edit(alice, "candidate", x(2));
    expect(await refusal(datastores.commit(alice))).toMatchObject({ tag: "invalid-value" });
    expect(await refusal(datastores.commit(alice, { confirmed: true }))).toMatchObject({ tag: "invalid-value" });
    expect(running()).toBe("");
  });

  it("answers validate for a datastore or a given configuration", async () => {
    expect(await refusal(datastores.validate("candidate"))).toMatchObject({ tag: "invalid-value" });
    expect(await refusal(datastores.validate(x(2)))).toMatchObject({ tag: "invalid-value" });
    await datastores.validate("running");
    await datastores.validate(x(3));
  });

  it("tests an edit of candidate before it is set when asked to, and only then", async () => {
    await datastores.discard(alice);
    expect(await refusal(datastores.edit(alice, "candidate", x(2), { testOption: "test-then-set" }))).toMatchObject({
      tag: "invalid-value",
    });
    expect(candidate()).toBe("");
    await datastores.edit(alice, "candidate", x(3), { testOption: "test-only" });
    expect(candidate()).toBe("");
    await datastores.edit(alice, "running", x(3), { testOption: "test-only" });
    expect(running()).toBe("");
  });

  it("shows a validator what would change", async () => {
    const seen: number[] = [];
    const watched = make({
      validators: [
        (_, context) => {
          seen.push(context.changes().length);
          expect(context.changes()).toBe(context.changes());
          return [];
        },
      ],
    });
    await watched.datastores.edit(alice, "running", config("<top><x>1</x></top><other/>"));
    expect(seen).toEqual([2]);
  });
});

describe("confirmed commit (RFC 6241 §8.4)", () => {
  const start = async (parameters = {}) => {
    const all = make();
    await all.datastores.edit(alice, "running", x(1));
    await all.datastores.edit(alice, "candidate", x(2));
    await all.datastores.commit(alice, { confirmed: true, ...parameters });
    all.log.length = 0;
    return all;
  };
  const flush = () => new Promise((resolve) => setImmediate(resolve));

  it("§8.4.1 is undone after 600 seconds without a confirming commit", async () => {
    const { clock, running, log } = await start();
    clock.advance(599_999);
    await flush();
    expect(running()).toBe(is(2));
    clock.advance(1);
    await flush();
    expect(running()).toBe(is(1));
    expect(log).toEqual(["changed 1 by nobody", "timeout by nobody -"]);
  });

  it("stays when confirmed in time, with further changes", async () => {
    const { datastores, clock, running, log } = await start();
    await datastores.edit(alice, "candidate", x(3));
    await datastores.commit(alice);
    clock.advance(10_000_000);
    await flush();
    expect(running()).toBe(is(3));
    expect(log).toEqual(["changed 1 by alice", "complete by alice -"]);
  });

  it("sets the timer anew with a follow-up, and goes back to before the first one", async () => {
    const { datastores, clock, running, log } = await start({ confirmTimeout: 10 });
    clock.advance(9000);
    await datastores.edit(alice, "candidate", x(3));
    await datastores.commit(alice, { confirmed: true, confirmTimeout: 20 });
    clock.advance(19_000);
    await flush();
    expect(running()).toBe(is(3));
    clock.advance(1000);
    await flush();
    expect(running()).toBe(is(1));
    expect(log).toEqual(["changed 1 by alice", "extend by alice 20", "changed 1 by nobody", "timeout by nobody -"]);
  });

  it("a timer that fires while its follow-up is under way undoes nothing", async () => {
    const { datastores, clock, running } = await start({ confirmTimeout: 10 });
    const extending = datastores.commit(alice, { confirmed: true, confirmTimeout: 10 });
    clock.advance(10_000);
    await extending;
    await flush();
    expect(running()).toBe(is(2));
  });

  it("§8.4.4.1 is undone by cancel-commit on its session, and on no other", async () => {
    const { datastores, running, log } = await start();
    expect(await refusal(datastores.cancelCommit(bob, undefined))).toMatchObject({ tag: "in-use" });
    expect(await refusal(datastores.cancelCommit(alice, "token"))).toMatchObject({ tag: "invalid-value" });
    await datastores.cancelCommit(alice, undefined);
    expect(running()).toBe(is(1));
    expect(log).toEqual(["changed 1 by alice", "cancel by alice -"]);
    expect(await refusal(datastores.cancelCommit(alice, undefined))).toMatchObject({ tag: "operation-failed" });
  });

  it("is undone when its session ends, and not when another one does", async () => {
    const { datastores, running } = await start();
    await datastores.sessionEnded(bob);
    expect(running()).toBe(is(2));
    await datastores.sessionEnded(alice);
    expect(running()).toBe(is(1));
  });

  it("with persist outlives its session and is confirmed from another one with the token", async () => {
    const { datastores, running, clock } = await start({ persist: "IQ,d4668" });
    await datastores.sessionEnded(alice);
    expect(running()).toBe(is(2));
    expect(await refusal(datastores.commit(bob))).toMatchObject({ tag: "in-use" });
    expect(await refusal(datastores.commit(bob, { persistId: "other" }))).toMatchObject({ tag: "invalid-value" });
    await datastores.commit(bob, { persistId: "IQ,d4668" });
    clock.advance(10_000_000);
    await flush();
    expect(running()).toBe(is(2));
  });

  it("with persist is prolonged, cancelled and timed out by the token", async () => {
    const { datastores, running } = await start({ persist: "t" });
    await datastores.commit(bob, { confirmed: true, persistId: "t" });
    await datastores.sessionEnded(bob);
    expect(running()).toBe(is(2));
    expect(await refusal(datastores.cancelCommit(alice, undefined))).toMatchObject({ tag: "in-use" });
    await datastores.cancelCommit(alice, "t");
    expect(running()).toBe(is(1));
  });

  it("refuses a persist-id when nothing waits for it", async () => {
    const { datastores } = make();
    expect(await refusal(datastores.commit(alice, { persistId: "t" }))).toMatchObject({ tag: "invalid-value" });
  });

  it("keeps other sessions from committing, from editing running and from locking it", async () => {
    const { datastores } = await start();
    expect(await refusal(datastores.commit(bob))).toMatchObject({ tag: "in-use" });
    expect(await refusal(datastores.edit(bob, "running", x(9)))).toMatchObject({ tag: "in-use" });
    expect(await refusal(datastores.lock(bob, "running"))).toMatchObject({ tag: "lock-denied", sessionId: 1 });
    await datastores.edit(bob, "candidate", x(9));
    await datastores.lock(alice, "running");
  });
});

describe("storage", () => {
  function memory() {
    const saved: string[] = [];
    let fail = false;
    return {
      saved,
      failWith: (value: boolean) => {
        fail = value;
      },
      load: async () => undefined,
      save: async (bytes: Uint8Array) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (fail) throw new Error("disk full at /secret");
        saved.push(content(parseXml(bytes)));
      },
    };
  }

  it("has running before a change is acknowledged", async () => {
    const storage = memory();
    const { datastores } = make({ storage });
    await datastores.edit(alice, "running", x(1));
    expect(storage.saved).toEqual([is(1)]);
    await datastores.edit(alice, "candidate", x(2));
    expect(storage.saved).toHaveLength(1);
    await datastores.commit(alice);
    expect(storage.saved.at(-1)).toBe(is(2));
    await datastores.copy(alice, "running", x(3));
    expect(storage.saved.at(-1)).toBe(is(3));
  });

  it("that fails, fails the change and leaves running and candidate", async () => {
    const storage = memory();
    const { datastores, running, candidate, log } = make({ storage });
    await datastores.edit(alice, "candidate", x(1));
    storage.failWith(true);
    const error = await refusal(datastores.commit(alice));
    expect(error).toMatchObject({ tag: "operation-failed" });
    expect(error.message).not.toContain("secret");
    expect(await refusal(datastores.edit(alice, "running", x(2)))).toMatchObject({ tag: "operation-failed" });
    expect([running(), candidate(), ...log]).toEqual(["", is(1)]);
    storage.failWith(false);
    await datastores.commit(alice);
    expect(running()).toBe(is(1));
  });

  it("§8.4.1 does not have a confirmed commit before it is confirmed, so that a restart goes back", async () => {
    const storage = memory();
    const { datastores, clock, running } = make({ storage });
    await datastores.edit(alice, "running", x(1));
    await datastores.edit(alice, "candidate", x(2));
    await datastores.commit(alice, { confirmed: true });
    await datastores.edit(alice, "running", x(3));
    expect(storage.saved).toEqual([is(1)]);
    clock.advance(600_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(running()).toBe(is(1));
    expect(storage.saved).toEqual([is(1)]);
  });

  it("has a confirmed commit once it is confirmed, also when nothing more changed", async () => {
    const storage = memory();
    const { datastores, clock, running } = make({ storage });
    await datastores.edit(alice, "candidate", x(2));
    await datastores.commit(alice, { confirmed: true, confirmTimeout: 10 });
    storage.failWith(true);
    expect(await refusal(datastores.commit(alice))).toMatchObject({ tag: "operation-failed" });
    storage.failWith(false);
    await datastores.commit(alice);
    expect(storage.saved).toEqual([is(2)]);
    clock.advance(10_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(running()).toBe(is(2));
  });

  it("keeps changes in their order although saving takes time", async () => {
    const storage = memory();
    const { datastores, running } = make({ storage });
    const edits = [1, 2, 3].map((value) => datastores.edit(alice, "running", x(value)));
    const locking = datastores.lock(bob, "running");
    await Promise.all([...edits, locking]);
    expect(storage.saved).toEqual([is(1), is(2), is(3)]);
    expect(running()).toBe(is(3));
  });
});

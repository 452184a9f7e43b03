import { describe, expect, it } from "vitest";
import { dataError } from "../src/mod.ts";
import { alice, bob, is, makeDatastores, refusal, x } from "./datastores-support.ts";
import { config, content } from "./support.ts";

describe("candidate (RFC 6241 §8.3)", () => {
  it("is running until somebody edits it, and follows it meanwhile", async () => {
    const { datastores } = makeDatastores();
    await datastores.edit(alice, "running", x(1));
    expect(datastores.candidate).toBe(datastores.running);
  });

  it("can be edited without a trace in running, then committed", async () => {
    const { datastores, running, candidate, log } = makeDatastores();
    await datastores.edit(alice, "candidate", x(1));
    expect([running(), candidate()]).toEqual(["", is(1)]);
    await datastores.commit(alice);
    expect([running(), candidate()]).toEqual([is(1), is(1)]);
    expect(log).toEqual(["changed 1 by alice"]);
  });

  it("§8.3.4.2 is running again after discard-changes", async () => {
    const { datastores } = makeDatastores();
    await datastores.edit(alice, "candidate", x(1));
    await datastores.discard(bob);
    expect(datastores.candidate).toBe(datastores.running);
  });

  it("commits of nothing change nothing and tell nobody", async () => {
    const { datastores, log } = makeDatastores();
    await datastores.commit(alice);
    expect(log).toEqual([]);
  });
});

describe("copy-config (RFC 6241 §7.3)", () => {
  it("replaces a whole datastore by another one or by what is given", async () => {
    const { datastores, running, candidate } = makeDatastores();
    await datastores.copy(alice, "candidate", config("<top><y>1</y></top>"));
    await datastores.copy(alice, "running", "candidate");
    expect([running(), candidate()]).toEqual(["<top><y>1</y></top>", "<top><y>1</y></top>"]);
  });
  it("answers invalid-value for a copy to itself", async () => {
    const { datastores } = makeDatastores();
    expect(await refusal(datastores.copy(alice, "running", "running"))).toMatchObject({ tag: "invalid-value" });
  });
  it("refuses a configuration that cannot be loaded, and keeps the old one", async () => {
    const { datastores, running } = makeDatastores();
    await datastores.edit(alice, "running", x(1));
    const wrong = config("<top><interface/></top>");
    expect(await refusal(datastores.copy(alice, "running", wrong))).toMatchObject({ tag: "missing-element" });
    expect(running()).toBe(is(1));
  });
});

describe("locks (RFC 6241 §7.5, §7.6)", () => {
  it("refuses a second lock and names the owner", async () => {
    const { datastores } = makeDatastores();
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
    const { datastores } = makeDatastores();
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
    const { datastores } = makeDatastores();
    await datastores.edit(bob, "candidate", x(1));
    expect(await refusal(datastores.lock(alice, "candidate"))).toMatchObject({ tag: "lock-denied", sessionId: 0 });
    await datastores.discard(bob);
    await datastores.lock(alice, "candidate");
  });

  it("locks a candidate whose changes came to nothing", async () => {
    const { datastores } = makeDatastores();
    await datastores.edit(bob, "running", x(1));
    await datastores.edit(bob, "candidate", x(2));
    await datastores.edit(bob, "candidate", x(1));
    await datastores.lock(alice, "candidate");
  });

  it("refuses to unlock what is not locked, or locked by another session", async () => {
    const { datastores } = makeDatastores();
    expect(await refusal(datastores.unlock(alice, "running"))).toMatchObject({ tag: "operation-failed" });
    await datastores.lock(bob, "running");
    expect(await refusal(datastores.unlock(alice, "running"))).toMatchObject({ tag: "lock-denied", sessionId: 2 });
  });

  it("§8.3.5.2 discards candidate when its lock is released, by unlock or by the end of the session", async () => {
    const { datastores, candidate } = makeDatastores();
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
    const { datastores, candidate } = makeDatastores();
    await datastores.edit(alice, "candidate", x(1));
    await datastores.sessionEnded(alice);
    expect(candidate()).toBe(is(1));
  });
});

describe("validation (RFC 6241 §8.6, RFC 7950 §8.3.3)", () => {
  const noTwo = makeDatastores({
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
    const watched = makeDatastores({
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

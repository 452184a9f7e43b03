import { describe, expect, it } from "vitest";
import { alice, bob, is, makeDatastores, refusal, x } from "./datastores-support.ts";

describe("confirmed commit (RFC 6241 §8.4)", () => {
  const start = async (parameters = {}) => {
    const all = makeDatastores();
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
    const { datastores } = makeDatastores();
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

import {
  Capabilities,
  type ClientSession,
  cancelCommit,
  capabilityUris,
  discardChanges,
  expectOk,
  lock,
  type NetconfServer,
  serializeXml,
} from "netconf-kit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type VirtualClock, virtualClock } from "../../../test/support/virtual-clock.ts";
import { Change, changeWay, confirmedCommitOf } from "../src/state/change.ts";
import { parseConfigText } from "../src/state/config-text.ts";
import { makeServer, openSession, ports, when } from "./support.ts";

let server: NetconfServer;
let session: ClientSession;
let clock: VirtualClock;
let change: Change;

beforeEach(async () => {
  server = await makeServer();
  session = await openSession(server);
  clock = virtualClock();
  change = new Change(session, clock);
});
afterEach(async () => {
  await session.close();
  await server.close();
});

const edit = parseConfigText(ports(1501));
const lines = ["- /p:ports/port[name='p0']/mtu = 1500", "+ /p:ports/port[name='p0']/mtu = 1501"];
const running = (): string => serializeXml(server.read("running"));
/** Whether somebody else could change running and candidate. */
const isUnlocked = async (): Promise<boolean> => {
  const other = await openSession(server);
  const replies = [await other.rpc(lock("running")), await other.rpc(lock("candidate"))];
  await other.close();
  return replies.every((reply) => reply.ok);
};

describe("Change by candidate", () => {
  it("shows the difference and leaves running alone", async () => {
    await change.preview(edit);
    expect(change.state.value).toEqual({ kind: "previewed", lines, predicted: false });
    expect(running()).not.toContain("1501");
    expect(await isUnlocked()).toBe(false);
  });

  it("commits what was shown, and unlocks", async () => {
    await change.preview(edit);
    await change.commit();
    expect(change.state.value).toEqual({ kind: "done", outcome: "changed", lines });
    expect(running()).toContain("1501");
    expect(await isUnlocked()).toBe(true);
  });

  it("drops what was shown, in candidate as well (RFC 6241 §8.3.1)", async () => {
    await change.preview(edit);
    await change.discard();
    expect(change.state.value).toMatchObject({ kind: "done", outcome: "discarded" });
    expect(serializeXml(server.read("candidate"))).not.toContain("1501");
    expect(await isUnlocked()).toBe(true);
  });

  it("says that nothing would change, and unlocks", async () => {
    await change.preview(parseConfigText(ports(1500)));
    expect(change.state.value).toEqual({ kind: "done", outcome: "unchanged", lines: [] });
    expect(await isUnlocked()).toBe(true);
  });

  it("keeps a confirmed commit (RFC 6241 §8.4.1)", async () => {
    await change.preview(edit);
    await change.commitConfirmed(60);
    expect(change.state.value).toEqual({ kind: "confirming", lines, deadline: 60_000, total: 60_000 });
    await change.keep();
    expect(change.state.value).toEqual({ kind: "done", outcome: "kept", lines });
    expect(clock.pending).toBe(0);
    expect(await isUnlocked()).toBe(true);
  });

  it("undoes a confirmed commit at once (RFC 6241 §8.4.4.1)", async () => {
    await change.preview(edit);
    await change.commitConfirmed(60);
    await change.discard();
    expect(change.state.value).toMatchObject({ kind: "done", outcome: "undone" });
    expect(running()).not.toContain("1501");
  });

  it("does not believe that the device undid a change when its time is over: it looks", async () => {
    await change.preview(edit);
    await change.commitConfirmed(60);
    clock.advance(60_999);
    expect(change.state.value.kind).toBe("confirming");
    // The device's own clock is not ours, and has not run.
    clock.advance(1);
    for (const wait of [1000, 2000, 4000]) {
      await vi.waitFor(() => expect(clock.pending).toBe(1));
      expect(change.state.value.kind).toBe("working");
      clock.advance(wait);
    }
    const state = await when(change.state, (value) => value.kind === "done");
    const missing = ["- /p:ports/port[name='p0']/mtu = 1501", "+ /p:ports/port[name='p0']/mtu = 1500"];
    expect(state).toEqual({ kind: "done", outcome: "differs", lines: missing });
  });

  it("gives a device that undoes a change late the time for it", async () => {
    await change.preview(edit);
    await change.commitConfirmed(60);
    clock.advance(61_000);
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    expectOk(await session.rpc(cancelCommit()));
    clock.advance(1000);
    const state = await when(change.state, (value) => value.kind === "done");
    expect(state).toEqual({ kind: "done", outcome: "expired", lines });
  });

  it("counts the time of the device from its reply, not from the request (RFC 6241 §8.4.1)", async () => {
    await change.preview(edit);
    const committed = change.commitConfirmed(60);
    clock.advance(5000);
    await committed;
    expect(change.state.value).toMatchObject({ kind: "confirming", deadline: 60_000 });
    clock.advance(60_999);
    expect(change.state.value.kind).toBe("confirming");
    clock.advance(1);
    expect(change.state.value.kind).toBe("working");
  });

  it("gives up locks when the edit is refused, and shows the first error", async () => {
    await change.preview(parseConfigText('<ports xmlns="urn:p"><port><mtu>1</mtu></port></ports>'));
    expect(change.state.value).toMatchObject({ kind: "failed", error: { name: "RpcError" } });
    expect(await isUnlocked()).toBe(true);
  });

  it("shows who holds the lock (RFC 6241 §7.5)", async () => {
    const other = await openSession(server);
    expectOk(await other.rpc(discardChanges()));
    expectOk(await other.rpc(lock("candidate")));
    await change.preview(edit);
    expect(change.state.value).toMatchObject({
      kind: "failed",
      error: { errors: [{ tag: "lock-denied", info: { sessionId: other.sessionId } }] },
    });
    await other.close();
    expect(await isUnlocked()).toBe(true);
  });

  it("counts a change as lost when the session ends before it was kept (RFC 6241 §8.4.1)", async () => {
    await change.preview(edit);
    await change.commitConfirmed(60);
    await session.close();
    change.stop();
    expect(change.state.value).toEqual({ kind: "done", outcome: "lost", lines });
    expect(clock.pending).toBe(0);
    expect(running()).not.toContain("1501");
  });

  it("leaves keep() without effect where nothing waits for it", async () => {
    await change.keep();
    expect(change.state.value).toEqual({ kind: "idle" });
  });
});

describe("changeWay(), confirmedCommitOf()", () => {
  const of = (...uris: readonly string[]): { readonly capabilities: Capabilities } => ({
    capabilities: new Capabilities(uris),
  });
  const { candidate, writableRunning, confirmedCommit10, confirmedCommit11 } = capabilityUris;

  it("takes candidate before running, and neither where neither is (RFC 6241 §8.2, §8.3)", () => {
    expect(changeWay(of(writableRunning, candidate))).toBe("candidate");
    expect(changeWay(of(writableRunning))).toBe("running");
    expect(changeWay(of())).toBe("none");
  });

  it("tells the versions of confirmed commit apart (RFC 6241 §8.4)", () => {
    expect(confirmedCommitOf(of(confirmedCommit11))).toEqual({ possible: true, cancellable: true });
    expect(confirmedCommitOf(of(confirmedCommit10))).toEqual({ possible: true, cancellable: false });
    expect(confirmedCommitOf(of())).toEqual({ possible: false, cancellable: false });
  });
});

describe("Change by running", () => {
  it("predicts the difference, then changes running", async () => {
    const capabilities = new Capabilities([capabilityUris.base11, capabilityUris.writableRunning]);
    const direct = new Change(new Proxy(session, withCapabilities(capabilities)), clock);
    await direct.preview(edit);
    expect(direct.state.value).toEqual({ kind: "previewed", lines, predicted: true });
    expect(running()).not.toContain("1501");
    await direct.commit();
    expect(direct.state.value).toEqual({ kind: "done", outcome: "changed", lines });
    expect(running()).toContain("1501");
    expect(await isUnlocked()).toBe(true);
  });
});

/** The same session with a device that says less. */
function withCapabilities(capabilities: Capabilities): ProxyHandler<ClientSession> {
  return {
    get: (target, name) => {
      if (name === "capabilities") return capabilities;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  };
}

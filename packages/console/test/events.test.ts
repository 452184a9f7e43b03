import { type ClientSession, element, type NetconfServer } from "netconf-kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LiveEvents } from "../src/state/events.ts";
import { dataSources, Retrieval } from "../src/state/retrieval.ts";
import { makeServer, openSession, when } from "./support.ts";

let server: NetconfServer;
let session: ClientSession;
beforeEach(async () => {
  server = await makeServer();
  session = await openSession(server);
});
afterEach(async () => {
  await session.close();
  await server.close();
});

describe("LiveEvents", () => {
  it("keeps 500 events, the newest, and counts them all", async () => {
    const events = new LiveEvents(async () => session);
    await events.subscribe("NETCONF");
    for (let n = 0; n < 501; n++) server.notify(element(`event-${n}`, "urn:example"));
    const { entries } = await when(events.state, (state): state is typeof state => state.total === 501);
    expect([entries.length, entries[0]?.name, entries.at(-1)?.name]).toEqual([500, "event-1", "event-500"]);
  });

  it("cuts the text of a long event", async () => {
    const events = new LiveEvents(async () => session);
    await events.subscribe("");
    server.notify(element("long", "urn:example", "x".repeat(20_000)));
    const { entries } = await when(events.state, (state): state is typeof state => state.total === 1);
    expect(entries[0]?.text).toHaveLength(16 * 1024 + 2);
  });

  it("says why it could not subscribe, and can try again (RFC 5277 §2.1.1)", async () => {
    const events = new LiveEvents(async () => session);
    await events.subscribe("no-such-stream");
    expect(events.state.value).toMatchObject({ status: "off", error: { name: "RpcError" } });
    await events.subscribe("NETCONF");
    expect(events.state.value).toMatchObject({ status: "on" });
    expect(events.state.value).not.toHaveProperty("error");
  });

  it("is over with the session", async () => {
    const events = new LiveEvents(async () => session);
    await events.subscribe("NETCONF");
    await session.close();
    expect(await when(events.state, (state): state is typeof state => state.status === "over")).toMatchObject({
      total: 0,
    });
  });
});

describe("Retrieval", () => {
  it("reads what it is asked for, and keeps the error of what it could not", async () => {
    const data = new Retrieval(session, () => 0);
    await data.load("state");
    expect(data.state.value).toMatchObject({ source: "state", loading: false, root: { name: "data" } });
    await session.close();
    await data.load("running");
    expect(data.state.value).toMatchObject({ source: "running", error: { code: "session-closed" } });
  });

  it("offers the datastores that the device has (RFC 6241 §8.3, §8.7)", () => {
    expect(dataSources(session)).toEqual(["running", "candidate", "state"]);
  });
});

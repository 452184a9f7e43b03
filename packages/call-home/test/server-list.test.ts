import { describe, expect, it } from "vitest";
import { CallHomeServerList, parseCallHomeServer } from "../src/server-list.ts";

const ssh = (name: string, address = "192.0.2.1") => ({ name, address, protocol: "netconf-ssh" as const });
const tls = (name: string, address = "192.0.2.1") => ({ name, address, protocol: "netconf-tls" as const });

describe("CallHomeServerList", () => {
  it("RFC 8071 §6: starts an entry at the port of its protocol, or its own", () => {
    const list = new CallHomeServerList();
    expect(list.create(ssh("a"))).toEqual({
      kind: "start",
      manager: {
        name: "a",
        endpoints: [{ name: "a", transport: "ssh", host: "192.0.2.1", port: 4334 }],
        connection: { type: "persistent" },
      },
    });
    expect(list.create(tls("b")).manager.endpoints[0]).toMatchObject({ transport: "tls", port: 4335 });
    expect(list.create({ ...tls("c"), port: 1 }).manager.endpoints[0]?.port).toBe(1);
    expect(list.managers.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  it("refuses a duplicate entry over both protocols, and keeps the first", () => {
    const list = new CallHomeServerList([ssh("noc")]);
    expect(() => list.create(tls("noc", "192.0.2.2"))).toThrow(/duplicate entry "noc"/);
    expect(list.servers).toEqual([ssh("noc")]);
  });

  it("deletes an entry by forgetting it: its session is left alone, and its name is free again", () => {
    const list = new CallHomeServerList([ssh("noc")]);
    expect(list.delete("noc")).toEqual({ kind: "forget", name: "noc" });
    expect(list.delete("noc")).toBeUndefined();
    expect(list.create(tls("noc")).kind).toBe("start");
  });

  it("replaces the list in the least steps, all or nothing", () => {
    const list = new CallHomeServerList([ssh("stays"), ssh("goes"), ssh("moves")]);
    expect(() => list.replace([ssh("x"), ssh("x")])).toThrow(/duplicate/);
    expect(list.servers).toHaveLength(3);
    const changes = list.replace([ssh("moves", "192.0.2.9"), { ...ssh("stays"), port: 4334 }, tls("comes")]);
    expect(changes.map((change) => [change.kind, change.kind === "start" ? change.manager.name : change.name])).toEqual(
      [
        ["forget", "goes"],
        ["forget", "moves"],
        ["start", "moves"],
        ["start", "comes"],
      ],
    );
    expect(list.servers.map(({ name }) => name)).toEqual(["moves", "stays", "comes"]);
  });

  it.each([
    [{ ...ssh("") }, /no name/],
    [{ ...ssh("a", "") }, /no address/],
    [{ ...ssh("a"), port: 0 }, /no port/],
    [{ ...ssh("a"), port: 65_536 }, /no port/],
    [{ ...ssh("a"), port: 1.5 }, /no port/],
    [{ ...ssh("a"), protocol: "restconf" as "netconf-ssh" }, /protocol/],
  ])("refuses %j", (server, message) => {
    expect(() => new CallHomeServerList([server])).toThrow(message);
  });
});

describe("parseCallHomeServer", () => {
  it.each([
    ["noc.example", undefined, "noc.example", undefined],
    ["admin@noc.example:4400", "admin", "noc.example", 4400],
    ["192.0.2.1:1", undefined, "192.0.2.1", 1],
    ["[2001:db8::1]:4400", undefined, "2001:db8::1", 4400],
    ["[2001:db8::1]", undefined, "2001:db8::1", undefined],
    ["admin@2001:db8::1", "admin", "2001:db8::1", undefined],
  ])("reads %s", (text, user, address, port) => {
    const server = parseCallHomeServer(text, "netconf-tls");
    expect([server.name, server.user, server.address, server.port]).toEqual([text, user, address, port]);
  });

  it.each(["", "@host", "a@b@c", "host:", "host:0", "host:65536", "host:x", "[::1", "two words", "host:123456"])(
    "refuses %j",
    (text) => {
      expect(() => parseCallHomeServer(text, "netconf-ssh")).toThrow(
        expect.objectContaining({ code: "invalid-argument" }),
      );
    },
  );
});

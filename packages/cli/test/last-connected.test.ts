import type { ConfigStorage } from "netconf-kit";
import { describe, expect, it } from "vitest";
import { LastConnected } from "../src/last-connected.ts";

function memory(text?: string) {
  const saved: string[] = [];
  const storage: ConfigStorage = {
    load: async () => (text === undefined ? undefined : new TextEncoder().encode(text)),
    save: async (bytes) => void saved.push(new TextDecoder().decode(bytes)),
  };
  return { storage, saved };
}

describe("LastConnected", () => {
  it("keeps the endpoint of each manager over a restart, and writes only what is new", async () => {
    const { storage, saved } = memory();
    const last = await LastConnected.load(storage);
    last.connected("noc", "north");
    last.connected("noc", "north");
    last.connected("backup", "vault");
    await last.saved;
    expect(saved).toEqual(['{"noc":"north"}\n', '{"noc":"north","backup":"vault"}\n']);
    const { endpoints } = await LastConnected.load(memory(saved[1]).storage);
    expect([...endpoints]).toEqual([
      ["noc", "north"],
      ["backup", "vault"],
    ]);
  });

  it.each(["", "{", "null", "[]", '{"noc": 7}'])("takes %j for no memory", async (text) => {
    expect((await LastConnected.load(memory(text).storage)).endpoints.size).toBe(0);
  });

  it("is only a preference: goes on without a place to keep it, or with one that fails", async () => {
    const nowhere = await LastConnected.load(undefined);
    nowhere.connected("noc", "north");
    await nowhere.saved;
    expect(nowhere.endpoints.get("noc")).toBe("north");
    const full = await LastConnected.load({
      load: async () => undefined,
      save: () => Promise.reject(new Error("no space left")),
    });
    full.connected("noc", "north");
    await full.saved;
  });
});

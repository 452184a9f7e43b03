import { memoryPair } from "@netconf-kit/socket";
import { serializeXml } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { createNetconfServer } from "../src/mod.ts";
import { config, content, exampleDescriptions, NC, settle, testBed } from "./support.ts";

describe("the life of a server", () => {
  it("comes back with what its storage has, and not with the initial configuration", async () => {
    let stored: Uint8Array | undefined;
    const storage = {
      load: async () => stored,
      save: async (bytes: Uint8Array) => {
        stored = bytes;
      },
    };
    const options = { schema: exampleDescriptions, storage, initial: config("<top><x>0</x></top>") };
    const first = await createNetconfServer(options);
    expect(content(first.read("running"))).toBe("<top><x>0</x></top>");
    await first.edit("running", config(`<top><type xmlns:i="urn:i">i:a</type></top>`));
    await first.close();
    const second = await createNetconfServer(options);
    expect(content(second.read("running"))).toBe("<top><x>0</x><type>i:a</type></top>");
    expect(serializeXml(second.read("running"))).toContain(`<type xmlns:i="urn:i">i:a</type>`);
  });

  it("does not begin with a storage that fails or holds something else", async () => {
    const storage = (load: () => Promise<Uint8Array>) => ({ storage: { load, save: async () => {} } });
    const failing = createNetconfServer(storage(() => Promise.reject(new Error("no disk"))));
    await expect(failing).rejects.toMatchObject({ code: "storage-failed", cause: { message: "no disk" } });
    const bytes = (text: string) => createNetconfServer(storage(async () => new TextEncoder().encode(text)));
    await expect(bytes("not xml")).rejects.toMatchObject({ code: "bad-configuration" });
    await expect(bytes(`<config xmlns="${NC}"><x/></config>`)).rejects.toMatchObject({ code: "bad-configuration" });
    await expect(createNetconfServer({ schema: [{ namespace: "urn:x", path: [], keys: [] }] })).rejects.toMatchObject({
      code: "bad-schema",
    });
  });

  it("refuses one session more than it may have, and any when closed", async () => {
    await using bed = await testBed({ maxSessions: 2 });
    await bed.connect();
    await bed.connect();
    const [ours, theirs] = memoryPair();
    await expect(bed.server.serve(theirs, { username: "x" })).rejects.toMatchObject({ code: "too-many-sessions" });
    await expect(ours.read()).rejects.toThrow();
    await bed.server.close();
    const [, another] = memoryPair();
    await expect(bed.server.serve(another, { username: "x" })).rejects.toMatchObject({ code: "closed" });
    expect(bed.server.sessions).toEqual([]);
  });

  it("ends every session when it closes", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    await bed.server.close();
    await client.closed;
  });

  it("gives the place of a session back when it closes", async () => {
    await using bed = await testBed({ maxSessions: 1 });
    const client = await bed.connect();
    await client.close();
    await settle();
    expect(bed.server.sessions).toEqual([]);
    const next = await bed.connect();
    expect(next.sessionId).toBe(2);
  });
});

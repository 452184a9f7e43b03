import { parseXml } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { alice, bob, is, makeDatastores, refusal, x } from "./datastores-support.ts";
import { config, content } from "./support.ts";

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
    const { datastores } = makeDatastores({ storage });
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
    const { datastores, running, candidate, log } = makeDatastores({ storage });
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
    const { datastores, clock, running } = makeDatastores({ storage });
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
    const { datastores, clock, running } = makeDatastores({ storage });
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

  it("keeps changes in their order, each on top of the one before, however long saving takes", async () => {
    const saved: string[] = [];
    const turns = [30, 10, 1];
    const storage = {
      load: async () => undefined,
      save: async (bytes: Uint8Array) => {
        for (let left = turns.shift() ?? 0; left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
        saved.push(content(parseXml(bytes)));
      },
    };
    const { datastores } = makeDatastores({ storage });
    const leaf = (name: string) => config(`<top><${name}/></top>`);
    const edits = ["a", "b", "c"].map((name) => datastores.edit(alice, "running", leaf(name)));
    const savedAtLock = datastores.lock(bob, "running").then(() => saved.length);
    await Promise.all(edits);
    expect(saved).toEqual(["<top><a/></top>", "<top><a/><b/></top>", "<top><a/><b/><c/></top>"]);
    expect(await savedAtLock).toBe(3);
  });
});

import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileStorage } from "../src/mod.ts";

describe("fileStorage()", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "storage-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("has nothing before the first save", async () => {
    expect(await fileStorage(join(folder, "none")).load()).toBeUndefined();
  });

  it("keeps the last of several saves, for its owner only, and leaves nothing else behind", async () => {
    const storage = fileStorage(join(folder, "kept"));
    await Promise.all([1, 2, 3].map((n) => storage.save(new Uint8Array([n]))));
    expect(await fileStorage(join(folder, "kept")).load()).toEqual(Buffer.from([3]));
    expect((await stat(join(folder, "kept"))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["kept"]);
  });

  it("fails without touching the old file when the new one cannot be written, and saves again afterwards", async () => {
    const storage = fileStorage(join(folder, "missing", "file"));
    await expect(storage.save(new Uint8Array([1]))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(fileStorage(folder).save(new Uint8Array([1]))).rejects.toThrow();
    const kept = fileStorage(join(folder, "kept"));
    await kept.save(new Uint8Array([4]));
    expect(await readFile(join(folder, "kept"))).toEqual(Buffer.from([4]));
  });
});

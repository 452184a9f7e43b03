import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConfigErrorCode, isConfigError } from "../src/config-errors.ts";
import { listenConfigSchema, parseListenConfig } from "../src/parse-listen-config.ts";
import { fits } from "./support/json-schema.ts";
import { FULL } from "./support/listen-file.ts";

const published = fileURLToPath(new URL("../schema/listen.schema.json", import.meta.url));

describe("listen.schema.json", () => {
  it("is what the decoder says; UPDATE_SCHEMA=1 writes it anew", () => {
    const schema = listenConfigSchema();
    if (process.env.UPDATE_SCHEMA) writeFileSync(published, `${JSON.stringify(schema, undefined, 2)}\n`);
    expect(JSON.parse(readFileSync(published, "utf8"))).toEqual(schema);
  });

  it("takes a file with everything in it, and one with the least", () => {
    expect(fits(listenConfigSchema(), FULL)).toBe(true);
    expect(fits(listenConfigSchema(), { listeners: [{ transport: "ssh" }], devices: [] })).toBe(true);
  });

  it("agrees with the decoder on any file with something wrong in it", () => {
    const schema = listenConfigSchema();
    let refused = 0;
    fc.assert(
      fc.property(fc.nat(1_000_000), junk, fc.constantFrom("replace", "remove", "add"), (which, value, how) => {
        const file: unknown = structuredClone(FULL);
        const places = placesIn(file);
        places[which % places.length]?.(how, value);
        const valid = fits(schema, file);
        if (!valid) refused++;
        expect(shapeIsRight(file), JSON.stringify(file)).toBe(valid);
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(1000);
  });
});

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom("ssh", "tls", "refuse", "accept-new", "hold", "", " ", "192.0.2.1", 0, 1, 65_535, 65_536, -1, 1.5),
  fc.constantFrom<unknown>({}, [], [""], { env: "A" }, { file: "a" }, { env: "A", file: "a" }, null, true, "a\nb"),
);

type Change = (how: "replace" | "remove" | "add", value: unknown) => void;

/** Every member and every item, each with what changes it. */
function placesIn(node: unknown): readonly Change[] {
  if (Array.isArray(node)) {
    return node.flatMap((item, at) => [
      (how: string, value: unknown) =>
        void node.splice(how === "add" ? node.length : at, how === "add" ? 0 : 1, ...(how === "remove" ? [] : [value])),
      ...placesIn(item),
    ]);
  }
  if (typeof node !== "object" || node === null) return [];
  const members = node as Record<string, unknown>;
  return Object.keys(members).flatMap((name) => [
    (how: string, value: unknown) => {
      if (how === "remove") delete members[name];
      else members[how === "add" ? `${name}s` : name] = value;
    },
    ...placesIn(members[name]),
  ]);
}

const BEYOND = new Set<ConfigErrorCode>(["config-conflict", "config-duplicate", "config-address"]);

/** What a schema cannot say: which addresses are addresses, and what two parts have to do with each other. */
function shapeIsRight(file: unknown): boolean {
  try {
    parseListenConfig(JSON.stringify(file));
    return true;
  } catch (error) {
    if (!isConfigError(error)) throw error;
    return error.problems.every(({ code }) => BEYOND.has(code));
  }
}

import { describe, expect, it } from "vitest";
import { applyEdit, loadConfig } from "../src/mod.ts";
import { config, content, EXAMPLE, exampleSchema } from "./support.ts";

function edit(before: string, change: string) {
  const base = loadConfig(config(before), exampleSchema).config;
  const result = applyEdit(base, config(change), exampleSchema);
  return { base, ...result, text: content(result.config) };
}

describe("user-ordered lists (RFC 7950 §7.7.9, §7.8.6)", () => {
  const rules = (...ids: number[]) => `<top>${ids.map((id) => `<rule><id>${id}</id></rule>`).join("")}</top>`;
  const put = (how: string, id: number) => `<top><rule ${how}><id>${id}</id></rule></top>`;

  it("puts a new entry last without an insert attribute", () => {
    expect(edit(rules(1, 2), rules(9)).text).toBe(rules(1, 2, 9));
  });

  it("puts entries first, last, before and after another one", () => {
    expect(edit(rules(1, 2), put(`yang:insert="first"`, 9)).text).toBe(rules(9, 1, 2));
    expect(edit(rules(1, 2), put(`yang:insert="last"`, 9)).text).toBe(rules(1, 2, 9));
    expect(edit(rules(1, 2), put(`yang:insert="before" yang:key="[e:id='2']" xmlns:e="${EXAMPLE}"`, 9)).text).toBe(
      rules(1, 9, 2),
    );
    expect(edit(rules(1, 2), put(`yang:insert="after" yang:key='[id="1"]'`, 9)).text).toBe(rules(1, 9, 2));
  });

  it("moves an entry that is there", () => {
    expect(edit(rules(1, 2, 3), put(`yang:insert="first"`, 3)).text).toBe(rules(3, 1, 2));
    expect(edit(rules(1, 2, 3), put(`yang:insert="last"`, 1)).text).toBe(rules(2, 3, 1));
    expect(edit(rules(1, 2, 3), put(`yang:insert="after" yang:key="[id='3']"`, 1)).text).toBe(rules(2, 3, 1));
  });

  it("changes nothing when an entry stands where it is told to go", () => {
    for (const how of [`yang:insert="last"`, `yang:insert="after" yang:key="[id='1']"`]) {
      const { config: after, base, errors } = edit(rules(1, 2), put(how, 2));
      expect(errors).toEqual([]);
      expect(after).toBe(base);
    }
  });

  it("orders a leaf-list by value", () => {
    const servers = (...names: string[]) => `<top>${names.map((name) => `<server>${name}</server>`).join("")}</top>`;
    expect(edit(servers("a", "b"), `<top><server yang:insert="before" yang:value="b">c</server></top>`).text).toBe(
      servers("a", "c", "b"),
    );
  });
});

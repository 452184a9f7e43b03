import { describe, expect, it } from "vitest";
import { applyEdit, diffConfig, formatDiff, formatPath, loadConfig } from "../src/mod.ts";
import { config, exampleSchema } from "./support.ts";

function load(text: string) {
  const { config: tree, errors } = loadConfig(config(text), exampleSchema);
  expect(errors).toEqual([]);
  return tree;
}

function diff(before: string, after: string) {
  return diffConfig(load(before), load(after), exampleSchema);
}

const eth = (name: string, rest = "") => `<interface><name>${name}</name>${rest}</interface>`;

describe("diffConfig", () => {
  it("names the topmost node that came or went, and each leaf that changed", () => {
    const changes = diff(
      `<top>${eth("a", "<mtu>1</mtu>")}${eth("b", "<mtu>1</mtu>")}</top>`,
      `<top>${eth("b", "<mtu>2</mtu>")}${eth("c", "<mtu>3</mtu>")}</top>`,
    );
    expect(changes.map((change) => `${change.op} ${formatPath(change.path)}`)).toEqual([
      "deleted /config:top/interface[name='a']",
      "modified /config:top/interface[name='b']/mtu",
      "created /config:top/interface[name='c']",
    ]);
    expect(changes[1]?.old?.children).toEqual(["1"]);
    expect(changes[1]?.new?.children).toEqual(["2"]);
  });

  it("finds nothing between trees that say the same in another order", () => {
    expect(diff(`<top>${eth("a")}${eth("b")}<x>1</x></top>`, `<top><x>1</x>${eth("b")}${eth("a")}</top>`)).toEqual([]);
  });

  it("looks at nothing that both trees share", () => {
    const before = load(`<top>${eth("a")}</top><other><deep/></other>`);
    const { config: after } = applyEdit(before, config("<top><x>1</x></top>"), exampleSchema);
    let looks = 0;
    const schema = {
      ...exampleSchema,
      root: {
        ...exampleSchema.root,
        child: (name: string, namespace: string) => {
          looks += 1;
          return exampleSchema.root.child(name, namespace);
        },
      },
    };
    expect(diffConfig(before, after, schema)).toHaveLength(1);
    const forTop = looks;
    looks = 0;
    expect(diffConfig(before, before, schema)).toEqual([]);
    expect(looks).toBe(0);
    expect(forTop).toBeLessThan(8);
  });

  it("reports the fewest moves of a user-ordered list, and none elsewhere", () => {
    const rules = (...ids: number[]) => `<top>${ids.map((id) => `<rule><id>${id}</id></rule>`).join("")}</top>`;
    const changes = diff(rules(1, 2, 3, 4), rules(4, 1, 2, 3));
    expect(changes.map((change) => `${change.op} ${formatPath(change.path)}`)).toEqual([
      "moved /config:top/rule[id='4']",
    ]);
  });

  it("compares anydata as a whole and leaf-list entries by value", () => {
    const changes = diff(
      "<top><blob><a/></blob><server>x</server></top>",
      "<top><blob><b/></blob><server>y</server></top>",
    );
    expect(changes.map((change) => `${change.op} ${formatPath(change.path)}`)).toEqual([
      "deleted /config:top/server[.='x']",
      "modified /config:top/blob",
      "created /config:top/server[.='y']",
    ]);
  });
});

describe("formatDiff", () => {
  it("writes a line for each leaf, with + and -", () => {
    const before = `<top>${eth("a", "<mtu>1</mtu><up/>")}${eth("b", "<mtu>1</mtu>")}</top>`;
    const after = `<top>${eth("b", "<mtu>2</mtu>")}${eth("c")}<server>x</server></top>`;
    expect(formatDiff(diff(before, after), exampleSchema)).toEqual([
      "- /config:top/interface[name='a']/mtu = 1",
      "- /config:top/interface[name='a']/up",
      "- /config:top/interface[name='b']/mtu = 1",
      "+ /config:top/interface[name='b']/mtu = 2",
      "+ /config:top/interface[name='c']",
      "+ /config:top/server[.='x']",
    ]);
  });

  it("writes control characters as escapes, so that a value cannot steer a terminal", () => {
    const lines = formatDiff(diff("<top/>", "<top><x>a&#13;\u009b31m</x></top>"), exampleSchema);
    expect(lines).toEqual(["+ /config:top/x = a\\u000d\\u009b31m"]);
  });
});

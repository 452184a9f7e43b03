import { parseXml } from "netconf-kit";
import { describe, expect, it } from "vitest";
import { idsToDepth, treeView } from "../src/state/config-tree.ts";
import { treeMove } from "../src/state/tree-keys.ts";

const data = parseXml(
  `<data xmlns="urn:base"><interfaces xmlns="urn:if"><interface><name>eth0</name><mtu>1500</mtu></interface><interface><name>eth1</name><mtu>9000</mtu></interface></interfaces><system xmlns="urn:sys"><hostname>R1</hostname></system></data>`,
);
const none: ReadonlySet<string> = new Set();
const names = (query: string): readonly string[] =>
  treeView(data, { expanded: none, query }).rows.map(
    (row) => `${row.name}${row.value === undefined ? "" : `=${row.value}`}`,
  );

describe("treeView()", () => {
  it("shows the top level only when nothing is open, with namespaces where they change", () => {
    const { rows } = treeView(data, { expanded: none });
    expect(rows.map(({ id, name, namespace, expandable }) => [id, name, namespace, expandable])).toEqual([
      ["0", "interfaces", "urn:if", true],
      ["1", "system", "urn:sys", true],
    ]);
  });

  it("tells entries of a list apart by their first leaf (RFC 7950 §7.8.5)", () => {
    const { rows } = treeView(data, { expanded: new Set(["0"]) });
    expect(rows.map(({ id, label, depth }) => [id, label, depth])).toEqual([
      ["0", undefined, 0],
      ["0/0", "eth0", 1],
      ["0/1", "eth1", 1],
      ["1", undefined, 0],
    ]);
  });

  it("opens the way to a value that is found, and nothing else", () => {
    expect(names("9000")).toEqual(["interfaces", "interface", "mtu=9000"]);
  });

  it("shows all below a name that is found, whatever the case of its letters", () => {
    expect(names("HOSTNAME")).toEqual(["system", "hostname=R1"]);
    expect(names("system")).toEqual(["system", "hostname=R1"]);
  });

  it("counts what was found and not what leads there", () => {
    expect(treeView(data, { expanded: none, query: "mtu" }).matches).toBe(2);
    expect(treeView(data, { expanded: none, query: "nowhere" })).toEqual({ rows: [], hidden: 0, matches: 0 });
  });

  it("draws as many rows as it may, and says how many there are beyond", () => {
    const all = idsToDepth(data, 9);
    expect(treeView(data, { expanded: all, maxRows: 9 })).toMatchObject({ hidden: 0 });
    const cut = treeView(data, { expanded: all, maxRows: 8 });
    expect([cut.rows.length, cut.hidden]).toEqual([8, 1]);
  });
});

describe("idsToDepth()", () => {
  it("gives the nodes that have something below", () => {
    expect([...idsToDepth(data, 0)]).toEqual(["0", "1"]);
    expect([...idsToDepth(data, 1)]).toEqual(["0", "0/0", "0/1", "1"]);
  });
});

describe("treeMove()", () => {
  const { rows } = treeView(data, { expanded: new Set(["0", "0/0"]) });

  it.each([
    ["0", "ArrowDown", { kind: "focus", id: "0/0" }],
    ["0/0", "ArrowUp", { kind: "focus", id: "0" }],
    ["0", "ArrowUp", undefined],
    ["1", "ArrowDown", undefined],
    ["0", "End", { kind: "focus", id: "1" }],
    ["1", "Home", { kind: "focus", id: "0" }],
    ["0/0/1", "ArrowLeft", { kind: "focus", id: "0/0" }],
    ["0/0", "ArrowLeft", { kind: "toggle", id: "0/0" }],
    ["0/0", "ArrowRight", { kind: "focus", id: "0/0/0" }],
    ["0/1", "ArrowRight", { kind: "toggle", id: "0/1" }],
    ["0/0/1", "ArrowRight", undefined],
    ["0/0/1", "Enter", undefined],
    ["1", " ", { kind: "toggle", id: "1" }],
    ["1", "x", undefined],
  ] as const)("from %s by %s", (from, key, move) => {
    expect(treeMove(rows, from, key)).toEqual(move);
  });
});

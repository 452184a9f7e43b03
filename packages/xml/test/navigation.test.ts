import { describe, expect, it } from "vitest";
import {
  attribute,
  child,
  childElements,
  childrenNamed,
  isElement,
  parseXml,
  qualifiedName,
  resolveQName,
  textOf,
} from "../src/mod.ts";

const root = parseXml("<r xmlns='u' xmlns:p='v' a='1' p:a='2'> x<a/><p:a>1</p:a><a>2<b>3</b>4</a>y </r>");

describe("navigation", () => {
  it("child(), childrenNamed() and childElements() go by local name and namespace", () => {
    expect(childElements(root).map((each) => [each.namespace, each.name])).toEqual([
      ["u", "a"],
      ["v", "a"],
      ["u", "a"],
    ]);
    expect(child(root, "a", "v")?.children).toEqual(["1"]);
    expect(child(root, "a", "u")?.children).toEqual([]);
    expect(child(root, "a", "")).toBeUndefined();
    expect(childrenNamed(root, "a", "u")).toHaveLength(2);
    expect(childrenNamed(root, "b", "u")).toEqual([]);
  });

  it("attribute() takes one without a prefix unless a namespace is given", () => {
    expect(attribute(root, "a")).toBe("1");
    expect(attribute(root, "a", "v")).toBe("2");
    expect(attribute(root, "a", "u")).toBeUndefined();
  });

  it("textOf() gives the element's own text, trimmed when asked", () => {
    expect(textOf(root)).toBe(" xy ");
    expect(textOf(root, { trim: true })).toBe("xy");
    expect(textOf(childElements(root)[2]!)).toBe("24");
    expect(textOf(parseXml("<a> \t\r\n\u00a0\u2003 </a>"), { trim: true })).toBe("\u00a0\u2003");
    expect(textOf(parseXml("<a/>"))).toBe("");
  });

  it("isElement() tells elements from text", () => {
    expect(root.children.map(isElement)).toEqual([false, true, true, true, false]);
  });
});

describe("qualified names", () => {
  it("qualifiedName() writes the namespace in braces, when there is one", () => {
    expect(qualifiedName(root)).toBe("{u}r");
    expect(qualifiedName(parseXml("<a/>"))).toBe("a");
  });

  it("resolveQName() follows RFC 7950 §9.10.3", () => {
    expect(resolveQName(root, "p:x")).toEqual({ name: "x", namespace: "v" });
    expect(resolveQName(root, "\n x ")).toEqual({ name: "x", namespace: "u" });
    expect(resolveQName(root, "xml:lang")).toEqual({ name: "lang", namespace: "http://www.w3.org/XML/1998/namespace" });
    expect(resolveQName(parseXml("<a/>"), "x")).toEqual({ name: "x", namespace: "" });
    expect(resolveQName(parseXml("<a xmlns=''/>"), "x")).toEqual({ name: "x", namespace: "" });
    expect(resolveQName(root, "é·:日本")).toBeUndefined();
    expect(resolveQName(parseXml("<a xmlns:é·='w'/>"), "é·:日本𠀀")).toEqual({ name: "日本𠀀", namespace: "w" });
  });

  it("resolveQName() gives undefined for what is no qualified name", () => {
    for (const text of [
      "",
      " ",
      ":",
      "p:",
      ":x",
      "p:x:y",
      "q:x",
      "p x",
      "1",
      "p:1",
      "-a",
      "a/b",
      "a\u00a0",
      "\u00d7",
    ]) {
      expect(resolveQName(root, text)).toBeUndefined();
    }
  });

  it("resolveQName() takes very long text in its stride", () => {
    expect(resolveQName(root, "a".repeat(5_000_000))).toMatchObject({ namespace: "u" });
    expect(resolveQName(root, `${"a".repeat(5_000_000)}!`)).toBeUndefined();
  });
});

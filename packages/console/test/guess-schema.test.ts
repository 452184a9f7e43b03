import { createNetconfServer, element, namespaces, parseXml, type XmlElement } from "netconf-kit";
import { describe, expect, it } from "vitest";
import { diffLines } from "../src/state/change.ts";
import { parseConfigText, parseOperationText } from "../src/state/config-text.ts";
import { predictEdit } from "../src/state/predict-edit.ts";

const data = (content: string): XmlElement => parseXml(`<data xmlns="urn:base">${content}</data>`);
const ports = (...entries: readonly string[]): string => `<ports xmlns="urn:p">${entries.join("")}</ports>`;
const port = (name: string, mtu: number): string => `<port><name>${name}</name><mtu>${mtu}</mtu></port>`;

describe("diffLines() with a guessed schema", () => {
  it("follows the entries of a list by the leaf that comes first", () => {
    expect(diffLines(data(ports(port("a", 1), port("b", 2))), data(ports(port("b", 3), port("c", 4))))).toEqual([
      "- /p:ports/port[name='a']/mtu = 1",
      "- /p:ports/port[name='b']/mtu = 2",
      "+ /p:ports/port[name='b']/mtu = 3",
      "+ /p:ports/port[name='c']/mtu = 4",
    ]);
  });

  it("takes a second key where the first one is not enough", () => {
    const route = (to: string, via: string, metric: number): string =>
      `<route><to>${to}</to><via>${via}</via><metric>${metric}</metric></route>`;
    const routes = (...all: readonly string[]): XmlElement => data(`<routing xmlns="urn:r">${all.join("")}</routing>`);
    const before = routes(route("x", "1", 5), route("x", "2", 5));
    expect(diffLines(before, routes(route("x", "1", 5), route("x", "2", 6)))).toEqual([
      "- /r:routing/route[to='x'][via='2']/metric = 5",
      "+ /r:routing/route[to='x'][via='2']/metric = 6",
    ]);
  });

  it("takes an only entry for one when its parent is called after it", () => {
    expect(diffLines(data(ports(port("a", 1))), data(ports(port("b", 1))))).toEqual([
      "- /p:ports/port[name='a']/mtu = 1",
      "+ /p:ports/port[name='b']/mtu = 1",
    ]);
  });

  it("compares leaf-lists by their values and containers by their leaves", () => {
    const system = (name: string, ...servers: readonly string[]): XmlElement =>
      data(`<sys xmlns="urn:s"><name>${name}</name>${servers.map((each) => `<dns>${each}</dns>`).join("")}</sys>`);
    expect(diffLines(system("r1", "1.1.1.1", "8.8.8.8"), system("r2", "1.1.1.1", "9.9.9.9"))).toEqual([
      "- /s:sys/dns[.='8.8.8.8']",
      "- /s:sys/name = r1",
      "+ /s:sys/name = r2",
      "+ /s:sys/dns[.='9.9.9.9']",
    ]);
  });

  it("says nothing about what is the same", () => {
    const before = ports(port("a", 1), port("b", 2));
    expect(diffLines(data(before), data(before))).toEqual([]);
  });
});

describe("predictEdit()", () => {
  it("merges as a device does (RFC 6241 §7.2)", async () => {
    const running = data(ports(port("a", 1), port("b", 2)));
    const edit = parseConfigText(ports(port("b", 9), port("c", 3)));
    expect(diffLines(running, await predictEdit(running, edit))).toEqual([
      "- /p:ports/port[name='b']/mtu = 2",
      "+ /p:ports/port[name='b']/mtu = 9",
      "+ /p:ports/port[name='c']/mtu = 3",
    ]);
  });

  it("comes to what the device comes to", async () => {
    const running = data(ports(port("a", 1), port("b", 2)));
    const edit = parseConfigText(
      ports(`<port xmlns:nc="${namespaces.base}" nc:operation="delete"><name>a</name></port>`, port("d", 4)),
    );
    await using device = await createNetconfServer({
      schema: [{ namespace: "urn:p", path: ["ports", "port"], keys: ["name"] }],
      initial: element("config", namespaces.base, running.children),
    });
    await device.edit("running", element("config", namespaces.base, edit));
    expect(diffLines(await predictEdit(running, edit), device.read("running"))).toEqual([]);
  });

  it("throws the device's own errors", async () => {
    const edit = parseConfigText(
      ports(`<port xmlns:nc="${namespaces.base}" nc:operation="delete"><name>z</name></port>`),
    );
    await expect(predictEdit(data(ports(port("a", 1), port("b", 2))), edit)).rejects.toMatchObject({
      errors: [{ tag: "data-missing" }],
    });
  });
});

describe("parseConfigText()", () => {
  it.each([
    ["several elements", '<a xmlns="urn:a"/><b xmlns="urn:b"/>', ["a", "b"]],
    ["<config>", `<config xmlns="${namespaces.base}"><a xmlns="urn:a"/></config>`, ["a"]],
    ["<data> of another reply", '<?xml version="1.0"?>\n<data><a xmlns="urn:a"/></data>', ["a"]],
  ])("reads %s", (_what, text, names) => {
    expect(parseConfigText(text).map(({ name }) => name)).toEqual(names);
  });

  it.each(["", "  ", "<config/>", "<a>", "text", "<!DOCTYPE a><a/>"])("refuses %j", (text) => {
    expect(() => parseConfigText(text)).toThrow(expect.objectContaining({ name: "XmlError" }));
  });
});

describe("parseOperationText()", () => {
  it("takes the operation out of <rpc>, or as it stands", () => {
    expect(parseOperationText('<rpc xmlns="urn:b" message-id="7"><get/></rpc>')).toMatchObject({ name: "get" });
    expect(parseOperationText('\n<get xmlns="urn:b"/>')).toMatchObject({ name: "get", namespace: "urn:b" });
  });
});

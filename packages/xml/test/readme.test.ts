import { expect, it } from "vitest";
import { readmeExamples, runExample } from "../../../test/support/readme-examples.ts";
import * as xml from "../src/mod.ts";

const BASE = "urn:ietf:params:xml:ns:netconf:base:1.0";
const INTERFACES = "urn:ietf:params:xml:ns:yang:ietf-interfaces";
const TYPES = "urn:ietf:params:xml:ns:yang:iana-if-type";

it("README has examples that run and print what they say", async () => {
  const examples = readmeExamples(new URL("../README.md", import.meta.url));
  const printed = [];
  for (const code of examples) printed.push(await runExample(code, { "@netconf-kit/xml": xml }));
  const entry = (i: number): string =>
    `<interface><name>ge-0/0/${i}</name><type>ianaift:ethernetCsmacd</type><enabled>true</enabled></interface>`;
  expect(printed).toEqual([
    [
      `<rpc xmlns="${BASE}" message-id="1"><get/></rpc>`,
      "1",
      JSON.stringify({ name: "ethernetCsmacd", namespace: TYPES }),
      `<type xmlns="${INTERFACES}" xmlns:ianaift="${TYPES}">ianaift:ethernetCsmacd</type>`,
    ],
    [
      "7 data",
      '1500 {"name":"eth0","mtu":"1500"}',
      `0 rpc-reply ${BASE}`,
      `74 data ${BASE}`,
      ...["interfaces", "interface", "name", "mtu"].map((name) =>
        expect.stringMatching(`^\\d+ ${name} ${INTERFACES}$`),
      ),
    ],
    [
      `<config xmlns="${BASE}"><interfaces xmlns="${INTERFACES}" xmlns:ianaift="${TYPES}">${entry(0)}${entry(1)}</interfaces></config>`,
    ],
  ]);
});

import * as net from "node:net";
import * as adapter from "@netconf-kit/node-adapter";
import { expect, it } from "vitest";
import * as ws from "ws";
import { readmeExamples, runExample } from "../../../test/support/readme-examples.ts";
import * as relay from "../src/mod.ts";
import * as page from "../src/page.ts";

it("README has an example that runs and prints what it says", async () => {
  const [example = ""] = readmeExamples(new URL("../README.md", import.meta.url));
  const modules = {
    "node:net": net,
    "@netconf-kit/node-adapter": adapter,
    "@netconf-kit/relay": relay,
    "@netconf-kit/relay/page": page,
    ws,
  };
  expect(await runExample(example, modules)).toEqual([
    "a device has called: true",
    "bytes: SSH-2.0-device",
    "an error: false",
  ]);
});

import { expect, it } from "vitest";
import { readmeExamples, runExample } from "../../../test/support/readme-examples.ts";
import * as framing from "../src/mod.ts";

it("README has an example that runs and prints what it says", async () => {
  const examples = readmeExamples(new URL("../README.md", import.meta.url));
  const printed = await Promise.all(examples.map((code) => runExample(code, { "@netconf-kit/framing": framing })));
  expect(printed).toEqual([["<hello/>", "<rpc/>"]]);
});

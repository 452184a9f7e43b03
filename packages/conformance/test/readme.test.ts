import * as socket from "@netconf-kit/socket";
import { expect, it } from "vitest";
import { readmeExamples, runExample } from "../../../test/support/readme-examples.ts";
import * as conformance from "../src/mod.ts";

it("README has an example that runs and prints what it says", async () => {
  const [example = ""] = readmeExamples(new URL("../README.md", import.meta.url));
  const modules = { "@netconf-kit/conformance": conformance, "@netconf-kit/socket": socket };
  expect(await runExample(example, modules)).toEqual(["carries bytes unchanged in both directions", "true", "3"]);
});

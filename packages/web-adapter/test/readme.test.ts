import * as ssh from "@netconf-kit/ssh";
import { expect, it } from "vitest";
import { readmeExamples, runExample } from "../../../test/support/readme-examples.ts";
import * as web from "../src/mod.ts";

it("README has an example that runs and prints what it says", async () => {
  const [example = ""] = readmeExamples(new URL("../README.md", import.meta.url));
  const printed = await runExample(example, { "@netconf-kit/ssh": ssh, "@netconf-kit/web-adapter": web });
  expect(printed).toEqual(["aes128-gcm@openssh.com", "true"]);
});

import * as ssh from "@netconf-kit/ssh";
import { expect, it } from "vitest";
import { readmeExamples, runExample } from "../../../test/support/readme-examples.ts";
import * as web from "../src/mod.ts";

it("README has examples that run and print what they say", async () => {
  const modules = { "@netconf-kit/ssh": ssh, "@netconf-kit/web-adapter": web };
  const [crypto = "", sockets = ""] = readmeExamples(new URL("../README.md", import.meta.url));
  expect(await runExample(crypto, modules)).toEqual(["aes128-gcm@openssh.com", "true"]);
  expect(await runExample(sockets, modules)).toEqual(["hello", "function"]);
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readmeExamples, runExample } from "../../../test/support/readme-examples.ts";
import * as netconfKit from "../src/mod.ts";

const page = (name: string): URL => new URL(`../../../docs/call-home/${name}.md`, import.meta.url);

describe("docs/call-home", () => {
  it.each(["dialects", "listen-config", "published-models"])(
    "%s: the example prints what stands below it",
    async (name) => {
      const [code = "", ...more] = readmeExamples(page(name));
      expect(more).toEqual([]);
      const printed = await runExample(code, { "netconf-kit": netconfKit });
      expect(readFileSync(page(name), "utf8")).toContain(`${code}\`\`\`\n\n\`\`\`\n${printed.join("\n")}\n\`\`\``);
    },
  );

  it("listen-config: the file is one", () => {
    const [, file = ""] = /```json\n([\s\S]*?)```/.exec(readFileSync(page("listen-config"), "utf8")) ?? [];
    expect(netconfKit.parseListenConfig(file).devices).toHaveLength(3);
  });

  it("dialects: the parts of files are parts of one", () => {
    const [listener = "", whole = ""] = Array.from(
      readFileSync(page("dialects"), "utf8").matchAll(/```json\n([\s\S]*?)```/g),
      ([, json = ""]) => json,
    );
    expect(netconfKit.parseListenConfig(whole).listeners[0]).toMatchObject({ outboundSsh: true });
    const config = netconfKit.parseListenConfig(`{ "listeners": [${listener}], "devices": [] }`);
    expect(config.listeners[0]?.balancers).toHaveLength(2);
  });
});

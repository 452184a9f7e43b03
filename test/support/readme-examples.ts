import { readFileSync } from "node:fs";

/** The TypeScript examples of a README, which have to be plain JavaScript but for their imports. */
export function readmeExamples(readme: URL): readonly string[] {
  return Array.from(readFileSync(readme, "utf8").matchAll(/```ts\n([\s\S]*?)```/g), ([, code = ""]) => code);
}

/** Runs an example, with modules for what it imports. The result is what it prints: texts as they are, values as JSON. */
export async function runExample(code: string, modules: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const lines: string[] = [];
  const log = (...values: readonly unknown[]): void => {
    lines.push(values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(" "));
  };
  const body = code
    .replace(/import \{([^}]*)\} from "([^"]+)";/g, 'const {$1} = modules["$2"];')
    .replaceAll("console.log(", "log(");
  await new Function("modules", "log", `return (async () => {${body}})();`)(modules, log);
  return lines;
}

// Every export of a published package has a doc comment, each function and class an example in it, and each example compiles:
// what it names is imported, what it takes for granted (a socket, a key) stands in doc-examples-context.ts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { packages, root } from "./workspace.mjs";

const context = join(root, "scripts/doc-examples-context.ts");
const modules = join(root, "scripts/doc-examples-modules.d.ts");
const entries = packages()
  .filter(({ manifest }) => !manifest.private)
  .flatMap(({ folder, name, manifest }) =>
    Object.entries(manifest.exports).map(([entry, { source }]) => ({
      specifier: name + entry.slice(1),
      file: join(root, "packages", folder, source),
    })),
  );
const compilerOptions = {
  ...ts.convertCompilerOptionsFromJson(
    JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")).compilerOptions,
    root,
  ).options,
  noEmit: true,
  types: ["node", "deno"],
  typeRoots: [join(root, "node_modules/@types")],
  noUnusedLocals: false,
  noUnusedParameters: false,
  isolatedDeclarations: false,
  declaration: false,
};

const symbols = exportedSymbols();
const missing = [];
const examples = [];
for (const { specifier, name, doc, tags, calls } of symbols.values()) {
  const label = `${specifier} ${name}`;
  if (doc === "") missing.push(`${label}: no doc comment`);
  const found = tags.filter((tag) => tag.name === "example");
  if (calls && found.length === 0) missing.push(`${label}: no example`);
  for (const tag of found) examples.push({ label, specifier, code: ts.displayPartsToString(tag.text) });
}
const problems = [...missing, ...checkExamples()];
for (const problem of problems) console.error(problem);
console.log(`doc examples: ${symbols.size} exports, ${examples.length} examples, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);

/** Each thing that is exported, by where it is declared: the package that declares it comes before those that pass it on. */
function exportedSymbols() {
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    compilerOptions,
  );
  const checker = program.getTypeChecker();
  const found = new Map();
  for (const { specifier, file } of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file));
    for (const exported of module === undefined ? [] : checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if (found.has(symbol)) continue;
      found.set(symbol, {
        specifier,
        name: exported.name,
        doc: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
        tags: symbol.getJsDocTags(checker),
        calls: (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class)) !== 0,
        isType: (symbol.flags & ts.SymbolFlags.Value) === 0,
      });
    }
  }
  return found;
}

function checkExamples() {
  const files = new Map(examples.map((example, i) => [join(root, "scripts", `doc-example-${i}.ts`), example]));
  const texts = new Map(Array.from(files, ([file, example]) => [file, asModule(example)]));
  const host = ts.createCompilerHost(compilerOptions);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) =>
    texts.has(file) ? ts.createSourceFile(file, texts.get(file), ...rest) : getSourceFile(file, ...rest);
  const program = ts.createProgram([...texts.keys(), context, modules], compilerOptions, host);
  const all = [...files, [context, { label: "scripts/doc-examples-context.ts" }]];
  return all.flatMap(([file, { label }]) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText, start }) => {
      const { line } = source.getLineAndCharacterOfPosition(start);
      return `${label}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}\n    ${source.text.split("\n")[line]}`;
    });
  });
}

/** Imports what an example names and does not itself declare, from its own package before all others. */
function asModule({ specifier, code }) {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  const named = new Set();
  const declared = new Set();
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      named.add(node.text);
      const { parent } = node;
      const declares = ts.isVariableDeclaration(parent) || ts.isBindingElement(parent) || ts.isImportSpecifier(parent);
      if ((declares || ts.isFunctionDeclaration(parent)) && parent.name === node) declared.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const known = [...symbols.values()].sort(
    (a, b) => Number(b.specifier === specifier) - Number(a.specifier === specifier),
  );
  const imports = new Map();
  for (const { specifier: from, name, isType } of known)
    if (named.has(name) && !declared.has(name) && !imports.has(name)) imports.set(name, { from, isType });
  const lines = Array.from(
    imports,
    ([name, { from, isType }]) => `import ${isType ? "type " : ""}{ ${name} } from ${JSON.stringify(from)};`,
  );
  return `${lines.join("\n")}\nexport {};\n${code}`;
}

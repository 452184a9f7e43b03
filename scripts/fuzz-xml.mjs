// node scripts/fuzz-xml.mjs [--minutes 10] [--seed N] [--keep FILE]: damages messages of the corpus, at random and where the
// structure is, and reads them with both readers, the compact tree and the envelope scan, in reads of random size. Each must
// give events or an XmlError of the peer, within a second; the readers must agree as test/reader-equivalence says. A finding is
// printed with the seed of its round, which alone repeats it, and its bytes; --keep adds its seed to a file, whose seeds come first.
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { root } from "./workspace.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    keep: { type: "string" },
    corpus: { type: "string", default: process.env.CORPUS_FOLDER ?? "" },
    module: { type: "string", default: "" },
    rounds: { type: "string", default: "Infinity" },
  },
});
const built = values.module === "" ? join(root, "packages/xml/dist/mod.js") : values.module;
const { ByteReader, EnvelopeScanner, isXmlError, parseCompact, SaxesReader } = await import(pathToFileURL(built).href);

const SLOWEST_MILLISECONDS = 1000;
const LONGEST_PART = 1100;
const MARKUP = [
  "<",
  ">",
  "&",
  "&#",
  "&lt;",
  "]]>",
  "<!--",
  "-->",
  "<![CDATA[",
  "<?p ",
  "?>",
  "/>",
  "</",
  '"',
  "'",
  "=",
  " ",
  "\r",
  "\r\n",
  " xmlns:p='u'",
  "p:",
  ":",
  " xmlns=''",
  "<!DOCTYPE",
  "\u0000",
  "\u0085",
  "\ufffe",
  "é",
  "😀",
  "<a>",
  "</a>",
  "]",
  "--",
  "<ok/>",
  "&#x1F600;",
].map((text) => new TextEncoder().encode(text));
const documents = [...load(values.corpus), ...builtIn()];
const kept = values.keep !== undefined && existsSync(values.keep) ? readFileSync(values.keep, "utf8").split("\n") : [];
const queue = kept.filter((line) => line !== "").map(Number);
const end = performance.now() + Number(values.minutes) * 60_000;
const outcomes = new Map();
let rounds = 0;
let findings = 0;
for (let seed = Number(values.seed) >>> 0; performance.now() < end && rounds < Number(values.rounds); rounds++) {
  const own = queue.shift() ?? seed++;
  const finding = round(own);
  if (finding === undefined) continue;
  findings++;
  console.error(`seed ${own}: ${finding}`);
  if (values.keep !== undefined) appendFileSync(values.keep, `${own}\n`);
  if (findings >= 20) break;
}
console.log(
  `fuzz-xml: ${documents.length} documents, ${rounds} rounds, ${findings} findings`,
  Object.fromEntries(outcomes),
);
process.exit(findings === 0 ? 0 : 1);

/** One damaged document; the seed decides everything. What is wrong, or `undefined`. */
function round(seed) {
  const random = generator(seed);
  let bytes = documents[random() % documents.length];
  for (let count = 1 + (random() % 4); count > 0; count--) bytes = damage(bytes, random);
  const size = random() % 3 === 0 ? bytes.length + 1 : 1 + (random() % 64);
  const started = performance.now();
  let problem;
  try {
    const strict = read(SaxesReader, bytes, bytes.length + 1);
    const fast = read(ByteReader, bytes, bytes.length + 1);
    const split = read(ByteReader, bytes, size);
    if (split.code !== fast.code || split.events !== fast.events)
      problem = `reads of ${size} give "${split.code}", one gives "${fast.code}"`;
    else problem = disagreement(strict, fast);
    const compact = attempt(() => parseCompact(bytes));
    if ((compact.code ?? "done") !== fast.code)
      problem ??= `the tree says "${compact.code}", the reader "${fast.code}"`;
    attempt(() => compact.value?.toElement());
    attempt(() => new EnvelopeScanner().scan(bytes));
    outcomes.set(fast.code, (outcomes.get(fast.code) ?? 0) + 1);
  } catch (error) {
    problem = `threw ${error instanceof Error ? error.stack : String(error)}`;
  }
  const milliseconds = performance.now() - started;
  if (milliseconds > SLOWEST_MILLISECONDS) problem ??= `took ${milliseconds.toFixed(0)} ms`;
  return problem === undefined ? undefined : `${problem}\n${Buffer.from(bytes).toString("base64").slice(0, 4000)}`;
}

/** Both refuse, or both give the same; the fast reader may be the stricter one where it says so. */
function disagreement(strict, fast) {
  if (strict.code === fast.code && strict.events === fast.events) return undefined;
  if (fast.code === "doctype" && strict.code !== "done") return undefined;
  // A name that is too long, before another mistake behind it.
  if (fast.code === "limit-name-length" && strict.code !== "done" && fast.offset <= strict.offset) return undefined;
  const stricter = /followed by no white space|misplaced colon/.test(fast.message);
  if (fast.code === "not-well-formed" && (stricter || (strict.code !== "done" && fast.offset <= strict.offset)))
    return undefined;
  // Names and XML declarations are read as a whole: bytes that are not UTF-8 come before other mistakes in them.
  const inOnePart = fast.offset - strict.offset < LONGEST_PART;
  if (fast.code === "encoding" && strict.code === "not-well-formed" && inOnePart) return undefined;
  return `saxes says "${strict.code}", the byte reader "${fast.code}": ${fast.message}`;
}

function read(Reader, bytes, size) {
  let events = "";
  let text = "";
  const flush = () => {
    if (text !== "") events += `text ${text}\n`;
    text = "";
  };
  const reader = new Reader({
    startElement: (start) => {
      flush();
      const attributes = start.attributes.map((each) => `${each.prefix}:{${each.namespace}}${each.name}=${each.value}`);
      events += `start ${start.prefix}:{${start.namespace}}${start.name} ${attributes.join(" ")} ${[...start.scope].sort()}\n`;
    },
    endElement: () => {
      flush();
      events += "end\n";
    },
    text: (piece) => {
      text += piece;
    },
  });
  const {
    code,
    message = "",
    offset,
  } = attempt(() => {
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
    reader.end();
  });
  // Text directly before an error may be given in part.
  if (code === undefined) flush();
  return { code: code ?? "done", events, message, offset };
}

function attempt(action) {
  try {
    return { value: action() };
  } catch (error) {
    if (!isXmlError(error) || error.fault !== "peer") throw error;
    return { code: error.code, message: error.message, offset: error.place?.offset };
  }
}

function damage(bytes, random) {
  const at = random() % (bytes.length + 1);
  const length = 1 + (random() % 16);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (random() % 8) {
    case 0:
      return joined(before, Uint8Array.of(random() & 0xff), after.subarray(1));
    case 1:
      return joined(before, after.subarray(length));
    case 2:
      return joined(before, after.subarray(0, length), after);
    case 3:
      return joined(before, MARKUP[random() % MARKUP.length], after);
    case 4:
      return random() % 4 === 0 ? before : joined(before, MARKUP[random() % MARKUP.length], after.subarray(length));
    case 5: {
      // A piece of another document.
      const other = documents[random() % documents.length];
      const from = random() % (other.length + 1);
      return joined(before, other.subarray(from, from + (random() % 200)), after);
    }
    case 6:
      return joined(swapTag(before), after);
    default:
      return joined(
        before,
        Uint8Array.of(before.at(-1) ?? 0x20).slice(),
        ...Array.from({ length: random() % 40 }, () => after.subarray(0, length)),
        after,
      );
  }
}

/** Takes the last tag of a piece out, or turns a start tag into an empty one. */
function swapTag(bytes) {
  const end = bytes.lastIndexOf(0x3e);
  const start = bytes.lastIndexOf(0x3c, end);
  if (end < 0 || start < 0) return bytes;
  return end - start > 8
    ? joined(bytes.subarray(0, start), bytes.subarray(end + 1))
    : joined(bytes.subarray(0, end), Uint8Array.of(0x2f), bytes.subarray(end));
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** xorshift: the same numbers for the same seed, everywhere. */
function generator(seed) {
  let state = (Math.imul(seed, 2654435761) ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

function load(folder) {
  if (folder === "") return [];
  return ["messages", "payloads", "xml/hostile"]
    .flatMap((part) => readdirSync(join(folder, part), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.xml(\.gz)?$/.test(entry.name))
    .map((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      return new Uint8Array(entry.name.endsWith(".gz") ? gunzipSync(bytes) : bytes);
    })
    .filter(({ length }) => length > 0 && length < 30_000);
}

function builtIn() {
  return [
    '<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="1"><ok/></rpc-reply>',
    '<?xml version="1.0" encoding="UTF-8"?>\n<a xmlns:p="urn:p" p:b="1&#10;" c=\'é\'>x<![CDATA[]]]]><![CDATA[>]]>&amp;<!-- c --><?p i?><p:d/>\r\n</a>',
  ].map((text) => new TextEncoder().encode(text));
}

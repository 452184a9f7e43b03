import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseCompact, parseXml } from "@netconf-kit/xml";
import { DOMParser } from "@xmldom/xmldom";
import { XMLParser } from "fast-xml-parser";
import { parse as parseTxml } from "txml/txml";

/** Prints what trees take, document included: what is still reachable after a collection, compared with before. */
export async function printMemory(document: Uint8Array): Promise<void> {
  const heap = await theHeap();
  const text = (): string => new TextDecoder().decode(document);
  const takes: readonly (readonly [string, () => unknown])[] = [
    ["compact tree", () => parseCompact(new Uint8Array(document))],
    ["parseXml, an object a node", () => [new Uint8Array(document), parseXml(document)]],
    ["fast-xml-parser", () => [text(), new XMLParser({ ignoreAttributes: false }).parse(text())]],
    ["txml", () => parseTxml(text())],
    ["@xmldom/xmldom", () => new DOMParser().parseFromString(text(), "text/xml")],
  ];
  console.log("xml: memory of a tree and its document, per byte of the document");
  for (const [name, make] of takes) {
    const taken = await memoryOf(make, heap);
    const perByte = (taken / document.length).toFixed(2).padStart(6);
    console.log(`  ${name.padEnd(28)} ${perByte}  ${(taken / MEBIBYTE).toFixed(0).padStart(5)} MiB`);
  }
  console.log("");
}

interface Heap {
  readonly collect: () => void;
  /** Bytes in use, those of array buffers included. */
  readonly used: () => number;
}

async function memoryOf(make: () => unknown, { collect, used }: Heap): Promise<number> {
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 2; i++) {
      // In a turn of its own: a collector that looks at the stack keeps what it takes for a reference there. Twice: what
      // buffers held is given back by the collection after the one that finds them.
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
  };
  await settle();
  const before = used();
  const kept = make();
  await settle();
  const taken = used() - before;
  if (kept === undefined) throw new Error("nothing was kept");
  return taken;
}

async function theHeap(): Promise<Heap> {
  if ("bun" in process.versions) {
    // A name that only Bun can resolve, and Bun has no types here.
    const jsc: { readonly fullGC: () => void; readonly heapStats: () => { readonly heapSize: number } } = await import(
      ["bun", "jsc"].join(":")
    );
    return { collect: () => jsc.fullGC(), used: () => jsc.heapStats().heapSize };
  }
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  return {
    collect,
    used: () => {
      const { heapUsed, arrayBuffers, external } = process.memoryUsage();
      // Deno counts array buffers with what is external, and tells no number of their own.
      return heapUsed + (arrayBuffers > 0 ? arrayBuffers : external);
    },
  };
}

const MEBIBYTE = 1 << 20;

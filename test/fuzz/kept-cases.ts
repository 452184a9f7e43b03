import type { FuzzCase } from "./fuzz-target.ts";

/** A case as it stands in a file: what once was a finding, and has to be none any more. */
export interface KeptCase {
  readonly decoder: string;
  /** What was wrong. */
  readonly problem: string;
  readonly split: number;
  /** Base64. */
  readonly input: string;
}

/** Reads a file of kept cases: one JSON object a line. */
export function parseKeptCases(text: string): readonly KeptCase[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as KeptCase); // our own files
}

export function formatKeptCase(decoder: string, problem: string, { input, split }: FuzzCase): string {
  const kept: KeptCase = { decoder, problem, split, input: Buffer.from(input).toString("base64") };
  return `${JSON.stringify(kept)}\n`;
}

export function caseOfKept({ input, split }: KeptCase): FuzzCase {
  return { input: new Uint8Array(Buffer.from(input, "base64")), split };
}

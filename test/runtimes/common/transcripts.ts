// Replays the recorded SSH conversations, each side alone; one line of JSON for each.
import { readFile } from "node:fs/promises";
import { replayTranscript, transcriptCases } from "../../../packages/ssh/test/replay/transcripts.ts";
import { tell } from "./adapter.ts";

export async function transcripts(): Promise<void> {
  for (const one of transcriptCases) {
    const file = new URL(`../../transcripts/ssh/${one.name}.txt`, import.meta.url);
    let error: string | undefined;
    try {
      const transcript = await readFile(file, "utf8");
      replayTranscript(one, "client", transcript);
      replayTranscript(one, "server", transcript);
    } catch (reason) {
      error = String(reason);
    }
    tell({ name: one.name, error });
  }
}

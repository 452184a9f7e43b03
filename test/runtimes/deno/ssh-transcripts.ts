// Replays the recorded SSH conversations in Deno, each side alone; one line of JSON for each.
import { replayTranscript, transcriptCases } from "../../../packages/ssh/test/replay/transcripts.ts";

for (const one of transcriptCases) {
  const file = new URL(`../../transcripts/ssh/${one.name}.txt`, import.meta.url);
  let error: string | undefined;
  try {
    const transcript = await Deno.readTextFile(file);
    replayTranscript(one, "client", transcript);
    replayTranscript(one, "server", transcript);
  } catch (reason) {
    error = String(reason);
  }
  console.log(JSON.stringify({ name: one.name, error }));
}

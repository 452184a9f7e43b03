import { replayTranscript, transcriptCases } from "../../../packages/ssh/test/replay/transcripts.ts";
import { feature } from "./feature.ts";

/** Each side alone in front of what the other one said when the conversation was recorded. */
export const sshTranscripts = feature(
  "SSH: recorded conversations, byte for byte",
  ["transcripts"],
  transcriptCases.map((one) => ({
    name: one.name,
    run: ({ transcripts }) => {
      const transcript = transcripts[one.name];
      if (transcript === undefined) throw new Error("it was never recorded");
      replayTranscript(one, "client", transcript);
      replayTranscript(one, "server", transcript);
    },
  })),
);

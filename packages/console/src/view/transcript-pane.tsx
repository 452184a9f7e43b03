import type { JSX } from "preact";
import { formatTranscript } from "../state/transcript.ts";
import type { PaneProps } from "./pane-props.ts";
import { useStore } from "./use-store.ts";

/** Entries drawn; the file that can be saved has all that are kept. */
const MAX_SHOWN = 100;

/** What was said, newest first, without what looks like a secret. */
export function TranscriptPane({ device }: PaneProps): JSX.Element {
  const entries = useStore(device.transcript.entries);
  const save = (): void => {
    const url = URL.createObjectURL(new Blob([formatTranscript(entries)], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = "transcript.xml.txt";
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <section class="card" aria-label="Transcript">
      <div class="row">
        <p class="grow">
          Passwords, keys and the like are replaced by their names alone: this is still for the eyes of those who may
          see the device.
        </p>
        <button type="button" onClick={save} disabled={entries.length === 0}>
          Save
        </button>
        <button type="button" onClick={() => device.transcript.clear()}>
          Clear
        </button>
      </div>
      <ol class="list" data-test="transcript">
        {entries
          .slice(-MAX_SHOWN)
          .reverse()
          .map(({ id, at, direction, bytes, text }) => (
            <li key={id}>
              <details>
                <summary>
                  <strong>{direction === "sent" ? "→ sent" : "← received"}</strong>{" "}
                  <span class="small">
                    {new Date(at).toLocaleTimeString()} · {bytes} bytes
                  </span>
                </summary>
                <pre class="code">{text}</pre>
              </details>
            </li>
          ))}
      </ol>
    </section>
  );
}

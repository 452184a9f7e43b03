import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type ChangeOutcome, type ChangeState, confirmedCommitOf } from "../state/change.ts";
import { parseConfigText } from "../state/config-text.ts";
import { DiffLines } from "./diff-lines.tsx";
import { ErrorBox } from "./error-box.tsx";
import type { PaneProps } from "./pane-props.ts";
import { useStore } from "./use-store.ts";

const outcomes: Readonly<Record<ChangeOutcome, string>> = {
  unchanged: "Nothing would change.",
  discarded: "The change was dropped; the device is as it was.",
  changed: "The device has taken the change.",
  kept: "The change is kept.",
  undone: "The change was undone.",
  lost: "The session ended before the change was kept: the device undoes it.",
  differs: "The device said ok, but running is not what it should be now. What is missing:",
  expired: "Nobody kept the change in time: the device has undone it.",
};
const ways = {
  candidate: "Goes to the candidate, is compared there, and becomes running when you commit.",
  running:
    "This device has no candidate: the difference is worked out in this page, and the change goes to running at once.",
  none: "This device says that its configuration cannot be changed over NETCONF (neither :candidate nor :writable-running).",
} as const;
const EXAMPLE = `<interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces">
  <interface>
    <name>eth0</name>
    <description>uplink</description>
  </interface>
</interfaces>`;
const DEFAULT_SECONDS = 60;

/** A change: written, shown as a difference, then committed, for a trial or for good. */
export function EditPane({ open }: PaneProps): JSX.Element {
  const { change, session, data } = open;
  const state = useStore(change.state);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<unknown>();
  const busy = state.kind === "working" || state.kind === "confirming";
  const preview = async (): Promise<void> => {
    try {
      setProblem(undefined);
      await change.preview(parseConfigText(text));
    } catch (error) {
      setProblem(error);
    }
  };
  return (
    <section class="card" aria-label="Edit">
      <p>{ways[change.way]}</p>
      {change.way !== "none" && (
        <label>
          Configuration, as edit-config takes it
          <textarea
            name="edit"
            class="code"
            rows={10}
            spellcheck={false}
            placeholder={EXAMPLE}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
      )}
      {change.way !== "none" && (
        <div class="row">
          <button
            type="button"
            class="primary"
            data-test="show-difference"
            disabled={busy || text.trim() === ""}
            onClick={() => void preview()}
          >
            Show the difference
          </button>
        </div>
      )}
      {problem !== undefined && <ErrorBox error={problem} />}
      <ChangeView
        state={state}
        confirmable={change.way === "candidate" && confirmedCommitOf(session).possible}
        onCommit={async (seconds) => {
          await (seconds === undefined ? change.commit() : change.commitConfirmed(seconds));
          void data.load("running");
        }}
        onDiscard={() => void change.discard()}
      />
    </section>
  );
}

interface ViewProps {
  readonly state: ChangeState;
  readonly confirmable: boolean;
  /** With seconds: a commit that undoes itself. */
  readonly onCommit: (seconds?: number) => Promise<void>;
  readonly onDiscard: () => void;
}

function ChangeView({ state, confirmable, onCommit, onDiscard }: ViewProps): JSX.Element | null {
  const [seconds, setSeconds] = useState(DEFAULT_SECONDS);
  switch (state.kind) {
    case "idle":
      return null;
    case "working":
      return (
        <p role="status">
          <span class="pulse" /> {state.what} …
        </p>
      );
    case "failed":
      return <ErrorBox error={state.error} />;
    case "confirming":
      return <DiffLines lines={state.lines} />;
    case "done":
      return (
        <>
          <p role="status" data-test="outcome">
            {outcomes[state.outcome]}
          </p>
          <DiffLines lines={state.lines} />
        </>
      );
    case "previewed":
      return (
        <>
          <h3>{state.predicted ? "Would change, as far as this page can tell" : "Would change"}</h3>
          <DiffLines lines={state.lines} />
          <div class="row">
            {confirmable && (
              <>
                <button type="button" class="primary" data-test="commit-trial" onClick={() => void onCommit(seconds)}>
                  Commit for a trial
                </button>
                <label class="inline">
                  of
                  <input
                    type="number"
                    name="seconds"
                    min={1}
                    max={86_400}
                    value={seconds}
                    onInput={(event) => setSeconds(Math.max(1, Math.floor(event.currentTarget.valueAsNumber || 1)))}
                  />
                  seconds
                </label>
              </>
            )}
            <button type="button" class={confirmable ? "" : "primary"} onClick={() => void onCommit()}>
              Commit for good
            </button>
            <button type="button" onClick={onDiscard}>
              Drop it
            </button>
          </div>
        </>
      );
  }
}

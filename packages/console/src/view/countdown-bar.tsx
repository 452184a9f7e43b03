import { systemClock } from "@netconf-kit/socket";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Change } from "../state/change.ts";
import { countdown } from "../state/countdown.ts";
import { useStore } from "./use-store.ts";

/** Milliseconds between two looks at the clock. */
const TICK = 250;

/** What is left until the device undoes a change, and the button against it. Shown above every pane. */
export function CountdownBar({
  change,
  cancellable,
}: {
  readonly change: Change;
  readonly cancellable: boolean;
}): JSX.Element | null {
  const state = useStore(change.state);
  const [, redraw] = useState(0);
  const confirming = state.kind === "confirming";
  useEffect(() => {
    if (!confirming) return undefined;
    const timer = setInterval(() => redraw((count) => count + 1), TICK);
    return () => clearInterval(timer);
  }, [confirming]);
  if (state.kind !== "confirming") return null;
  const { text, share, urgent, secondsLeft } = countdown(state.deadline, systemClock.now(), state.total);
  return (
    <section class={urgent ? "countdown urgent" : "countdown"} aria-label="Confirmed commit">
      <span>
        The device undoes this change in{" "}
        <strong role="timer" data-test="countdown">
          {text}
        </strong>
      </span>
      <progress max={1} value={share} aria-label="Time left" />
      <button type="button" class="primary" onClick={() => void change.keep()}>
        Keep <kbd>k</kbd>
      </button>
      {cancellable && (
        <button type="button" onClick={() => void change.discard()}>
          Undo now
        </button>
      )}
      <span class="visually-hidden" role="status">
        {/* Said once at the start and once near the end, not every second. */}
        {urgent && secondsLeft > 0 ? "Less time is left: decide now." : "A change waits to be kept."}
      </span>
    </section>
  );
}

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ErrorBox } from "./error-box.tsx";
import type { PaneProps } from "./pane-props.ts";
import { useStore } from "./use-store.ts";

/** Live notifications, the newest first. */
export function EventsPane({ open }: PaneProps): JSX.Element {
  const { events } = open;
  const { status, entries, total, error } = useStore(events.state);
  const [stream, setStream] = useState("NETCONF");
  const [query, setQuery] = useState("");
  const wanted = query.trim().toLowerCase();
  const shown = entries.filter(({ name, text }) => `${name}\n${text}`.toLowerCase().includes(wanted)).reverse();
  return (
    <section class="card" aria-label="Events">
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void events.subscribe(stream.trim());
        }}
      >
        <label>
          Stream
          <input value={stream} onInput={(event) => setStream(event.currentTarget.value)} />
        </label>
        <button type="submit" class="primary" disabled={status === "on" || status === "subscribing"}>
          {status === "on" ? "Subscribed" : "Subscribe"}
        </button>
        <label class="grow">
          Filter
          <input type="search" value={query} onInput={(event) => setQuery(event.currentTarget.value)} />
        </label>
        <button type="button" onClick={() => events.clear()}>
          Clear
        </button>
      </form>
      <p class="small" role="status" data-test="events-status">
        {status === "on" && <span class="pulse" />} {total} received
        {status === "over" && "; the subscription is over"}
      </p>
      {error !== undefined && <ErrorBox error={error} />}
      <ol class="list">
        {shown.map(({ id, time, name, text }) => (
          <li key={id}>
            <details>
              <summary>
                <strong>{name}</strong> <span class="small">{time}</span>
              </summary>
              <pre class="code">{text}</pre>
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}

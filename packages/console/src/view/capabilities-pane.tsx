import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PaneProps } from "./pane-props.ts";

/** What the device said it can do, and what was agreed on the way to it. */
export function CapabilitiesPane({ open }: PaneProps): JSX.Element {
  const [query, setQuery] = useState("");
  const wanted = query.trim().toLowerCase();
  const uris = open.session.capabilities.uris().filter((uri) => uri.toLowerCase().includes(wanted));
  return (
    <section class="card" aria-label="Capabilities">
      <dl class="facts">
        {Object.entries(open.facts).map(([name, value]) => [
          <dt key={name}>{name}</dt>,
          <dd key={value}>
            <code>{value}</code>
          </dd>,
        ])}
      </dl>
      <label>
        Filter
        <input type="search" value={query} onInput={(event) => setQuery(event.currentTarget.value)} />
      </label>
      <p class="small" role="status">
        {uris.length} of {open.session.capabilities.size}
      </p>
      <ul class="list">
        {uris.map((uri) => (
          <li key={uri}>
            <code>{uri}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { HostKeys } from "../state/host-keys.ts";

/** The host keys that were approved, each with the way to revoke it. */
export function HostKeyList({ hostKeys }: { readonly hostKeys: HostKeys }): JSX.Element {
  const [entries, setEntries] = useState(hostKeys.list());
  return (
    <section class="card" aria-labelledby="keys-title">
      <h2 id="keys-title">Approved host keys</h2>
      {entries.length === 0 && <p class="small">None yet. A key is asked for once, then known again.</p>}
      <ul class="list">
        {entries.map((entry) => (
          <li key={`${entry.target} ${entry.fingerprint}`} class="row">
            <span class="grow">
              <strong>{entry.name}</strong>{" "}
              <span class="small">{entry.target === undefined ? "called home" : `at ${entry.target}`}</span>
              <br />
              <code class="small">{entry.fingerprint}</code>
            </span>
            <button
              type="button"
              aria-label={`Revoke the key of ${entry.name}`}
              onClick={() => {
                hostKeys.revoke(entry);
                setEntries(hostKeys.list());
              }}
            >
              Revoke
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

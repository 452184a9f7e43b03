import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { idsToDepth, treeView } from "../state/config-tree.ts";
import { type DataSource, dataSources } from "../state/retrieval.ts";
import { ErrorBox } from "./error-box.tsx";
import type { PaneProps } from "./pane-props.ts";
import { Tree } from "./tree.tsx";
import { useStore } from "./use-store.ts";

const titles: Readonly<Record<DataSource, string>> = {
  running: "Running",
  candidate: "Candidate",
  startup: "Startup",
  state: "Running and state",
};
/** Levels that are open at first. */
const OPEN_DEPTH = 1;

/** Configuration and state as a tree, with a search over names and values. */
export function DataPane({ open }: PaneProps): JSX.Element {
  const state = useStore(open.data.state);
  const { root } = state;
  const [query, setQuery] = useState("");
  const [changed, setChanged] = useState<ReadonlySet<string>>();
  const first = useMemo(() => (root === undefined ? new Set<string>() : idsToDepth(root, OPEN_DEPTH)), [root]);
  const expanded = changed ?? first;
  const view = useMemo(
    () => (root === undefined ? undefined : treeView(root, { expanded, query })),
    [root, expanded, query],
  );
  const toggle = (id: string): void => {
    const next = new Set(expanded);
    if (!next.delete(id)) next.add(id);
    setChanged(next);
  };
  return (
    <section class="card" aria-label="Data">
      <div class="row">
        <label>
          Source
          <select
            value={state.source}
            onChange={(event) => {
              const source = dataSources(open.session).find((each) => each === event.currentTarget.value);
              setChanged(undefined);
              void open.data.load(source);
            }}
          >
            {dataSources(open.session).map((source) => (
              <option key={source} value={source}>
                {titles[source]}
              </option>
            ))}
          </select>
        </label>
        <label class="grow">
          Search names and values
          <input
            name="search"
            type="search"
            spellcheck={false}
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
        </label>
        <button type="button" disabled={state.loading} onClick={() => void open.data.load()}>
          {state.loading ? "Reading …" : "Read again"}
        </button>
      </div>
      <p class="small" role="status">
        {query.trim() !== "" && view !== undefined && `${view.matches} found. `}
        {view !== undefined && view.hidden > 0 && `${view.hidden} more lines are not shown: search for less. `}
        {state.milliseconds !== undefined && `Read in ${state.milliseconds} ms.`}
      </p>
      {state.error !== undefined && <ErrorBox error={state.error} />}
      {view !== undefined && <Tree rows={view.rows} onToggle={toggle} />}
      {view !== undefined && view.rows.length === 0 && (
        <p>{query.trim() === "" ? "There is nothing." : "Not found."}</p>
      )}
    </section>
  );
}

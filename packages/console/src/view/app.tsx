import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RelayAddress } from "../relay-link.ts";
import type { Console } from "../state/console.ts";
import { type Action, actionOf } from "../state/shortcuts.ts";
import { createStore, type Store } from "../state/store.ts";
import { ConnectPage, emptyDraft } from "./connect-page.tsx";
import { DevicePage } from "./device-page.tsx";
import { DeviceTab } from "./device-tab.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { currentTheme, nextTheme } from "./theme.ts";
import { useStore } from "./use-store.ts";

interface Props {
  readonly all: Console;
  readonly relay: Store<RelayAddress>;
}

const SHORTCUTS_OFF = "netconf-kit.shortcuts-off";
/** Where a key is written and not a shortcut. */
const FIELDS = "input, textarea, select, dialog, [contenteditable]";

/** The whole page: devices as tabs, below them the one that is shown. */
export function App({ all, relay }: Props): JSX.Element {
  const { devices, shown } = useStore(all.state);
  const [draft] = useState(() => createStore(emptyDraft));
  const [help, setHelp] = useState(false);
  const [theme, setTheme] = useState(currentTheme());
  const [shortcutsOn, setShortcutsOn] = useState(localStorage.getItem(SHORTCUTS_OFF) === null);

  useEffect(() => {
    if (!shortcutsOn) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      const writing = event.target instanceof Element && event.target.closest(FIELDS) !== null;
      const action = actionOf(event, writing);
      if (action === undefined) return;
      event.preventDefault();
      if (action.kind === "theme") setTheme(nextTheme());
      else if (action.kind === "help") setHelp(true);
      else act(all, action);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [all, shortcutsOn]);

  const enableShortcuts = (enabled: boolean): void => {
    if (enabled) localStorage.removeItem(SHORTCUTS_OFF);
    else localStorage.setItem(SHORTCUTS_OFF, "1");
    setShortcutsOn(enabled);
  };

  const device = devices.find(({ id }) => id === shown);
  return (
    <>
      <header>
        <h1>
          <span class="mark" aria-hidden="true" />
          NETCONF console
        </h1>
        <nav aria-label="Devices">
          {devices.map((each, place) => (
            <DeviceTab
              key={each.id}
              device={each}
              place={place}
              selected={each.id === shown}
              onShow={() => all.show(each.id)}
              onRemove={() => all.remove(each)}
            />
          ))}
          <button
            type="button"
            class="tab"
            aria-current={device === undefined ? "page" : undefined}
            onClick={() => all.show(undefined)}
          >
            + Connect
          </button>
        </nav>
        <button type="button" onClick={() => setTheme(nextTheme())} title="Dark, light, or as the system (m)">
          {theme === "system" ? "Theme: system" : `Theme: ${theme}`}
        </button>
        <button type="button" onClick={() => setHelp(true)} title="Keys (?)">
          Keys <kbd>?</kbd>
        </button>
      </header>
      <main>
        {device === undefined ? (
          <ConnectPage all={all} relay={relay} draft={draft} />
        ) : (
          <DevicePage key={device.id} all={all} device={device} />
        )}
      </main>
      {help && <HelpDialog enabled={shortcutsOn} onEnable={enableShortcuts} onClose={() => setHelp(false)} />}
    </>
  );
}

function act(all: Console, action: Exclude<Action, { kind: "theme" | "help" }>): void {
  switch (action.kind) {
    case "connect":
      all.show(undefined);
      focusSoon("target");
      return;
    case "device": {
      const device = all.state.value.devices[action.place];
      if (device !== undefined) all.show(device.id);
      return;
    }
    case "pane":
      all.showPane(action.pane);
      return;
    case "search":
      all.showPane("data");
      focusSoon("search");
      return;
    case "keep": {
      const phase = all.device?.state.value.phase;
      if (phase?.kind === "open") void phase.open.change.keep();
      return;
    }
  }
}

/** Focuses what the drawing that is due will have made: before the next key, which may be one for the field. */
function focusSoon(id: string): void {
  queueMicrotask(() => document.getElementById(id)?.focus());
}

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

/** The whole page: devices as tabs, below them the one that is shown, or all of them side by side. */
export function App({ all, relay }: Props): JSX.Element {
  const { devices, shown, sideBySide, panes } = useStore(all.state);
  const [draft] = useState(() => createStore(emptyDraft()));
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
  const beside = sideBySide && devices.length > 1 && device !== undefined;
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
        {devices.length > 1 && (
          <button type="button" aria-pressed={sideBySide} onClick={() => all.toggleSideBySide()}>
            Side by side <kbd>b</kbd>
          </button>
        )}
        <button type="button" onClick={() => setTheme(nextTheme())} title="Dark, light, or as the system (m)">
          {theme === "system" ? "Theme: system" : `Theme: ${theme}`}
        </button>
        <button type="button" onClick={() => setHelp(true)} title="Keys (?)">
          Keys <kbd>?</kbd>
        </button>
      </header>
      <main class={beside ? "beside" : undefined}>
        {device === undefined && <ConnectPage all={all} relay={relay} draft={draft} />}
        {(beside ? devices : devices.filter((each) => each === device)).map((each) => (
          <DevicePage
            key={each.id}
            all={all}
            device={each}
            pane={panes.get(each.id) ?? "data"}
            place={beside ? devices.indexOf(each) : undefined}
            current={each === device}
          />
        ))}
      </main>
      {help && <HelpDialog enabled={shortcutsOn} onEnable={enableShortcuts} onClose={() => setHelp(false)} />}
    </>
  );
}

function act(all: Console, action: Exclude<Action, { kind: "theme" | "help" }>): void {
  switch (action.kind) {
    case "connect":
      all.show(undefined);
      focusSoon("#target");
      return;
    case "device": {
      const device = all.state.value.devices[action.place];
      if (device !== undefined) all.show(device.id);
      followBeside(all);
      return;
    }
    case "step":
      all.step(action.by);
      followBeside(all);
      return;
    case "beside":
      all.toggleSideBySide();
      followBeside(all);
      return;
    case "pane":
      all.showPane(action.pane);
      return;
    case "search":
      all.showPane("data");
      focusSoon(`#device-${all.device?.id} [name=search]`);
      return;
    case "keep": {
      const phase = all.device?.state.value.phase;
      if (phase?.kind === "open") void phase.open.change.keep();
      return;
    }
  }
}

/** Side by side, Tab goes on in the device that is current now. */
function followBeside(all: Console): void {
  if (all.state.value.sideBySide && all.device !== undefined) focusSoon(`#device-${all.device.id}`);
}

/** Focuses what the drawing that is due will have made: before the next key, which may be one for the field. */
function focusSoon(selector: string): void {
  queueMicrotask(() => document.querySelector<HTMLElement>(selector)?.focus());
}

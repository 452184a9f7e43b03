/** Parts of the page about one device, in the order of their tabs. */
export const panes = ["data", "edit", "events", "rpc", "capabilities", "transcript"] as const;
export type Pane = (typeof panes)[number];

/** What a key asks for. */
export type Action =
  | { readonly kind: "pane"; readonly pane: Pane }
  | { readonly kind: "device"; readonly place: number }
  | { readonly kind: "step"; readonly by: 1 | -1 }
  | { readonly kind: "connect" | "beside" | "search" | "keep" | "theme" | "help" };

export interface Shortcut {
  readonly key: string;
  readonly what: string;
  readonly action: Action;
}

/** Single keys, in force while no field is being written in; they can be switched off (WCAG 2.2, success criterion 2.1.4). */
export const shortcuts: readonly Shortcut[] = [
  { key: "n", what: "Connect to another device", action: { kind: "connect" } },
  { key: "h", what: "The device to the left", action: { kind: "step", by: -1 } },
  { key: "l", what: "The device to the right", action: { kind: "step", by: 1 } },
  { key: "b", what: "Devices side by side, or one at a time", action: { kind: "beside" } },
  { key: "d", what: "Data", action: { kind: "pane", pane: "data" } },
  { key: "e", what: "Edit", action: { kind: "pane", pane: "edit" } },
  { key: "v", what: "Events", action: { kind: "pane", pane: "events" } },
  { key: "r", what: "Raw RPC", action: { kind: "pane", pane: "rpc" } },
  { key: "c", what: "Capabilities", action: { kind: "pane", pane: "capabilities" } },
  { key: "t", what: "Transcript", action: { kind: "pane", pane: "transcript" } },
  { key: "/", what: "Search the data", action: { kind: "search" } },
  { key: "k", what: "Keep a change that waits for it", action: { kind: "keep" } },
  { key: "m", what: "Dark, light, or as the system", action: { kind: "theme" } },
  { key: "?", what: "This list", action: { kind: "help" } },
];

/** What is used of a keyboard event. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/**
 * What a key press asks for, if anything. 1 to 9 lead to the devices.
 *
 * @param writing whether the key goes into a field
 * @example
 * actionOf(event, false); // { kind: "device", place: 0 } for the key 1
 */
export function actionOf(press: KeyPress, writing: boolean): Action | undefined {
  if (writing || press.ctrlKey || press.altKey || press.metaKey) return undefined;
  if (/^[1-9]$/.test(press.key)) return { kind: "device", place: Number(press.key) - 1 };
  return shortcuts.find(({ key }) => key === press.key)?.action;
}

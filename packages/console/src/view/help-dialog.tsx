import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { shortcuts } from "../state/shortcuts.ts";

interface Props {
  readonly enabled: boolean;
  readonly onEnable: (enabled: boolean) => void;
  readonly onClose: () => void;
}

/** The list of keys, and the switch that turns them off. */
export function HelpDialog({ enabled, onEnable, onClose }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        <dt>
          <kbd>1</kbd> … <kbd>9</kbd>
        </dt>
        <dd>The first to the ninth device</dd>
        {shortcuts.map(({ key, what }) => [
          <dt key={key}>
            <kbd>{key}</kbd>
          </dt>,
          <dd key={what}>{what}</dd>,
        ])}
        <dt>
          <kbd>↑</kbd> <kbd>↓</kbd> <kbd>←</kbd> <kbd>→</kbd>
        </dt>
        <dd>In the tree: move, close, open</dd>
      </dl>
      <label class="check">
        <input type="checkbox" checked={enabled} onChange={(event) => onEnable(event.currentTarget.checked)} />
        Single keys are shortcuts
      </label>
      <form method="dialog" class="row">
        <button type="submit" class="primary">
          Close
        </button>
      </form>
    </dialog>
  );
}

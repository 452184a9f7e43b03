import type { JSX } from "preact";
import type { Device, DeviceState } from "../state/device.ts";
import { useStore } from "./use-store.ts";

interface Props {
  readonly device: Device;
  readonly place: number;
  readonly selected: boolean;
  readonly onShow: () => void;
  readonly onRemove: () => void;
}

/** A device among the others: its name, how it is, and the way to end it. */
export function DeviceTab({ device, place, selected, onShow, onRemove }: Props): JSX.Element {
  const state = useStore(device.state);
  const words = statusOf(state);
  return (
    <span class="tab-group">
      <button type="button" class="tab" aria-current={selected ? "page" : undefined} onClick={onShow}>
        <span class={`dot ${state.phase.kind}`} role="img" aria-label={words} title={words} />
        {state.name}
        {place < 9 && <kbd>{place + 1}</kbd>}
      </button>
      <button type="button" class="close" aria-label={`Close ${state.name}`} onClick={onRemove}>
        ×
      </button>
    </span>
  );
}

function statusOf({ phase }: DeviceState): string {
  switch (phase.kind) {
    case "connecting":
      return "connecting";
    case "host-key":
      return "asks about its key";
    case "open":
      return "open";
    case "closed":
      return "closed";
  }
}

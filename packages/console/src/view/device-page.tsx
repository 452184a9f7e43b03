import type { ComponentType, JSX } from "preact";
import { confirmedCommitOf } from "../state/change.ts";
import type { Console } from "../state/console.ts";
import type { Device, DevicePhase } from "../state/device.ts";
import { type Pane, panes } from "../state/shortcuts.ts";
import { CapabilitiesPane } from "./capabilities-pane.tsx";
import { CountdownBar } from "./countdown-bar.tsx";
import { DataPane } from "./data-pane.tsx";
import { EditPane } from "./edit-pane.tsx";
import { ErrorBox } from "./error-box.tsx";
import { EventsPane } from "./events-pane.tsx";
import { HostKeyQuestion } from "./host-key-question.tsx";
import type { PaneProps } from "./pane-props.ts";
import { RpcPane } from "./rpc-pane.tsx";
import { TranscriptPane } from "./transcript-pane.tsx";
import { useStore } from "./use-store.ts";

const paneViews: Readonly<
  Record<Pane, { readonly title: string; readonly key: string; readonly View: ComponentType<PaneProps> }>
> = {
  data: { title: "Data", key: "d", View: DataPane },
  edit: { title: "Edit", key: "e", View: EditPane },
  events: { title: "Events", key: "v", View: EventsPane },
  rpc: { title: "Raw RPC", key: "r", View: RpcPane },
  capabilities: { title: "Capabilities", key: "c", View: CapabilitiesPane },
  transcript: { title: "Transcript", key: "t", View: TranscriptPane },
};

interface Props {
  readonly all: Console;
  readonly device: Device;
  readonly pane: Pane;
  /** Among the devices that are drawn beside it; `undefined` when it is alone. */
  readonly place: number | undefined;
  /** Whether keys go to it. */
  readonly current: boolean;
}

/** One device, in whatever phase it is. Whatever is done in it makes it the current one. */
export function DevicePage({ all, device, pane, place, current }: Props): JSX.Element {
  const { name, phase, banner } = useStore(device.state);
  const open = "open" in phase ? phase.open : undefined;
  const take = (): void => all.show(device.id);
  return (
    <section
      id={`device-${device.id}`}
      class={current ? "device current" : "device"}
      aria-label={name}
      tabIndex={-1}
      onFocusIn={take}
      onPointerDown={take}
    >
      {place !== undefined && (
        <h2 class="device-name">
          {name} {place < 9 && <kbd>{place + 1}</kbd>}
        </h2>
      )}
      {banner !== undefined && phase.kind !== "open" && <pre class="banner">{banner}</pre>}
      <PhaseView all={all} device={device} phase={phase} name={name} current={current} />
      {open !== undefined && <Panes all={all} device={device} open={open} pane={pane} />}
    </section>
  );
}

interface PhaseProps extends Pick<Props, "all" | "device" | "current"> {
  readonly phase: DevicePhase;
  readonly name: string;
}

function PhaseView({ all, device, phase, name, current }: PhaseProps): JSX.Element | null {
  switch (phase.kind) {
    case "connecting":
      return (
        <section class="card" role="status">
          <h2>{name}</h2>
          <p>
            <span class="pulse" /> {phase.what} …
          </p>
          <button type="button" onClick={() => all.remove(device)}>
            Give up
          </button>
        </section>
      );
    case "host-key":
      return <HostKeyQuestion device={device} phase={phase} current={current} />;
    case "open":
      return null;
    case "closed":
      return (
        <section class="card">
          <h2 data-test="closed">{name}: the session is over</h2>
          {phase.error !== undefined && <ErrorBox error={phase.error} />}
          {device.road.target !== undefined && (
            <button
              type="button"
              class="primary"
              onClick={() => {
                all.remove(device);
                all.connect(device.road);
              }}
            >
              Connect again
            </button>
          )}
        </section>
      );
  }
}

function Panes({ all, device, open, pane }: PaneProps & Pick<Props, "all" | "pane">): JSX.Element {
  const { View } = paneViews[pane];
  return (
    <>
      <CountdownBar change={open.change} cancellable={confirmedCommitOf(open.session).cancellable} />
      <nav class="panes" aria-label="Of this device">
        {panes.map((each) => (
          <button
            key={each}
            type="button"
            class="tab"
            aria-current={each === pane ? "page" : undefined}
            onClick={() => all.showPane(each, device.id)}
          >
            {paneViews[each].title} <kbd>{paneViews[each].key}</kbd>
          </button>
        ))}
      </nav>
      <View device={device} open={open} />
    </>
  );
}

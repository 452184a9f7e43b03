import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Device, DevicePhase } from "../state/device.ts";

interface Props {
  readonly device: Device;
  readonly phase: Extract<DevicePhase, { kind: "host-key" }>;
  /** Whether keys go to this device. */
  readonly current: boolean;
}

/** Shows the key of a device before anything of the user is sent to it. */
export function HostKeyQuestion({ device, phase, current }: Props): JSX.Element {
  const { offered, finding } = phase;
  const [name, setName] = useState(device.road.target ?? device.road.name);
  const changed = finding.kind === "changed";
  const title = useRef<HTMLHeadingElement>(null);
  // Whoever reads by ear is led here, unless at work in the device beside; the button is not focused, so that no key meant for
  // the form before approves. Before it is painted: a Tab pressed on sight of the question starts here too.
  useLayoutEffect(() => {
    if (current) title.current?.focus();
  }, []);
  return (
    <section class="card question" aria-labelledby="host-key-title">
      <h2 id="host-key-title" ref={title} tabIndex={-1}>
        {changed ? "This device has another key than before" : "Is this your device?"}
      </h2>
      <p>
        {changed
          ? "Either its key was renewed, or something stands between you and it. Nothing was sent. If you know why, revoke the old key on the page that connects, then connect again."
          : "It proved that it holds this key. Compare the fingerprint with the one on the device itself. Nothing of yours has been sent yet."}
      </p>
      <dl class="facts">
        <dt>{changed ? "shown now" : "fingerprint"}</dt>
        <dd>
          <code data-test="fingerprint">{offered.fingerprint}</code>
        </dd>
        <dt>type</dt>
        <dd>{offered.keyType}</dd>
        {changed && <dt>approved before</dt>}
        {changed && (
          <dd>
            <code>{finding.entry.fingerprint}</code>
          </dd>
        )}
      </dl>
      {changed ? (
        <div class="row">
          <button type="button" class="primary" onClick={() => device.answerHostKey(false, name)}>
            Refuse
          </button>
        </div>
      ) : (
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            device.answerHostKey(true, name.trim() === "" ? device.road.name : name.trim());
          }}
        >
          <label class="grow">
            Call it
            <input value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          <button type="submit" class="primary">
            Approve and remember
          </button>
          <button type="button" onClick={() => device.answerHostKey(false, name)}>
            Refuse
          </button>
        </form>
      )}
    </section>
  );
}

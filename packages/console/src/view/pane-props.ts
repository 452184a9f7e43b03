import type { Device, OpenDevice } from "../state/device.ts";

/** What every pane gets. */
export interface PaneProps {
  readonly device: Device;
  readonly open: OpenDevice;
}

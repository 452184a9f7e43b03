import { describe, expect, it } from "vitest";
import { diffListenConfig } from "../src/diff-listen-config.ts";
import type { ListenConfig } from "../src/listen-config.ts";
import { FULL } from "./support/listen-file.ts";

const NOTHING = {
  close: [],
  open: [],
  configure: false,
  devices: { added: [], changed: [], removed: [] },
  needsRestart: [],
};
const base: ListenConfig = { listeners: [{ transport: "ssh" }], devices: [] };
const to = (change: Partial<ListenConfig>) => diffListenConfig(base, { ...base, ...change });

describe("diffListenConfig", () => {
  it("has nothing to do for the same, for defaults written out, and for another order", () => {
    expect(diffListenConfig(FULL, structuredClone(FULL))).toEqual(NOTHING);
    const reordered = { ...FULL, listeners: FULL.listeners.toReversed(), devices: FULL.devices.toReversed() };
    expect(diffListenConfig(FULL, reordered)).toEqual(NOTHING);
    expect(to({ users: [], limits: {}, policy: { whenConnected: "probe", unknownDevices: "refuse" } })).toEqual(
      NOTHING,
    );
  });

  it("closes a listener that is gone, opens one that is new, and does both to one that has changed", () => {
    const ssh = { transport: "ssh" } as const;
    const other = { transport: "ssh", port: 4400 } as const;
    expect(to({ listeners: [ssh, other] })).toEqual({ ...NOTHING, open: [other] });
    expect(to({ listeners: [other] })).toEqual({ ...NOTHING, close: [ssh], open: [other] });
    const balanced = { ...ssh, balancers: ["10.0.0.0/8"] };
    expect(to({ listeners: [balanced] })).toEqual({
      ...NOTHING,
      close: [ssh],
      open: [balanced],
      configure: true,
    });
  });

  it("opens the listeners of TLS anew when our certificate changes, and no others", () => {
    const tls = { ...FULL.tls, certificateFile: "new.pem" };
    const listener = { transport: "tls" };
    expect(diffListenConfig(FULL, { ...FULL, tls })).toEqual({ ...NOTHING, close: [listener], open: [listener] });
  });

  it("tells free ports apart by their order", () => {
    const free = { transport: "ssh", port: 0 } as const;
    const one = { ...base, listeners: [free] };
    expect(diffListenConfig(one, { ...base, listeners: [free, free] })).toEqual({ ...NOTHING, open: [free] });
    expect(diffListenConfig({ ...base, listeners: [free, free] }, one)).toEqual({ ...NOTHING, close: [free] });
  });

  it("names the devices that come, go and change", () => {
    const [first, second] = FULL.devices;
    const changed = { ...first, addresses: ["192.0.2.70"] };
    const added = { name: "router 9", addresses: ["192.0.2.9"] };
    expect(diffListenConfig(FULL, { ...FULL, devices: [changed, added] })).toEqual({
      ...NOTHING,
      configure: true,
      devices: { added: ["router 9"], changed: [first.name], removed: [second.name] },
    });
  });

  it("configures anew for users, whose order counts, for policy and for limits", () => {
    expect(diffListenConfig(FULL, { ...FULL, users: FULL.users.toReversed() })).toEqual({
      ...NOTHING,
      configure: true,
    });
    expect(to({ policy: { whenConnected: "reject" } })).toEqual({ ...NOTHING, configure: true });
    expect(to({ limits: { maxSessions: 5 } })).toEqual({ ...NOTHING, configure: true });
  });

  it("says what counts only after a restart", () => {
    const limits = { pending: { maxDevices: 1 }, failedUsers: { maxDevices: 1 } };
    expect(to({ policy: { unknownDevices: "hold" }, limits })).toEqual({
      ...NOTHING,
      needsRestart: ["/policy/unknownDevices", "/limits/pending", "/limits/failedUsers"],
    });
  });
});

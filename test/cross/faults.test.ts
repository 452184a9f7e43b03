import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Direction, LinkFault, LinkPlan } from "../support/faulty-socket.ts";
import { FaultLab, type LabOptions, type Marks, newKey, steps } from "./fault-lab.ts";

/*
 * The fault matrix of Call Home over SSH, in virtual time. After every fault the same has to be true: the device is back by its
 * policy, what the manager has seen acknowledged is stored, nothing half done is seen, and nothing is left behind.
 */

const rows: { readonly fault: string; readonly back: string }[] = [];
afterAll(() => {
  const width = Math.max(...rows.map(({ fault }) => fault.length));
  const lines = rows.map(({ fault, back }) => `  ${fault.padEnd(width)}  ${back.padStart(8)}  nothing  nothing`);
  console.log(["", `  ${"fault".padEnd(width)}  ${"back in".padStart(8)}  lost     left`, ...lines, ""].join("\n"));
});

const labs: FaultLab[] = [];
afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.stop();
});

function newLab(options?: LabOptions): FaultLab {
  const lab = new FaultLab(options);
  labs.push(lab);
  return lab;
}

let marks: Marks;
/** What a manager and a device hold for one session that stands. */
let holds: FaultLab["holds"];
beforeAll(async () => {
  const lab = new FaultLab();
  lab.startManager();
  await lab.startDevice();
  await lab.until(() => lab.isBack, 0);
  await lab.pass(LATE);
  ({ marks, holds } = lab);
  await lab.stop();
  expect(lab.holds).toEqual(NOTHING);
});

const NOTHING: FaultLab["holds"] = { timers: 0, ends: 0, sessions: 0, connecting: 0 };
/** Later than any time limit. */
const LATE = 130_000;

/** What has to be true once the device is back. */
async function expectNothingLost(lab: FaultLab, fault: string, back: number): Promise<void> {
  expect(lab.losses).toEqual([]);
  expect(await lab.stored()).toBe(lab.acknowledged);
  await lab.pass(LATE);
  expect(lab.holds).toEqual(holds);
  await lab.stop();
  expect(lab.holds).toEqual(NOTHING);
  rows.push({ fault, back: `${(back / 1000).toFixed(1)} s` });
}

describe("a link that breaks at any step: the device is back (RFC 8071 §4.1), nothing acknowledged is lost, nothing is left", () => {
  /** A cut is known at once; a stall takes the longest time limit of a device: 60 s for an attempt, 41 s for a session. */
  const bounds: Readonly<Record<LinkFault, number>> = { cut: 1000, stall: 62_000 };
  const ways: readonly (readonly [Direction, string])[] = [
    ["out", "what the device sends"],
    ["in", "what the manager sends"],
  ];
  const breaks = async (name: string, plan: LinkPlan): Promise<void> => {
    const lab = newLab();
    lab.network.next = plan;
    lab.startManager();
    await lab.startDevice();
    const back = await lab.until(() => lab.isBack, bounds[plan.fault]);
    expect(lab.network.links.map(({ fault }) => fault)).toEqual([plan.fault, undefined]);
    await expectNothingLost(lab, name, back);
  };
  for (const fault of ["cut", "stall"] as const) {
    for (const [direction, way] of ways) {
      for (const afterBytes of [0, 5]) {
        const name = `${fault} after ${afterBytes} bytes, ${way}`;
        it(name, () => breaks(name, { fault, direction, afterBytes }));
      }
    }
  }
  for (const [at, step] of steps.entries()) {
    for (const fault of ["cut", "stall"] as const) {
      for (const [direction, way] of ways) {
        const name = `${fault} in the ${step}, ${way}`;
        it(name, async () => {
          const begin = marks.get(step)?.[direction] ?? Number.NaN;
          const end = marks.get(steps[at + 1] ?? "idle")?.[direction] ?? Number.NaN;
          expect(end).toBeGreaterThan(begin);
          await breaks(name, { fault, direction, afterBytes: begin + Math.ceil((end - begin) / 2) });
        });
      }
    }
  }

  for (const fault of ["cut", "stall"] as const) {
    const name = `${fault} of a session at rest${fault === "stall" ? " (NAT time-out)" : ""}`;
    it(name, async () => {
      const lab = newLab();
      lab.startManager();
      await lab.startDevice();
      await lab.until(() => lab.isBack, 0);
      await lab.pass(600_000);
      lab.network.last.break(fault);
      const back = await lab.until(() => lab.network.links.length === 2 && lab.isBack, bounds[fault]);
      await expectNothingLost(lab, name, back);
    });
  }
});

describe("an end that dies, or cannot", () => {
  it("a device that crashes with a change that is not committed", async () => {
    const lab = newLab();
    const half = marks.get("commit")?.in ?? Number.NaN;
    lab.network.next = { fault: "stall", direction: "in", afterBytes: half + 1 };
    lab.startManager();
    await lab.startDevice();
    await lab.until(() => lab.attempted === "name-1", 0);
    await lab.crashDevice();
    expect(await lab.stored()).toBe("first");
    await lab.startDevice();
    const back = await lab.until(() => lab.isBack, 10_000);
    await expectNothingLost(lab, "device crashes before a commit", back);
  });

  it("a device that crashes after a commit", async () => {
    const lab = newLab();
    lab.startManager();
    await lab.startDevice();
    await lab.until(() => lab.isBack, 0);
    await lab.crashDevice();
    expect(await lab.stored()).toBe("name-1");
    await lab.startDevice();
    const back = await lab.until(() => lab.network.links.length === 2 && lab.isBack, 10_000);
    await expectNothingLost(lab, "device crashes after a commit", back);
  });

  it("a manager that crashes and is away for an hour", async () => {
    const lab = newLab({ policy: { maxRetryInterval: 60_000 } });
    lab.startManager();
    await lab.startDevice();
    await lab.until(() => lab.isBack, 0);
    await lab.crashManager();
    await lab.pass(3_600_000);
    const calls = lab.deviceEvents.filter(({ kind }) => kind === "dialing").length;
    expect(calls).toBeGreaterThan(60); // an hour of minutes, and the shorter intervals before
    expect(calls).toBeLessThan(75);
    lab.startManager();
    const back = await lab.until(() => lab.network.links.length === 2 && lab.isBack, 60_000);
    await expectNothingLost(lab, "manager away for an hour", back);
  });
});

describe("time that jumps", () => {
  for (const [words, hours] of [
    ["forward", 8],
    ["back", -8],
  ] as const) {
    it(`${words} by eight hours, while a session stands: it stays`, async () => {
      const lab = newLab();
      lab.startManager();
      await lab.startDevice();
      await lab.until(() => lab.isBack, 0);
      lab.calendar += hours * 3_600_000;
      await lab.pass(60_000);
      expect(lab.deviceEvents.filter(({ kind }) => kind === "clock-jumped")).toHaveLength(1);
      expect(lab.network.links).toHaveLength(1);
      await expectNothingLost(lab, `clock ${words} by 8 h`, 0);
    });
  }

  it("forward by eight hours, because the machine slept, and its link is gone: it asks and calls again", async () => {
    const lab = newLab();
    lab.startManager();
    await lab.startDevice();
    await lab.until(() => lab.isBack, 0);
    lab.network.last.break("stall");
    lab.calendar += 8 * 3_600_000;
    const back = await lab.until(() => lab.network.links.length === 2 && lab.isBack, 62_000);
    await expectNothingLost(lab, "sleep of 8 h, link gone", back);
  });

  it("forward, while a call waits for its next try: it tries at once", async () => {
    const lab = newLab({ policy: { retryInterval: 300_000, jitter: 0 } });
    await lab.startDevice(); // nobody listens
    await lab.pass(1000);
    lab.startManager();
    lab.calendar += 3_600_000;
    const back = await lab.until(() => lab.isBack, 30_000);
    await expectNothingLost(lab, "clock forward while waiting", back);
  });
});

describe("keys and refusals", () => {
  it("a wrong key: refused without a login, again and again by policy, and let in once the operator knows it", async () => {
    const lab = newLab();
    const other = newKey();
    lab.startManager();
    await lab.startDevice(other);
    await lab.pass(600_000);
    const refused = lab.managerEvents.filter((event) => event.kind === "rejected");
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(["unknown-identity"]));
    expect(refused.length).toBeGreaterThan(5);
    expect(lab.marks.has("login")).toBe(false);
    lab.know(lab.entry([other]));
    const back = await lab.until(() => lab.isBack, 300_000);
    await expectNothingLost(lab, "wrong key, then known", back);
  });

  it("a key that is rolled over, with a time in which both count: the same device, and then the old key is a stranger", async () => {
    const lab = newLab();
    const next = newKey();
    lab.know(lab.entry([lab.hostKey, next]));
    lab.startManager();
    await lab.startDevice();
    await lab.until(() => lab.isBack, 0);
    await lab.crashDevice();
    await lab.startDevice(next);
    const back = await lab.until(() => lab.network.links.length === 2 && lab.isBack, 10_000);
    expect(lab.manager?.connected().map(({ device }) => device)).toEqual(["router"]);
    lab.know(lab.entry([next]));
    await lab.pass(60_000);
    expect(lab.network.links).toHaveLength(2); // a session that stands stays
    await lab.crashDevice();
    await lab.startDevice(lab.hostKey);
    await lab.pass(1000);
    expect(lab.managerEvents.at(-1)).toMatchObject({ kind: "rejected", reason: "unknown-identity" });
    await lab.crashDevice();
    await lab.startDevice(next);
    await lab.until(() => lab.isBack, 10_000);
    await expectNothingLost(lab, "key rolled over", back);
  });

  it("a manager that refuses every connection, until it does not", async () => {
    let refuses = true;
    const lab = newLab({ manager: { admission: { allows: () => !refuses } } });
    lab.startManager();
    await lab.startDevice();
    await lab.pass(60_000);
    const refused = lab.managerEvents.filter((event) => event.kind === "rejected");
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(["limit-connecting"]));
    refuses = false;
    const back = await lab.until(() => lab.isBack, 300_000);
    await expectNothingLost(lab, "manager that refuses", back);
  });

  it("a manager that comes with the wrong user, until it has the right one", async () => {
    const lab = newLab();
    lab.know(lab.entry([lab.hostKey], [{ method: "password", password: "no" }]));
    lab.startManager();
    await lab.startDevice();
    await lab.pass(60_000);
    const refused = lab.managerEvents.filter((event) => event.kind === "rejected");
    expect(refused[0]).toMatchObject({ error: { layer: "ssh", code: "authentication-failed" } });
    lab.know(lab.entry([lab.hostKey]));
    const back = await lab.until(() => lab.isBack, 300_000);
    await expectNothingLost(lab, "manager with a wrong login", back);
  });
});

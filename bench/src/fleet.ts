import { AskedProcess } from "./asked-process.ts";
import { type LoopDelay, LoopWatch, type Memory, type ReadyFigures } from "./fleet-figures.ts";
import type { EachFigures } from "./fleet-manager.ts";
import type { FleetCommand } from "./fleet-process.ts";

/** What a fleet did, for machines. Memory is bytes for each device. */
export interface FleetFigures {
  readonly name: string;
  readonly connecting: ReadyFigures;
  /** How late an idle process was meanwhile: what the machine does with everybody. */
  readonly idleLoop: LoopDelay;
  readonly rpcEach: EachFigures;
  /** One device in ten loses its link, and is ready again. */
  readonly back: ReadyFigures;
  /** Live and resident, of each process, once all devices have been ready and were asked. */
  readonly memory: Readonly<Record<string, Memory>>;
  /** The same after more cuts: what is lost at a cut would show here. */
  readonly memoryAfterCuts: Readonly<Record<string, Memory>>;
  readonly rejected: Readonly<Record<string, number>>;
  readonly failures: number;
}

export interface FleetSizes {
  readonly overSsh: number;
  readonly inMemory: number;
}

/** A fleet of devices that call one manager: over SSH, a process each; and without network and cryptography, in one process. */
export async function reportFleet({ overSsh, inMemory }: FleetSizes): Promise<readonly FleetFigures[]> {
  const secured = await withProcesses(overSsh, ["manager", "devices"], async ([manager, devices]) => {
    const name = `${overSsh} devices over SSH and TCP on loopback, manager and devices in a process each`;
    return measureFleet(name, { manager, devices });
  });
  print(secured);
  const plain = await withProcesses(inMemory, ["both"], async ([both]) => {
    const name = `${inMemory} devices on pairs in memory without cryptography, all in one process`;
    return measureFleet(name, { manager: both, devices: both });
  });
  print(plain);
  return [secured, plain];
}

/** Milliseconds between the starts of two devices: the fleet calls as fast as it can. */
const STAGGER = 0;
const CUT_ONE_IN = 10;
const MORE_CUTS = 4;

type Side = AskedProcess<FleetCommand>;

async function withProcesses<const Sides extends readonly string[]>(
  count: number,
  sides: Sides,
  work: (processes: { readonly [Index in keyof Sides]: Side }) => Promise<FleetFigures>,
): Promise<FleetFigures> {
  // The space for new objects grows with what has been done, not with what is open: it is kept from counting.
  const flags = ["--max-semi-space-size=1"];
  const processes = sides.map(
    (side) => new AskedProcess<FleetCommand>("fleet-process.ts", [side, String(count)], flags),
  );
  try {
    // One for each side, in their order.
    return await work(processes as { readonly [Index in keyof Sides]: Side });
  } finally {
    await Promise.all(processes.map((each) => each.stop()));
  }
}

async function measureFleet(
  name: string,
  { manager, devices }: { readonly manager: Side; readonly devices: Side },
): Promise<FleetFigures> {
  const port = await manager.ask<number>({ name: "listen" });
  const before = await memoryOfBoth(manager, devices);
  const idle = new LoopWatch();
  await devices.ask({ name: "call", port, stagger: STAGGER });
  const connecting = await manager.ask<ReadyFigures>({ name: "all-ready" });
  const idleLoop = await idle.take();
  const rpcEach = await manager.ask<EachFigures>({ name: "rpc-each" });
  const after = await memoryOfBoth(manager, devices);
  const back = await cutAndWait(manager, devices, connecting.devices);
  for (let i = 0; i < MORE_CUTS; i++) await cutAndWait(manager, devices, connecting.devices);
  const again = await manager.ask<EachFigures>({ name: "rpc-each" });
  if (again.sessions !== connecting.devices) throw new Error(`only ${again.sessions} sessions are left after the cuts`);
  return {
    name,
    connecting,
    idleLoop,
    rpcEach,
    back,
    memory: forEach(connecting.devices, before, after),
    memoryAfterCuts: forEach(connecting.devices, before, await memoryOfBoth(manager, devices)),
    rejected: await manager.ask({ name: "rejected" }),
    failures: await devices.ask({ name: "failures" }),
  };
}

async function cutAndWait(manager: Side, devices: Side, count: number): Promise<ReadyFigures> {
  await manager.ask({ name: "expect", devices: Math.ceil(count / CUT_ONE_IN) });
  await devices.ask({ name: "cut", oneIn: CUT_ONE_IN });
  return manager.ask<ReadyFigures>({ name: "all-ready" });
}

type MemoryOfSides = Readonly<Record<string, Memory>>;

async function memoryOfBoth(manager: Side, devices: Side): Promise<MemoryOfSides> {
  const first = await manager.ask<Memory>({ name: "memory" });
  if (manager === devices) return { both: first };
  return { manager: first, devices: await devices.ask<Memory>({ name: "memory" }) };
}

function forEach(devices: number, before: MemoryOfSides, after: MemoryOfSides): MemoryOfSides {
  const each = (from: number | undefined, to: number): number => Math.round((to - (from ?? 0)) / devices);
  return Object.fromEntries(
    Object.entries(after).map(([side, { resident, live }]) => [
      side,
      { resident: each(before[side]?.resident, resident), live: each(before[side]?.live, live) },
    ]),
  );
}

function print(figures: FleetFigures): void {
  const { name, connecting, idleLoop, rpcEach, back, memory, memoryAfterCuts, rejected, failures } = figures;
  const rows: readonly (readonly [string, string])[] = [
    [
      "ready",
      `${rate(connecting)} in ${seconds(connecting)}; ${connecting.cpuMilliseconds.toFixed(2)} ms of processor each`,
    ],
    ["its event loop, p50/p99/longest", late(connecting.loop)],
    ["that of an idle process meanwhile", late(idleLoop)],
    [
      "get-config on each, all at once",
      `${rpcEach.perSecond.toFixed(0)}/s in ${seconds(rpcEach)}; ${late(rpcEach.loop)}`,
    ],
    [
      `one in ${CUT_ONE_IN} cut and ready again`,
      `${back.devices} in ${seconds(back)} from the first call; ${late(back.loop)}`,
    ],
    ...Object.entries(memory).map(([side, each]) => [`memory of each device, ${side}`, perDevice(each)] as const),
    ...Object.entries(memoryAfterCuts).map(
      ([side, each]) => [`after ${MORE_CUTS + 1} such cuts, ${side}`, perDevice(each)] as const,
    ),
    [
      "attempts and links that failed",
      `${failures}${Object.entries(rejected)
        .map(([why, times]) => `; ${times} × ${why}`)
        .join("")}`,
    ],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`);
  console.log([`fleet: ${name}`, ...lines, ""].join("\n"));
}

function rate({ perSecond }: ReadyFigures): string {
  return `${perSecond.toFixed(0)} devices/s`;
}

function seconds({ seconds: value }: { readonly seconds: number }): string {
  return `${value.toFixed(2)} s`;
}

/** As `p50/p99/longest`. */
function late({ p50, p99, max, cpu }: LoopDelay): string {
  const figures = (...values: readonly number[]): string => values.map((value) => value.toFixed(1)).join("/");
  return `loop late by ${figures(p50, p99, max)} ms, of processor ${figures(cpu.p50, cpu.p99, cpu.max)} ms`;
}

function perDevice({ resident, live }: Memory): string {
  return `${kibibytes(resident)} resident, ${kibibytes(live)} live`;
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

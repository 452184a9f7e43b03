import type { BenchGroup, SelfTimedCase } from "./harness.ts";
import { findHosts, type RunningGuest, type RuntimeHost } from "./runtimes-hosts.ts";
import { type Measure, measures } from "./runtimes-measures.ts";

/** The same measures in every runtime that is here, each beside Node as it runs here. All of them run one bundle. */
export async function runtimesGroups(clock: "processor" | "wall"): Promise<readonly BenchGroup[]> {
  const { hosts, missing } = await findHosts();
  for (const line of missing) console.log(`runtimes: without ${line}`);
  return measures.map((measure) => {
    const able = hosts.filter(({ lacks }) => lackOf(measure, lacks, clock) === undefined);
    const guests = new Map<RuntimeHost, Promise<RunningGuest>>();
    const started = (host: RuntimeHost): Promise<RunningGuest> => {
      const guest = guests.get(host) ?? host.start(measure.name, { clock, holdsStill: measure.holdsStill === true });
      guests.set(host, guest);
      return guest;
    };
    const [node, ...others] = able.map(
      (host): SelfTimedCase => ({
        name: measure.byOwnProvider === true ? `${host.name} (${host.own})` : host.name,
        rate: async () => Number(await (await started(host)).ask()),
      }),
    );
    if (node === undefined) throw new Error("Node does not run here");
    const unable = hosts.filter((host) => !able.includes(host));
    return {
      name: `runtimes: ${measure.name}`,
      unit: measure.unit,
      baseline: node,
      cases: others,
      ...(measure.rounds !== undefined && { rounds: measure.rounds }),
      skipped: unable.map(({ name, lacks }) => `${name}: it has no ${lackOf(measure, lacks, clock)}`),
      dispose: async () => {
        for (const guest of guests.values()) await (await guest).stop();
      },
    };
  });
}

function lackOf({ needs }: Measure, lacks: RuntimeHost["lacks"], clock: "processor" | "wall"): string | undefined {
  return [...needs, ...(clock === "processor" ? (["processor clock"] as const) : [])].find((need) =>
    lacks.includes(need),
  );
}

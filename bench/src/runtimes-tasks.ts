import { packetRates } from "./ciphers-packets.ts";
import { rateOf, WARM_UP_ROUNDS, wallClock } from "./harness.ts";
import type { Guest, GuestDescription, GuestTask, Need } from "./runtimes-guest.ts";
import { measures } from "./runtimes-measures.ts";
import { firstCipher } from "./runtimes-ssh.ts";

/** What a guest can be started for: a measure by its name, or one of these. */
const others: Readonly<Record<string, GuestTask>> = { describe, ciphers: packetRates };

/** Begins the task of this name. `clock` is "processor" or "wall". */
export function beginTask(guest: Guest, name: string, clock: string): ReturnType<GuestTask> {
  const task = others[name] ?? measureOf(name);
  return task(guest, (clock === "processor" && guest.processorClock) || wallClock);
}

async function describe(guest: Guest): Promise<() => Promise<GuestDescription>> {
  const { name, ownProvider } = guest;
  const has: Readonly<Record<Need, unknown>> = {
    TCP: guest.tcp,
    "node:crypto": guest.providers["node:crypto"],
    "processor clock": guest.processorClock,
    "figure of its memory": guest.residentBytes,
  };
  const lacks = (Object.keys(has) as Need[]).filter((need) => has[need] === undefined); // it has no other keys
  return async () => ({ name, lacks, own: `${ownProvider.name}, ${firstCipher(ownProvider.provider)}` });
}

function measureOf(name: string): GuestTask {
  return async (guest, clock) => {
    const measure = measures.find((each) => each.name === name);
    if (measure === undefined) throw new Error(`there is no measure "${name}"`);
    const made = await measure.make(guest);
    if ("run" in made) for (let i = 0; i < WARM_UP_ROUNDS; i++) await made.run();
    return () => rateOf(made, clock);
  };
}

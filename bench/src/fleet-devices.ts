import type { DuplexSocket } from "@netconf-kit/socket";
import { type Dial, type Fleet, parseXml, type SimulateOptions, simulateDevices } from "netconf-kit";

/** The devices of the fleet bench, whose links can be cut. */
export class FleetDevices {
  readonly #fleet: Fleet;
  /** The link of each device that has one. */
  readonly #links: DuplexSocket[] = [];

  /** @param dialOf the way of each device to the manager */
  constructor(
    count: number,
    dialOf: (index: number) => Dial,
    { serving, stagger, policy }: Pick<SimulateOptions, "serving" | "stagger" | "policy">,
  ) {
    this.#fleet = simulateDevices({
      count,
      seed: SEED,
      place: {
        kind: "call-home",
        endpoints: (index) => [{ name: "manager", dial: (options) => this.#dial(index, dialOf(index), options) }],
      },
      serving,
      configure: () => ({ initial: configuration }),
      ...(stagger !== undefined && { stagger }),
      policy: { retryInterval: 1000, backoff: 1.5, jitter: 0.5, random: Math.random, ...policy },
    });
  }

  get failures(): number {
    return this.#fleet.status().failures;
  }

  /** Breaks every so-manieth link, without a goodbye. @returns how many */
  cut(oneIn: number): number {
    const victims = this.#links.filter((_, index) => index % oneIn === 0);
    for (const link of victims) void link.close(new Error("the bench cuts this link"));
    return victims.length;
  }

  async #dial(index: number, dial: Dial, options: Parameters<Dial>[0]): Promise<DuplexSocket> {
    const link = await dial(options);
    this.#links[index] = link;
    return link;
  }
}

/** What the host keys of the fleet follow from, for the manager too. */
export const SEED = "fleet bench";

const configuration = parseXml(
  '<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>bench</hostname></system></config>',
);

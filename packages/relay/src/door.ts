import { sourceOf } from "@netconf-kit/socket";
import { RelayError } from "./errors.ts";
import type { Gate, GateRequest, Way } from "./gate.ts";
import type { RelayLimits } from "./limits.ts";
import { type Place, Places } from "./places.ts";
import { formatTarget } from "./targets.ts";

/** A WebSocket that may be opened, and the places it takes until it `leave()`s. */
export interface Admitted extends Place {
  readonly way: Way;
}

/** The gate, and a count of those inside: in all, from one address, and to one target. Pure. */
export class Door {
  readonly #gate: Gate;
  readonly #sockets: Places;
  readonly #targets: Places;

  constructor(gate: Gate, { maxSockets, maxSocketsPerAddress, maxSocketsPerTarget }: RelayLimits) {
    this.#gate = gate;
    this.#sockets = new Places(maxSockets, maxSocketsPerAddress);
    this.#targets = new Places(maxSockets, maxSocketsPerTarget);
  }

  /** @throws RelayError with a close code. */
  admit(request: GateRequest, remote: string): Admitted {
    const way = this.#gate.judge(request);
    const socket = this.#sockets.take(sourceOf(remote));
    if (socket === "in-all") throw new RelayError("too-many-sockets", "this relay is full: try again later");
    if (socket === "for-key")
      throw new RelayError("too-many-from-address", "this address has as many connections here as it may");
    if (way.kind === "wait") return { way, leave: () => socket.leave() };
    const name = formatTarget(way.target);
    const target = this.#targets.take(name);
    if (typeof target === "string") {
      socket.leave();
      throw new RelayError("too-many-to-target", `there are as many connections to ${name} as there may be`);
    }
    const leave = (): void => {
      socket.leave();
      target.leave();
    };
    return { way, leave };
  }
}

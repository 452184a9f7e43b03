import { reportError } from "../report-error.ts";

/** What a session stands on, one upon the other. */
export type Layer =
  | "name"
  | "jump host"
  | "tcp"
  | "ssh version"
  | "key exchange"
  | "host key"
  | "tls"
  | "certificate"
  | "login"
  | "subsystem"
  | "hello"
  | "framing"
  | "reply"
  | "capability";

/** What came of one layer. */
export interface Step {
  readonly layer: Layer;
  readonly status: "ok" | "slow" | "remark" | "failed" | "not reached";
  /** Since the layer below was done. */
  readonly milliseconds: number;
  readonly detail: string;
  /** What to look at or to try. */
  readonly advice: readonly string[];
}

/** Which layer an error belongs to, where that is another than the one that was being worked on. */
export type LayerOf = (error: unknown, current: Layer) => Layer | undefined;

/** Milliseconds from which on a layer is called slow: a person notices, and a retransmission of TCP takes as long. */
export const SLOW = 1000;

/**
 * Watches a session come about. Layers are passed in their order, each under the time since the one before; the first that is not
 * passed is the one where things stand.
 */
export class Examination {
  readonly #layers: readonly Layer[];
  readonly #layerOf: LayerOf;
  readonly #now: () => number;
  readonly #steps: Step[] = [];
  #since: number;

  /** `now` gives milliseconds. */
  constructor(layers: readonly Layer[], layerOf: LayerOf, now: () => number) {
    this.#layers = layers;
    this.#layerOf = layerOf;
    this.#now = now;
    this.#since = now();
  }

  /** Every layer of the session. */
  get steps(): readonly Step[] {
    const missing = this.#layers.slice(this.#steps.length);
    return [
      ...this.#steps,
      ...missing.map((layer): Step => ({ layer, status: "not reached", milliseconds: 0, detail: "", advice: [] })),
    ];
  }

  get #hasFailed(): boolean {
    return this.#steps.at(-1)?.status === "failed";
  }

  /** Where things stand; undefined at the end. */
  get current(): Layer | undefined {
    return this.#layers[this.#steps.length];
  }

  /** A layer is done, and with it all those before. Without effect on one that has been. */
  pass(layer: Layer, detail: string, advice: readonly string[] = []): void {
    const index = this.#layers.indexOf(layer);
    if (index < this.#steps.length || this.#hasFailed) return;
    this.#passUpTo(layer);
    this.#add(layer, this.#lap(), detail, advice);
  }

  /** Says more of a layer that is passed, when it has come to light. */
  explain(layer: Layer, detail: string, advice: readonly string[]): void {
    const index = this.#steps.findIndex((step) => step.layer === layer);
    const step = this.#steps[index];
    if (step === undefined) return;
    const status = step.status === "ok" && advice.length > 0 ? "remark" : step.status;
    this.#steps[index] = { ...step, status, detail, advice: [...step.advice, ...advice] };
  }

  /** The session ends here. `remark` goes behind what the error says. */
  fail(error: unknown, remark = ""): void {
    const { current } = this;
    if (current === undefined || this.#hasFailed) return;
    const layer = this.#layerOf(error, current) ?? current;
    this.#passUpTo(layer);
    const { json } = reportError(error);
    const hint = json.try === undefined ? [] : [String(json.try)];
    const { rfc } = json;
    const rule = typeof rfc === "string" && json.layer !== "transport" ? ` (${rfc})` : "";
    const detail = `${String(json.message)}${rule}${remark}`;
    this.#steps.push({ layer, status: "failed", milliseconds: this.#lap(), detail, advice: hint });
  }

  #passUpTo(layer: Layer): void {
    for (const before of this.#layers.slice(this.#steps.length, this.#layers.indexOf(layer)))
      this.#add(before, 0, `shown by ${layer}`, []);
  }

  #add(layer: Layer, milliseconds: number, detail: string, advice: readonly string[]): void {
    const slow = milliseconds < SLOW ? undefined : (slowness.get(layer) ?? "the device takes its time");
    const status = slow !== undefined ? "slow" : advice.length > 0 ? "remark" : "ok";
    this.#steps.push({
      layer,
      status,
      milliseconds,
      detail,
      advice: slow === undefined ? advice : [slow, ...advice],
    });
  }

  #lap(): number {
    const now = this.#now();
    const lap = now - this.#since;
    this.#since = now;
    return lap;
  }
}

/** What usually makes a layer slow. */
const slowness: ReadonlyMap<Layer, string> = new Map([
  ["name", "the resolver of this machine answers late: see its configuration, or use the address"],
  ["tcp", "the first packet was lost or the way is long: look for loss between here and the device"],
  [
    "ssh version",
    "the device is busy, or looks up the name of this machine before it answers (sshd: UseDNS no), or has too many connections that wait for a login",
  ],
  ["key exchange", "the device computes slowly: an elliptic curve is cheaper than a large group, ed25519 than RSA"],
  ["tls", "the device computes slowly, or asks somebody about our certificate"],
  [
    "login",
    "the device asks somebody else who we are (RADIUS, TACACS+, LDAP, a name server): see that those answer in time",
  ],
  ["subsystem", "the device starts a NETCONF process for each session, and that takes long"],
  ["hello", "the device collects its capabilities late: is it starting up, or short of memory?"],
  ["framing", "the device answers late even where nothing was asked for: is another session holding it up?"],
  ["jump host", "the jump host connects late: measure the layers from there"],
]);

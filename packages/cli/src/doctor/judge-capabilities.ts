import { type Capabilities, capabilityUris } from "netconf-kit";

/** What a device can do, and what follows from what it cannot. */
export interface CapabilityJudgement {
  readonly detail: string;
  readonly advice: readonly string[];
}

/** From so many on a hello is long enough to be felt in every session. */
const MANY = 500;

/** Reads a device's capabilities as somebody would who wants to configure it. */
export function judgeCapabilities(capabilities: Capabilities): CapabilityJudgement {
  const has = (name: keyof typeof capabilityUris): boolean => capabilities.has(capabilityUris[name]);
  const offered = (Object.keys(names) as (keyof typeof names)[]).filter(has).map((name) => names[name]); // its keys are what it has
  const confirmedCommit = has("confirmedCommit10") || has("confirmedCommit11");
  const advice: string[] = [];
  if (!has("base11"))
    advice.push(
      "no base:1.1: messages end with ]]>]]>, which no content may hold (RFC 6242 §4.3); is there an update?",
    );
  if (!has("writableRunning") && !has("candidate"))
    advice.push("neither :writable-running nor :candidate: the configuration cannot be changed (RFC 6241 §8.2, §8.3)");
  if (confirmedCommit && !has("candidate"))
    advice.push(":confirmed-commit without :candidate, on which it depends (RFC 6241 §8.4.2)");
  else if (has("candidate") && !confirmedCommit)
    advice.push(
      "no :confirmed-commit: a change that locks everybody out stays; netconf apply has nothing to undo it with",
    );
  if (has("startup"))
    advice.push(":startup: a change is lost with a restart unless running is copied to startup (RFC 6241 §8.7)");
  if (capabilities.size > MANY)
    advice.push(
      `${capabilities.size} capabilities are sent in every hello: keep sessions open rather than one for each request`,
    );
  return { detail: offered.length === 0 ? "nothing but the base" : offered.join(", "), advice };
}

/** What a person looks for first. */
const names = {
  writableRunning: ":writable-running",
  candidate: ":candidate",
  confirmedCommit11: ":confirmed-commit:1.1",
  confirmedCommit10: ":confirmed-commit:1.0",
  validate11: ":validate",
  rollbackOnError: ":rollback-on-error",
  startup: ":startup",
  xpath: ":xpath",
  url: ":url",
  withDefaults: ":with-defaults",
  notification: ":notification",
  interleave: ":interleave",
} as const satisfies Partial<Record<keyof typeof capabilityUris, string>>;

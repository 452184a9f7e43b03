import { reportError } from "../report-error.ts";
import { type Examination, SLOW, type Step } from "./examination.ts";

/** The findings for people: a line for each layer, what to do below it, and what follows. */
export function asText(examination: Examination): string {
  const lines = examination.steps.flatMap((step) => [
    line(step),
    ...step.advice.map((each) => `${" ".repeat(INDENT)}→ ${each}`),
  ]);
  return `${[...lines, verdict(examination)].join("\n")}\n`;
}

const INDENT = 37;

function line({ layer, status, milliseconds, detail }: Step): string {
  const time = status === "not reached" ? "" : `${milliseconds.toFixed(0)} ms`;
  return `${layer.padEnd(14)}${status.padEnd(12)}${time.padStart(9)}  ${detail}`.trimEnd();
}

function verdict({ steps }: Examination): string {
  const failed = steps.find(({ status }) => status === "failed");
  if (failed !== undefined) return `The session fails at: ${failed.layer}.`;
  const total = steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const slowest = steps.reduce((one, other) => (other.milliseconds > one.milliseconds ? other : one));
  const share = `the longest was ${slowest.layer} with ${slowest.milliseconds.toFixed(0)} ms`;
  const verdict = steps.some(({ status }) => status === "slow") ? "works, slowly" : "works";
  return `The session ${verdict}: ${total.toFixed(0)} ms from start to answer, ${share}.`;
}

/** The same for machines. */
export function asJson(target: string, examination: Examination, error: unknown): string {
  const { steps } = examination;
  const failed = steps.find(({ status }) => status === "failed");
  const result = {
    target,
    works: failed === undefined,
    ...(failed !== undefined && { failsAt: failed.layer, error: reportError(error).json }),
    slowFrom: SLOW,
    steps: steps.map((step) => ({ ...step, milliseconds: Math.round(step.milliseconds) })),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

import { expect } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { type ConfigError, RequestRefused } from "../src/config-error.ts";
import { emptyConfig } from "../src/config-tree.ts";
import { Datastores, type DatastoresOptions } from "../src/datastores.ts";
import { config, content, exampleSchema } from "./support.ts";

export const alice = { sessionId: 1, username: "alice" };
export const bob = { sessionId: 2, username: "bob" };

export function makeDatastores(options: Partial<DatastoresOptions> = {}) {
  const clock = virtualClock();
  const log: string[] = [];
  const datastores = new Datastores({
    schema: exampleSchema,
    clock,
    running: emptyConfig,
    onRunningChanged: ({ changes, by }) => log.push(`changed ${changes.length} by ${by?.username ?? "nobody"}`),
    onConfirmedCommit: (event, by, seconds) => log.push(`${event} by ${by?.username ?? "nobody"} ${seconds ?? "-"}`),
    ...options,
  });
  return {
    datastores,
    clock,
    log,
    running: () => content(datastores.running),
    candidate: () => content(datastores.candidate),
  };
}

export async function refusal(promise: Promise<unknown>): Promise<Partial<ConfigError>> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RequestRefused);
  return (error as RequestRefused).errors[0]!;
}

export const x = (value: number) => config(`<top><x>${value}</x></top>`);
export const is = (value: number) => `<top><x>${value}</x></top>`;

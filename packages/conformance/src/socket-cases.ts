import { endingCases } from "./ending-cases.ts";
import { pressureCases } from "./pressure-cases.ts";
import type { SocketCase } from "./socket-case.ts";
import { transferCases } from "./transfer-cases.ts";

/**
 * What every `DuplexSocket` has to pass, whatever it is made of.
 *
 * @example
 * for (const { name, run } of socketCases) it(name, () => run(async () => memoryPair()));
 */
export const socketCases: readonly SocketCase[] = [...transferCases, ...pressureCases, ...endingCases];

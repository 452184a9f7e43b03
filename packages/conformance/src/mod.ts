export { readExactly } from "./checks.ts";
export { type DialCase, dialCases, type MakeWay, type Way } from "./dial-cases.ts";
export {
  type CaseResult,
  type RunOptions,
  runDialCases,
  runSocketCases,
  type SocketRunOptions,
} from "./run-cases.ts";
export type { MakePair, PairWish, SocketCase, SocketFeature } from "./socket-case.ts";
export { socketCases } from "./socket-cases.ts";

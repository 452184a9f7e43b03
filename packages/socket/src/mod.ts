export {
  type Admission,
  AdmissionControl,
  type AdmissionLimits,
  type AdmissionOptions,
  type AdmissionRefusal,
  defaultAdmissionLimits,
  type Rate,
} from "./admission.ts";
export { type Clock, sleep, systemClock } from "./clock.ts";
export { type Drive, type DriveOptions, driveMachine } from "./drive.ts";
export type { Dial, DuplexSocket, Listener } from "./duplex-socket.ts";
export { isTransportError, TransportError, type TransportErrorCode, transportErrors } from "./errors.ts";
export { type MemoryPairOptions, memoryPair } from "./memory-pair.ts";
export type { ProtocolMachine } from "./protocol-machine.ts";
export { type PausableSource, ReceiveQueue, type ReceiveQueueOptions } from "./receive-queue.ts";
export { sourceOf } from "./source-of.ts";
export { systemErrorCodes } from "./system-error-codes.ts";

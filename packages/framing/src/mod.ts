export { encodeMessage } from "./encoder.ts";
export {
  FramingError,
  type FramingErrorCode,
  type FramingErrorEntry,
  framingErrors,
  isFramingError,
} from "./errors.ts";
export { FrameDecoder, type FrameDecoderOptions, type Framing } from "./frame-decoder.ts";
export type { FrameSink } from "./frame-sink.ts";
export { DEFAULT_MAX_MESSAGE_BYTES, type FrameLimits, MAX_CHUNK_SIZE } from "./limits.ts";
export { MessageCollector, type MessageCollectorOptions } from "./message-collector.ts";

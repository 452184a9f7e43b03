export { isWebCryptoError, WebCryptoError, type WebCryptoErrorCode, webCryptoErrors } from "./crypto-errors.ts";
export { importSigner } from "./crypto-import.ts";
export { type PrivateJwk, privateJwk } from "./crypto-jwk.ts";
export { type WebCryptoOptions, webCryptoProvider } from "./crypto-provider.ts";
export { type WebKeyPair, webCryptoSigner } from "./crypto-signer.ts";
export type { WebKey, WebSubtle } from "./crypto-subtle.ts";
export { type WebSocketLike, type WebSocketOptions, webSocket } from "./web-socket.ts";
export {
  type StreamSocketOptions,
  streamSocket,
  type WebReader,
  type WebStreams,
  type WebWriter,
} from "./web-streams.ts";

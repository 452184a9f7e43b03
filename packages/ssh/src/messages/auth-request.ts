import { SshWriter } from "../wire/writer.ts";
import { readMessage, writeMessage } from "./message-reader.ts";
import { SSH_MSG } from "./numbers.ts";

// RFC 4252 §5
export interface UserauthRequest {
  readonly type: "userauthRequest";
  readonly username: string;
  /** The service to start afterwards: `ssh-connection`. */
  readonly service: string;
  readonly method: UserauthMethod;
}

export type UserauthMethod =
  | { readonly name: "none" } // RFC 4252 §5.2
  | PublickeyMethod
  | { readonly name: "password"; readonly password: string } // RFC 4252 §8
  | { readonly name: "password"; readonly password: string; readonly newPassword: string } // RFC 4252 §8, a change
  | { readonly name: "keyboard-interactive"; readonly languageTag: string; readonly submethods: string } // RFC 4256 §3.1
  | UnknownMethod;

// RFC 4252 §7: without a signature it asks whether the key would do.
export interface PublickeyMethod {
  readonly name: "publickey";
  readonly algorithm: string;
  readonly publicBlob: Uint8Array;
  readonly signature?: Uint8Array;
}

/** A method this package does not know; its fields are kept unread. */
export interface UnknownMethod {
  readonly name: "unknown";
  readonly method: string;
  readonly data: Uint8Array;
}

export function encodeUserauthRequest(message: UserauthRequest): Uint8Array {
  const { method } = message;
  const writer = writeMessage(SSH_MSG.userauthRequest)
    .text(message.username)
    .text(message.service)
    .text(method.name === "unknown" ? method.method : method.name);
  switch (method.name) {
    case "none":
      break;
    case "publickey":
      writer
        .bool(method.signature !== undefined)
        .text(method.algorithm)
        .string(method.publicBlob);
      if (method.signature !== undefined) writer.string(method.signature);
      break;
    case "password":
      writer.bool("newPassword" in method).text(method.password);
      if ("newPassword" in method) writer.text(method.newPassword);
      break;
    case "keyboard-interactive":
      writer.text(method.languageTag).text(method.submethods);
      break;
    case "unknown":
      writer.bytes(method.data);
      break;
  }
  return writer.take();
}

export function decodeUserauthRequest(payload: Uint8Array): UserauthRequest {
  const reader = readMessage(payload, SSH_MSG.userauthRequest);
  const username = reader.text();
  const service = reader.text();
  const name = reader.text();
  const method = readMethod();
  reader.end();
  return { type: "userauthRequest", username, service, method };

  function readMethod(): UserauthMethod {
    switch (name) {
      case "none":
        return { name };
      case "publickey": {
        const signed = reader.bool();
        const algorithm = reader.text();
        const publicBlob = reader.string();
        return signed ? { name, algorithm, publicBlob, signature: reader.string() } : { name, algorithm, publicBlob };
      }
      case "password": {
        const change = reader.bool();
        const password = reader.text();
        return change ? { name, password, newPassword: reader.text() } : { name, password };
      }
      case "keyboard-interactive":
        return { name, languageTag: reader.description(), submethods: reader.text() };
      default:
        return { name: "unknown", method: name, data: reader.rest() };
    }
  }
}

/** What a publickey signature is made over (RFC 4252 §7): the session identifier, then the request without signature. */
export function publickeySignatureData(
  sessionId: Uint8Array,
  request: {
    readonly username: string;
    readonly service: string;
    readonly algorithm: string;
    readonly publicBlob: Uint8Array;
  },
): Uint8Array {
  return new SshWriter(512)
    .string(sessionId)
    .u8(SSH_MSG.userauthRequest)
    .text(request.username)
    .text(request.service)
    .text("publickey")
    .bool(true)
    .text(request.algorithm)
    .string(request.publicBlob)
    .take();
}

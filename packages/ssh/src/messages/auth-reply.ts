import { readMessage, writeMessage } from "./message-reader.ts";
import { SSH_MSG } from "./numbers.ts";

// RFC 4252 §5.1
export interface UserauthFailure {
  readonly type: "userauthFailure";
  /** Methods that can continue. */
  readonly methods: readonly string[];
  readonly partialSuccess: boolean;
}

export function encodeUserauthFailure(message: UserauthFailure): Uint8Array {
  return writeMessage(SSH_MSG.userauthFailure).nameList(message.methods).bool(message.partialSuccess).take();
}

export function decodeUserauthFailure(payload: Uint8Array): UserauthFailure {
  const reader = readMessage(payload, SSH_MSG.userauthFailure);
  const methods = reader.nameList();
  const partialSuccess = reader.bool();
  reader.end();
  return { type: "userauthFailure", methods, partialSuccess };
}

// RFC 4252 §5.1
export interface UserauthSuccess {
  readonly type: "userauthSuccess";
}

export function encodeUserauthSuccess(): Uint8Array {
  return writeMessage(SSH_MSG.userauthSuccess, 1).take();
}

export function decodeUserauthSuccess(payload: Uint8Array): UserauthSuccess {
  readMessage(payload, SSH_MSG.userauthSuccess).end();
  return { type: "userauthSuccess" };
}

// RFC 4252 §5.4
export interface UserauthBanner {
  readonly type: "userauthBanner";
  /** Raw text of the peer: show it through `printable()`. */
  readonly message: string;
  readonly languageTag: string;
}

export function encodeUserauthBanner(message: UserauthBanner): Uint8Array {
  return writeMessage(SSH_MSG.userauthBanner).text(message.message).text(message.languageTag).take();
}

export function decodeUserauthBanner(payload: Uint8Array): UserauthBanner {
  const reader = readMessage(payload, SSH_MSG.userauthBanner);
  const message = reader.description();
  const languageTag = reader.description();
  reader.end();
  return { type: "userauthBanner", message, languageTag };
}

// RFC 4252 §7. Number 60, after a publickey request without signature.
export interface UserauthPkOk {
  readonly type: "userauthPkOk";
  readonly algorithm: string;
  readonly publicBlob: Uint8Array;
}

export function encodeUserauthPkOk(message: UserauthPkOk): Uint8Array {
  return writeMessage(SSH_MSG.userauthPkOk).text(message.algorithm).string(message.publicBlob).take();
}

export function decodeUserauthPkOk(payload: Uint8Array): UserauthPkOk {
  const reader = readMessage(payload, SSH_MSG.userauthPkOk);
  const algorithm = reader.text();
  const publicBlob = reader.string();
  reader.end();
  return { type: "userauthPkOk", algorithm, publicBlob };
}

// RFC 4252 §8. Number 60, after a password request.
export interface UserauthPasswdChangereq {
  readonly type: "userauthPasswdChangereq";
  /** Raw text of the peer: show it through `printable()`. */
  readonly prompt: string;
  readonly languageTag: string;
}

export function encodeUserauthPasswdChangereq(message: UserauthPasswdChangereq): Uint8Array {
  return writeMessage(SSH_MSG.userauthPasswdChangereq).text(message.prompt).text(message.languageTag).take();
}

export function decodeUserauthPasswdChangereq(payload: Uint8Array): UserauthPasswdChangereq {
  const reader = readMessage(payload, SSH_MSG.userauthPasswdChangereq);
  const prompt = reader.description();
  const languageTag = reader.description();
  reader.end();
  return { type: "userauthPasswdChangereq", prompt, languageTag };
}

// RFC 4256 §3.2. Number 60, after a keyboard-interactive request.
export interface UserauthInfoRequest {
  readonly type: "userauthInfoRequest";
  /** Raw texts of the peer: show them through `printable()`. */
  readonly name: string;
  readonly instruction: string;
  readonly languageTag: string;
  readonly prompts: readonly UserauthPrompt[];
}

export interface UserauthPrompt {
  readonly prompt: string;
  /** Whether the answer may be shown while it is typed. */
  readonly echo: boolean;
}

// Nobody answers more questions than this in one go.
const maxPrompts = 64;

export function encodeUserauthInfoRequest(message: UserauthInfoRequest): Uint8Array {
  const writer = writeMessage(SSH_MSG.userauthInfoRequest)
    .text(message.name)
    .text(message.instruction)
    .text(message.languageTag)
    .u32(message.prompts.length);
  for (const { prompt, echo } of message.prompts) writer.text(prompt).bool(echo);
  return writer.take();
}

export function decodeUserauthInfoRequest(payload: Uint8Array): UserauthInfoRequest {
  const reader = readMessage(payload, SSH_MSG.userauthInfoRequest);
  const name = reader.description();
  const instruction = reader.description();
  const languageTag = reader.description();
  const count = reader.u32();
  if (count > maxPrompts || 5 * count > reader.remaining) reader.fail(`${count} prompts are announced`);
  const prompts: UserauthPrompt[] = [];
  for (let i = 0; i < count; i++) prompts.push({ prompt: reader.description(), echo: reader.bool() });
  reader.end();
  return { type: "userauthInfoRequest", name, instruction, languageTag, prompts };
}

// RFC 4256 §3.4
export interface UserauthInfoResponse {
  readonly type: "userauthInfoResponse";
  readonly responses: readonly string[];
}

export function encodeUserauthInfoResponse(message: UserauthInfoResponse): Uint8Array {
  const writer = writeMessage(SSH_MSG.userauthInfoResponse).u32(message.responses.length);
  for (const response of message.responses) writer.text(response);
  return writer.take();
}

export function decodeUserauthInfoResponse(payload: Uint8Array): UserauthInfoResponse {
  const reader = readMessage(payload, SSH_MSG.userauthInfoResponse);
  const count = reader.u32();
  if (count > maxPrompts || 4 * count > reader.remaining) reader.fail(`${count} responses are announced`);
  const responses: string[] = [];
  for (let i = 0; i < count; i++) responses.push(reader.text());
  reader.end();
  return { type: "userauthInfoResponse", responses };
}

import { SshError } from "../errors.ts";
import { messageName } from "../messages/numbers.ts";
import type { Disconnect } from "../messages/transport.ts";
import { printable } from "../wire/printable.ts";
import type { ExchangePhase } from "./key-exchange.ts";
import type { ReceivePhase } from "./legal-messages.ts";

/** How far a connection has come. */
export type Stage = "version" | "initial" | "service" | "authentication" | "open" | "closed";

/** Where the conversation stands, for messages to people. */
export function stageName(stage: Stage): string {
  switch (stage) {
    case "version":
      return "version exchange";
    case "initial":
      return "key exchange";
    case "service":
    case "authentication":
      return "authentication";
    case "open":
    case "closed":
      return "connection";
  }
}

/** The row of the table of legal messages: a key exchange the peer has entered comes before everything else. */
export function receivePhase(stage: Stage, exchange: ExchangePhase): ReceivePhase {
  const later = stage === "service" || stage === "authentication" || stage === "open";
  if (exchange === "anything") return later ? stage : "initial-kexinit";
  return later ? `rekey-${exchange}` : `initial-${exchange}`;
}

/** The peer has been silent for too long during the version exchange or a key exchange. */
export function transportTimeout(stage: Stage): SshError {
  return stage === "version"
    ? new SshError("timeout-version-exchange", "waiting for the peer's SSH identification: none came in time", {
        phase: "version exchange",
      })
    : new SshError("timeout-key-exchange", "exchanging keys: the peer's next message did not come in time", {
        phase: "key exchange",
      });
}

/** The table of legal messages has refused a message. */
export function refusal(number: number, phase: ReceivePhase, strict: boolean, stage: Stage): SshError {
  const violatesStrict = strict && phase !== "initial-kexinit" && phase.startsWith("initial-");
  return new SshError(
    violatesStrict ? "strict-kex-violation" : "message-not-allowed",
    `receiving: ${messageName(number)} is not allowed in phase "${phase}"`,
    { phase: stageName(stage) },
  );
}

/** The peer has ended the connection, and not in good order. */
export function disconnectedByPeer({ reason, description }: Disconnect, stage: Stage): SshError {
  return new SshError(
    "disconnected-by-peer",
    `the peer has disconnected during ${stageName(stage)} with reason ${reason}: "${printable(description, 200)}"`,
    { phase: stageName(stage) },
  );
}

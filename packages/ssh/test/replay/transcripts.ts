import { type AlgorithmPreferences, defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import { type GeneratedKeyType, generateKey } from "../../src/keys/private-key.ts";
import { SshClientMachine } from "../../src/session/client-machine.ts";
import { SshServerMachine } from "../../src/session/server-machine.ts";
import { answerClient, answerServer, clientOptions, seededRandom, serverOptions } from "../session/machine-pair.ts";
import { fromHex, toHex } from "../wire/hex.ts";

/*
 * Our own conversations, client with server, from seeded random bytes: what was recorded once has to come out byte for byte,
 * in every runtime. Nothing in here belongs to one of them.
 *
 * A transcript has a line for each write (`c2s` or `s2c` and its bytes in hex) and one for each command of an application
 * (`!`, the role, the command), in the order in which they happened.
 */

export interface TranscriptCase {
  /** Also the name of its file. */
  readonly name: string;
  readonly algorithms: AlgorithmPreferences;
  readonly hostKeyType: GeneratedKeyType;
}

type Role = "client" | "server";

const { keyExchange, hostKey, cipher, mac } = defaultClientAlgorithms;
const named = <T extends { readonly name: string }>(list: readonly T[], name: string) =>
  list.filter((algorithm) => algorithm.name === name);

const usual: AlgorithmPreferences = {
  keyExchange: named(keyExchange, "curve25519-sha256"),
  hostKey: named(hostKey, "ssh-ed25519"),
  cipher: named(cipher, "aes128-ctr"),
  mac: named(mac, "hmac-sha2-256"),
};

/** Each cipher with each MAC, each method of key exchange that has two sides here, each type of host key that can be made here. */
export const transcriptCases: readonly TranscriptCase[] = [
  ...cipher.flatMap((one) =>
    one.authenticated
      ? [transcriptCase(one.name, { cipher: [one] })]
      : mac.map((with_) => transcriptCase(`${one.name}_${with_.name}`, { cipher: [one], mac: [with_] })),
  ),
  ...keyExchange
    .filter(({ kind }) => kind === "public-values")
    .map((kex) => transcriptCase(kex.name, { keyExchange: [kex] })),
  ...(["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"] as const).map((type) =>
    transcriptCase(type, { hostKey: named(hostKey, type) }, type),
  ),
];

function transcriptCase(
  name: string,
  changes: Partial<AlgorithmPreferences>,
  hostKeyType: GeneratedKeyType = "ssh-ed25519",
): TranscriptCase {
  return { name: name.replace(/@/g, "_at_"), algorithms: { ...usual, ...changes }, hostKeyType };
}

/** What the applications do, each when both sides have nothing more to say: both change keys once, with data between. */
const script: readonly (readonly [Role, string])[] = [
  ["client", "open"],
  ["client", "write"],
  ["server", "write"],
  ["client", "rekey"],
  ["client", "write"],
  ["server", "rekey"],
  ["server", "write"],
  ["client", "ping"],
  ["client", "end"],
  ["server", "close"],
  ["client", "goodbye"],
];

/** Lets both sides talk and gives the transcript. */
export function recordTranscript(one: TranscriptCase): string {
  const ends = { client: clientEnd(one), server: serverEnd(one) };
  const lines: string[] = [];
  const talk = (): void => {
    for (;;) {
      const fromClient = ends.client.take();
      if (fromClient !== undefined) {
        lines.push(`c2s ${toHex(fromClient)}`);
        ends.server.receive(fromClient);
      }
      const fromServer = ends.server.take();
      if (fromServer !== undefined) {
        lines.push(`s2c ${toHex(fromServer)}`);
        ends.client.receive(fromServer);
      }
      if (fromClient === undefined && fromServer === undefined) return;
    }
  };
  talk();
  for (const [role, command] of script) {
    lines.push(`! ${role} ${command}`);
    ends[role].command(command);
    talk();
  }
  return `${lines.join("\n")}\n`;
}

/** Puts one side alone in front of what the other one said. Throws with the first line that comes out different. */
export function replayTranscript(one: TranscriptCase, role: Role, transcript: string): void {
  const end = role === "client" ? clientEnd(one) : serverEnd(one);
  const ours = role === "client" ? "c2s" : "s2c";
  for (const [index, line] of transcript.trimEnd().split("\n").entries()) {
    const [kind = "", first = "", second = ""] = line.split(" ");
    if (kind === "!") {
      if (first === role) end.command(second);
    } else if (kind === ours) {
      const sent = toHex(end.take() ?? new Uint8Array(0));
      if (sent !== first) throw new Error(`${one.name}, ${role}, line ${index + 1}: sent ${sent} instead of ${first}`);
    } else end.receive(fromHex(first));
  }
  const left = end.take();
  if (left !== undefined) throw new Error(`${one.name}, ${role}: sent ${left.length} bytes behind the end`);
  if (!end.isOver) throw new Error(`${one.name}, ${role}: the connection is not over`);
}

/** One side, with an application that answers what it is asked. */
interface End {
  receive(bytes: Uint8Array): void;
  take(): Uint8Array | undefined;
  command(name: string): void;
  readonly isOver: boolean;
}

const WRITTEN = 700;

function clientEnd({ algorithms }: TranscriptCase): End {
  const machine = new SshClientMachine(clientOptions({ algorithms }));
  machine.login("ada", [{ method: "password", password: "secret" }]);
  let channel = -1;
  return end(machine, (event) => answerClient(machine, event, {}), {
    open: () => {
      channel = machine.openChannel({ kind: "subsystem", name: "netconf" });
    },
    write: () => machine.writeChannel(channel, seededRandom(7)(WRITTEN), 1 << 20),
    rekey: () => machine.rekey(),
    ping: () => machine.ping(),
    end: () => machine.endChannel(channel),
    goodbye: () => machine.close(),
  });
}

function serverEnd({ algorithms, hostKeyType }: TranscriptCase): End {
  const hostKeys = [generateKey(hostKeyType, seededRandom(1))];
  const machine = new SshServerMachine(serverOptions({ algorithms, hostKeys }));
  let channel = -1;
  return end(
    machine,
    (event) => {
      if (event.type === "subsystemRequested") {
        channel = event.channel;
        machine.acceptSubsystem(channel);
      } else answerServer(machine, event, {});
    },
    {
      write: () => machine.writeChannel(channel, seededRandom(8)(WRITTEN), 1 << 20),
      rekey: () => machine.rekey(),
      close: () => machine.closeChannel(channel),
    },
  );
}

function end<Event>(
  machine: { nextEvent(): Event | undefined; receive(bytes: Uint8Array): void } & Pick<
    SshClientMachine,
    "takeOutput" | "isClosed"
  >,
  answer: (event: Event) => void,
  commands: Readonly<Record<string, () => unknown>>,
): End {
  const handle = (): void => {
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) answer(event);
  };
  return {
    receive: (bytes) => {
      machine.receive(bytes);
      handle();
    },
    take: () => machine.takeOutput(),
    command: (name) => {
      commands[name]?.();
      handle();
    },
    get isOver() {
      return machine.isClosed;
    },
  };
}

import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { framed, interfacesReply, readsOf } from "./framing-streams.ts";
import type { TimedCase } from "./harness.ts";

export interface NpmFramers {
  /** One case for each of npm's parsers. */
  cases(work: NpmWork): readonly TimedCase[];
  readonly missing: readonly string[];
}

export interface NpmWork {
  readonly messageBytes: number;
  readonly count: number;
  /** Names of our cases that do the same. */
  readonly against: readonly string[];
}

/** What of their clients we touch: the code that waits for a reply's end, and the text it waits in. */
interface NpmClient {
  rcvBuffer: string;
  netconf: EventEmitter;
  send?: Send;
  _send?: Send;
  parse?: Parse;
  _parse?: Parse;
}
type Send = (xml: string, messageId: number, callback: () => void) => void;
type Parse = (xml: string, callback: () => void) => void;

/**
 * The clients `netconf` and `node-netconf` as they ship, without SSH: their code that waits for a reply runs over a bare
 * event emitter. What they do with a complete reply (xml2js) is left out. They know end-of-message framing only.
 */
export function npmFramers(): NpmFramers {
  const found: { readonly name: string; readonly version: string; readonly make: () => NpmClient }[] = [];
  const missing: string[] = [];
  const require = createRequire(import.meta.url);
  for (const name of ["netconf", "node-netconf"]) {
    try {
      const { Client } = require(name) as { Client: new (options: object) => NpmClient }; // what both export
      const { version } = require(`${name}/package.json`) as { version: string }; // npm wants one
      found.push({ name, version, make: () => new Client({ host: "", username: "", password: "" }) });
    } catch (error) {
      missing.push(`${name} of npm: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    }
  }
  return {
    missing,
    cases: (work) =>
      found.map(({ name, version, make }) => ({
        name: `${name} of npm`,
        rival: { name, version, against: work.against },
        ...framingOf(make, work),
      })),
  };
}

function framingOf(make: () => NpmClient, { messageBytes, count }: NpmWork): Pick<TimedCase, "amount" | "run"> {
  const messages = Array.from({ length: count }, (_, i) => replyOf(i + 101, messageBytes));
  return {
    amount: messages.flat().reduce((sum, read) => sum + read.length, 0),
    run: () => {
      const client = make();
      const stream = Object.assign(new EventEmitter(), { write: (_: string, written: () => void): void => written() });
      client.netconf = stream;
      client.rcvBuffer = "";
      // The line of theirs that joins what comes: it stands inside open(), which cannot be called without SSH.
      stream.on("data", (chunk: Buffer) => {
        client.rcvBuffer += chunk;
      });
      let replies = 0;
      const parse: Parse = (_, callback) => callback();
      client.parse = parse;
      client._parse = parse;
      for (const [i, reads] of messages.entries()) {
        (client.send ?? client._send)?.call(client, "", i + 101, () => {
          replies += 1;
        });
        for (const read of reads) stream.emit("data", read);
      }
      if (replies !== count) throw new Error(`${replies} of ${count} replies were found`);
    },
  };
}

/** They find the end of a reply by its tags: it has to be one. */
function replyOf(messageId: number, length: number): readonly Buffer[] {
  const head = `<rpc-reply message-id="${messageId}"><data>`;
  const tail = "</data></rpc-reply>";
  const text = Buffer.from(interfacesReply(length - head.length - tail.length));
  const message = Buffer.concat([Buffer.from(head), text, Buffer.from(tail)]);
  return readsOf(framed("end-of-message", message)).map((read) => Buffer.from(read.buffer));
}

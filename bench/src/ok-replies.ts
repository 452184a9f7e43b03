import {
  ClientMachine,
  capabilityUris,
  commit,
  Dialect,
  namespaces,
  openClientSession,
  parseReply,
  readMessage,
} from "@netconf-kit/core";
import { FrameDecoder, MessageCollector } from "@netconf-kit/framing";
import { memoryPair } from "@netconf-kit/socket";
import type { BenchGroup } from "./harness.ts";

const REPLIES = 100_000;
/** Requests under way at a time, whose replies come in one read. */
const IN_FLIGHT = 500;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const capabilities = [capabilityUris.base11, capabilityUris.candidate];
const hello = encode(
  `<hello xmlns="${namespaces.base}"><capabilities>${capabilities.map((uri) => `<capability>${uri}</capability>`).join("")}</capabilities><session-id>1</session-id></hello>]]>]]>`,
);
const operation = commit();

/** Small replies through our client, beside what it would cost to make a tree of each. Only receiving is timed, but for the session. */
export async function okReplyGroups(): Promise<readonly BenchGroup[]> {
  const ok = blocks("<ok/>");
  const data = blocks(
    `<data><system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>bench</hostname></system></data>`,
  );
  const all = [
    { name: "a tree for each ok reply, matched by message-id", rate: async () => treeRate(ok) },
    { name: "a tree for each small data reply", rate: async () => treeRate(data) },
    { name: "ClientMachine, ok replies", rate: async () => machineRate(ok) },
    { name: "ClientMachine, small data replies that nobody reads", rate: async () => machineRate(data) },
    { name: "ClientSession over a memory pair: requests, ok replies, promises", rate: () => sessionRate(ok) },
  ] as const;
  for (const { rate } of all) for (let round = 0; round < 3; round++) await rate();
  const [baseline, ...cases] = all;
  return [{ name: `rpc: ${REPLIES} replies through the client`, unit: "msg", baseline, cases }];
}

/** Chunked replies with the message-ids that a new client gives. */
function blocks(body: string): readonly Uint8Array[] {
  return Array.from({ length: REPLIES / IN_FLIGHT }, (_, block) => {
    let text = "";
    for (let i = 1; i <= IN_FLIGHT; i++) {
      const id = block * IN_FLIGHT + i;
      const reply = `<rpc-reply xmlns="${namespaces.base}" message-id="${id}">${body}</rpc-reply>`;
      text += `\n#${reply.length}\n${reply}\n##\n`;
    }
    return encode(text);
  });
}

function treeRate(replies: readonly Uint8Array[]): number {
  const dialect = new Dialect();
  const pending = new Set<string>();
  let seen = 0;
  const collector = new MessageCollector((bytes) => {
    const { messageId = "", errors } = parseReply(readMessage(bytes), dialect);
    if (pending.delete(messageId) && errors.length === 0) seen++;
  });
  const decoder = new FrameDecoder({ framing: "chunked" });
  let milliseconds = 0;
  for (const block of replies) {
    for (let i = 1; i <= IN_FLIGHT; i++) pending.add(String(seen + i));
    const start = performance.now();
    decoder.push(block, collector);
    milliseconds += performance.now() - start;
  }
  return rateOf(seen, milliseconds);
}

function machineRate(replies: readonly Uint8Array[]): number {
  const machine = new ClientMachine({ capabilities, now: 0, helloTimeout: 1000 });
  machine.receive(hello);
  machine.nextEvent();
  let seen = 0;
  let milliseconds = 0;
  for (const block of replies) {
    for (let i = 0; i < IN_FLIGHT; i++) machine.request(operation.element);
    machine.takeOutput();
    const start = performance.now();
    machine.receive(block);
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) {
      if (event.kind === "reply" && event.reply.errors.length === 0) seen++;
    }
    milliseconds += performance.now() - start;
  }
  return rateOf(seen, milliseconds);
}

async function sessionRate(replies: readonly Uint8Array[]): Promise<number> {
  const [near, far] = memoryPair();
  const reading = (async () => {
    while ((await far.read()) !== undefined) {
      // The requests are those that the replies answer.
    }
  })().catch(() => {});
  await far.write(hello);
  const session = await openClientSession(near);
  const start = performance.now();
  let seen = 0;
  for (const block of replies) {
    const answers = Array.from({ length: IN_FLIGHT }, () => session.rpc(operation));
    await far.write(block);
    for (const { ok } of await Promise.all(answers)) if (ok) seen++;
  }
  const milliseconds = performance.now() - start;
  session.abort();
  await reading;
  return rateOf(seen, milliseconds);
}

function rateOf(seen: number, milliseconds: number): number {
  if (seen !== REPLIES) throw new Error(`${seen} replies of ${REPLIES} were matched`);
  return (seen / milliseconds) * 1000;
}

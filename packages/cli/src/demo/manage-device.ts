import {
  type CallHomeSession,
  type ClientSession,
  commit,
  createSubscription,
  diffConfig,
  editConfig,
  expectOk,
  formatDiff,
  getConfig,
  listKeys,
  lock,
  type Notification,
  parseXml,
  textOf,
  unlock,
  validate,
  type XmlElement,
} from "netconf-kit";
import { wellKnownLists } from "../well-known-lists.ts";
import { change, impossibleChange } from "./demo-data.ts";
import type { Timeline } from "./timeline.ts";

const schema = listKeys(wellKnownLists);

/** The first call: read, edit, show, validate, confirmed commit, confirm, see the notification, fail once, say goodbye. */
export async function manageDevice(called: CallHomeSession<unknown>, tell: Timeline): Promise<void> {
  const { session } = called;
  tellOpening(called, tell);
  const notifications = session.notifications()[Symbol.asyncIterator]();
  expectOk(await session.rpc(createSubscription()));
  tell.say("manager", "NETCONF", "create-subscription: ok");

  const before = await running(session);
  tell.say("manager", "data", `get-config running: ${countLeaves(before)} leaves`);

  expectOk(await session.rpc(lock("candidate")));
  expectOk(await session.rpc(editConfig("candidate", parseXml(change))));
  const after = expectOk(await session.rpc(getConfig("candidate")));
  tell.say("manager", "data", "lock and edit-config candidate: ok; the change is");
  tell.detail(formatDiff(diffConfig(before, after, schema), schema));

  expectOk(await session.rpc(validate("candidate")));
  tell.say("manager", "NETCONF", "validate candidate: ok");
  expectOk(await session.rpc(commit({ confirmed: true, confirmTimeout: 60 })));
  tell.say("manager", "NETCONF", "commit, confirmed within 60 s or rolled back: ok");
  tell.say("device", "data", `notification: ${await nextChange(notifications)}`);
  expectOk(await session.rpc(commit()));
  tell.say("manager", "NETCONF", "confirming commit: ok");
  expectOk(await session.rpc(unlock("candidate")));

  const refused = await session.rpc(editConfig("running", parseXml(impossibleChange)));
  if (refused.ok) throw new Error("deleting what does not exist was accepted");
  const [error] = refused.errors;
  tell.say("manager", "NETCONF", `an edit that cannot work: rpc-error ${error?.tag} (${error?.message?.text ?? ""})`);

  await session.close();
}

/** The second call: the configuration is what was confirmed. */
export async function findKeptChange(called: CallHomeSession<unknown>, tell: Timeline): Promise<void> {
  const { session } = called;
  tellOpening(called, tell);
  const after = await running(session);
  const description = findText(after, "description", "link to the barn");
  if (description === undefined) throw new Error("the device has lost its configuration");
  tell.say("manager", "data", `get-config running: eth1 is still the "${description}"`);
  await session.close();
}

function tellOpening({ channel, session }: CallHomeSession<unknown>, tell: Timeline): void {
  const { kex, hostKey, cipher, mac, strictKex } = channel.security;
  tell.say("manager", "SSH", `key exchange ${kex}, host key ${hostKey}`);
  tell.say("manager", "SSH", `cipher ${cipher}, MAC ${mac}, strict key exchange ${strictKex}`);
  tell.say(
    "manager",
    "NETCONF",
    `hellos exchanged: session ${session.sessionId}, version ${session.version}, ${session.capabilities.size} capabilities`,
  );
}

async function running(session: ClientSession): Promise<XmlElement> {
  return expectOk(await session.rpc(getConfig("running")));
}

async function nextChange(notifications: AsyncIterator<Notification>): Promise<string> {
  for (;;) {
    const { done, value } = await notifications.next();
    if (done === true) throw new Error("the session ended before the notification came");
    const [event] = value.content;
    if (event?.name === "netconf-config-change") return `${event.name} at ${value.eventTime}`;
  }
}

function countLeaves(element: XmlElement): number {
  const children = element.children.filter((node) => typeof node !== "string");
  return children.length === 0 ? 1 : children.reduce((sum, child) => sum + countLeaves(child), 0);
}

function findText(element: XmlElement, name: string, text: string): string | undefined {
  if (element.name === name && textOf(element) === text) return text;
  for (const node of element.children) {
    const found = typeof node === "string" ? undefined : findText(node, name, text);
    if (found !== undefined) return found;
  }
  return undefined;
}

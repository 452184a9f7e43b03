import { randomBytes } from "node:crypto";
import {
  allowLogin,
  type ClientSession,
  createNetconfServer,
  type DuplexSocket,
  element,
  generateKey,
  memoryPair,
  type NetconfServer,
  namespaces,
  openClientSession,
  parseXml,
  serveSocket,
} from "netconf-kit";
import type { DevicePhase } from "../src/state/device.ts";
import type { Store } from "../src/state/store.ts";

export const PASSWORD = "correct horse";
export const ports = (...mtus: readonly number[]): string =>
  `<ports xmlns="urn:p">${mtus.map((mtu, n) => `<port><name>p${n}</name><mtu>${mtu}</mtu></port>`).join("")}</ports>`;

/** A device with two ports. */
export function makeServer(): Promise<NetconfServer> {
  return createNetconfServer({
    schema: [{ namespace: "urn:p", path: ["ports", "port"], keys: ["name"] }],
    initial: element("config", namespaces.base, [parseXml(ports(1500, 9000))]),
  });
}

/** A session with it, without SSH. */
export async function openSession(server: NetconfServer): Promise<ClientSession> {
  const [ours, theirs] = memoryPair();
  const [session] = await Promise.all([openClientSession(ours), server.serve(theirs, { username: "ops" })]);
  return session;
}

const hostKey = generateKey("ssh-ed25519", (length) => new Uint8Array(randomBytes(length)));

/** The manager's end of a connection with an SSH server in front of it. */
export function dialServer(server: NetconfServer): DuplexSocket {
  const [ours, theirs] = memoryPair();
  const authenticate = allowLogin({ username: "ops", password: PASSWORD });
  void serveSocket(theirs, { server, hostKeys: [hostKey], authenticate }).catch(() => {});
  return ours;
}

/** Resolves with the value that fits. */
export function when<T, S extends T>(store: Store<T>, fits: (value: T) => value is S): Promise<S> {
  return new Promise((resolve) => {
    const end = store.subscribe(() => look());
    const look = (): void => {
      if (!fits(store.value)) return;
      end();
      resolve(store.value);
    };
    look();
  });
}

/** For `when`: a device in this phase. */
export const inPhase =
  (kind: DevicePhase["kind"]) =>
  <S extends { readonly phase: DevicePhase }>(state: S): state is S =>
    state.phase.kind === kind;

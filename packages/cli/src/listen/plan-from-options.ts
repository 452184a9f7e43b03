import { userInfo } from "node:os";
import type { DeviceEntry, ListenerConfig, SshCredentials } from "netconf-kit";
import { UsageError } from "../exit-codes.ts";
import { devicesThatMayCall } from "../known-devices.ts";
import { namedTlsDevices, tlsForCallers } from "../open-tls.ts";
import { CALL_HOME_SSH_PORT, CALL_HOME_TLS_PORT } from "../ports.ts";
import type { Terminal } from "../terminal.ts";
import { forbidTls } from "../tls-options.ts";
import type { ListenOptions } from "./listen-options.ts";
import { CredentialReader, type ListenPlan } from "./plan.ts";
import { outboundSshWith } from "./plan-from-file.ts";

/**
 * The plan of the command line. SSH listens unless `--tls` is there and nothing is said about SSH. One user logs in to every device,
 * also to those that are approved later.
 */
export async function planFromOptions(options: ListenOptions, terminal: Terminal): Promise<ListenPlan> {
  const overTls = options.tls === true;
  if (!overTls) forbidTls(options);
  if (!overTls && options.tlsPort !== undefined)
    throw new UsageError("--tls-port has a meaning with --tls only", { hint: "add --tls" });
  const overSsh = !overTls || SAYS_SSH.some((name) => options[name] !== undefined);
  const credentials = new CredentialReader(terminal);
  try {
    const username = options.user ?? userInfo().username;
    const login = overSsh ? await credentials.read(username, options) : undefined;
    const devices = [
      ...(login === undefined ? [] : await namedSshDevices(options, login)),
      ...(overTls ? namedTlsDevices(options) : []),
    ];
    if (devices.length === 0 && options.state === undefined) {
      throw new UsageError("nothing says which devices may call", {
        hint: "name their certificates with --pin, or give a folder with --state: then they are held there for your approval",
      });
    }
    return {
      config: { listeners: listenersOf(options, overSsh, overTls), devices: [] },
      rules: {
        devices,
        users: login === undefined ? [] : [{ name: username, credentials: login }],
        ...(options.state !== undefined && { pending: {} }),
      },
      tls: overTls ? await tlsForCallers(options, terminal) : undefined,
      outboundSsh: outboundSshWith(new Map()),
      close: () => credentials.close(),
    };
  } catch (error) {
    await credentials.close();
    throw error;
  }
}

const SAYS_SSH = [
  "port",
  "hostKey",
  "knownHosts",
  "user",
  "identity",
  "agent",
  "passwordEnv",
  "passwordFile",
  "askPassword",
] as const;

/** With a state folder nobody has to be named: whoever calls can be approved. */
async function namedSshDevices(
  options: ListenOptions,
  credentials: SshCredentials,
): Promise<readonly DeviceEntry<SshCredentials>[]> {
  const { hostKey, knownHosts, acceptNew, state } = options;
  const says = [hostKey, knownHosts, acceptNew].some((each) => each !== undefined);
  if (!says && state !== undefined) return [];
  return devicesThatMayCall(options, credentials);
}

function listenersOf(
  { address: addresses = ["::"], port = CALL_HOME_SSH_PORT, tlsPort = CALL_HOME_TLS_PORT }: ListenOptions,
  overSsh: boolean,
  overTls: boolean,
): readonly ListenerConfig[] {
  return addresses.flatMap((address): ListenerConfig[] => [
    ...(overSsh ? [{ transport: "ssh" as const, address, port }] : []),
    ...(overTls ? [{ transport: "tls" as const, address, port: tlsPort }] : []),
  ]);
}

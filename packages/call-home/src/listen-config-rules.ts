import { defaultCallHomeSettings } from "@netconf-kit/core";
import { type AdmissionOptions, sourceOf } from "@netconf-kit/socket";
import { AddressList } from "./address-list.ts";
import type { DeviceListener, DeviceManagerChanges, DeviceManagerOptions } from "./device-manager-options.ts";
import type { CredentialsConfig, ListenConfig, ListenerConfig } from "./listen-config.ts";
import type { OutboundSshOptions } from "./outbound-ssh.ts";

/** What a manager is made with; without `pending` and `failedUsers` also what `configure` of one that runs takes. */
export type ListenRules<Credentials> = DeviceManagerChanges<Credentials> &
  Pick<DeviceManagerOptions<Credentials>, "pending" | "failedUsers">;

/**
 * What a configuration says, in the words of `DeviceManager`.
 *
 * @param credentialsOf Reads the files and variables that are named; what it throws is thrown
 * @example
 * const manager = new DeviceManager({ ...(await listenRules(config, readCredentials)), listeners });
 */
export async function listenRules<Credentials>(
  config: ListenConfig,
  credentialsOf: (config: CredentialsConfig) => Credentials | Promise<Credentials>,
): Promise<ListenRules<Credentials>> {
  const { pending = {}, failedUsers, admission, ...limits } = config.limits ?? {};
  const { whenConnected, unknownDevices } = config.policy ?? {};
  return {
    // A setting that is gone from the file has its default again.
    ...defaultCallHomeSettings,
    ...limits,
    admission: { ...admission, ...exempting(new AddressList(balancersOf(config))) },
    ...(whenConnected !== undefined && { whenConnected }),
    ...(unknownDevices === "hold" && { pending }),
    ...(failedUsers !== undefined && { failedUsers }),
    devices: await Promise.all(
      config.devices.map(async ({ credentials, outboundSshSecret: _, ...device }) => ({
        ...device,
        ...(credentials !== undefined && { credentials: await credentialsOf(credentials) }),
      })),
    ),
    users: await Promise.all(
      (config.users ?? []).map(async (user) => ({ ...user, credentials: await credentialsOf(user.credentials) })),
    ),
  };
}

/** The addresses and networks of all balancers. */
export function balancersOf({ listeners }: ListenConfig): readonly string[] {
  return listeners.flatMap(({ balancers = [] }) => balancers);
}

/** A balancer stands for many: whom it lets through is counted there. */
function exempting(balancers: AddressList): Pick<AdmissionOptions, "sourceOf"> {
  if (balancers.size === 0) return {};
  return { sourceOf: (remote) => (balancers.has(remote) ? undefined : sourceOf(remote)) };
}

/**
 * What may stand before SSH or TLS at a listener. For SSH it is always looked at, so that whoever speaks HTTP or TLS there is told
 * apart.
 *
 * @example
 * const dialect = listenerDialect({ transport: "ssh", balancers: ["192.0.2.10"] }, outboundSsh);
 */
export function listenerDialect(
  { transport, balancers, outboundSsh }: ListenerConfig,
  outboundSshOptions: OutboundSshOptions,
): NonNullable<DeviceListener<unknown>["dialect"]> | undefined {
  if (transport === "tls" && balancers === undefined) return undefined;
  return {
    ...(balancers !== undefined && { balancers: new AddressList(balancers) }),
    ...(outboundSsh === true && { outboundSsh: outboundSshOptions }),
  };
}

import { isAddress, isAddressOrNetwork } from "./address-list.ts";
import {
  choice,
  described,
  flag,
  integer,
  type JsonSchema,
  list,
  NO_SECRETS,
  oneOf,
  optional,
  record,
  type Shape,
  text,
} from "./config-shape.ts";
import {
  type CredentialsConfig,
  type DeviceConfig,
  type ListenConfig,
  type ListenerConfig,
  type ListenLimits,
  type ListenPolicy,
  listenerPlace,
  type OwnTlsConfig,
  type SecretRef,
  type UserConfig,
} from "./listen-config.ts";
import { hostOf } from "./named-sessions.ts";

/** A configuration as it stands in a file. */
export type ListenFile = ListenConfig & { readonly $schema?: string };

const name = text("a name", /^[^\p{Cc}]+$/u);
const path = text("the path of a file", /^(?!-----BEGIN)[^\p{Cc}]+$/u);
const address: Shape<string> = addressText("an IP address", isAddress);
const network: Shape<string> = addressText("an IP address or a network", isAddressOrNetwork);

/** By OpenSSH's custom the base64 of a host key's hash; or the hash of a certificate in pairs of hexadecimal digits. */
const fingerprint: Shape<string> = text(
  "SHA256: and the fingerprint of a host key or a certificate",
  /^SHA256:([A-Za-z0-9+/]{43}|([0-9A-F]{2}:){31}[0-9A-F]{2})$/,
);

const file = record<{ readonly file: string }>({ file: path });
const variable = record<{ readonly env: string }>({
  env: text("the name of a variable", /^[A-Za-z_][A-Za-z0-9_]*$/),
});

const secret: Shape<SecretRef> = oneOf<SecretRef>([file, variable], (node, at) => {
  if (node.kind !== "object") return at.wrong("config-inline-secret", node, NO_SECRETS);
  return node.members.has("env") && !node.members.has("file") ? variable : file;
});

export const credentials: Shape<CredentialsConfig> = record<CredentialsConfig>(
  {
    username: name,
    keyFiles: optional(described("Files with private keys.", list(path, { atLeast: 1 }))),
    agent: optional(described("Whether the keys of the agent are used.", flag())),
    password: optional(described("Where the password is.", secret)),
  },
  ({ keyFiles, agent = false, password }, node, at) => {
    if (keyFiles === undefined && !agent && password === undefined)
      at.wrong("config-conflict", node, "there is nothing to log in with: keyFiles, agent or password");
  },
);

const unknownKeys = described(
  "accept-new: the first key that logs in is the device's.",
  choice("refuse", "accept-new"),
);

const listener: Shape<ListenerConfig> = record<ListenerConfig>(
  {
    transport: choice("ssh", "tls"),
    address: optional(described("Default ::, every address.", address)),
    port: optional(described("Default 4334 for SSH, 4335 for TLS; 0 for a free one.", integer(0, 0xffff))),
    balancers: optional(described("Who has to begin with a PROXY header.", list(network))),
    outboundSsh: optional(described("Whether Junos outbound-ssh is taken.", flag())),
  },
  ({ transport, outboundSsh }, node, at) => {
    if (transport === "tls" && outboundSsh) at.wrong("config-conflict", node, "outboundSsh is for SSH only");
  },
);

const device: Shape<DeviceConfig> = record<DeviceConfig>(
  {
    name,
    fingerprints: optional(described("Of host keys or certificates.", list(fingerprint, { unique: (one) => [one] }))),
    certified: optional(
      described(
        "A name in a certificate, and who has to vouch for it.",
        record<NonNullable<DeviceConfig["certified"]>>({ authority: fingerprint, name }),
      ),
    ),
    addresses: optional(
      described(
        "Where it calls from. Says which entry is meant; proves nothing.",
        list(address, { unique: (one) => [hostOf(one)] }),
      ),
    ),
    unknownKeys: optional(unknownKeys),
    credentials: optional(described("What logs in to it. Default: the users.", credentials)),
    outboundSshSecret: optional(described("Where the secret is that it shares with us.", secret)),
  },
  (entry, node, at) => {
    const { fingerprints = [], certified, addresses = [], outboundSshSecret } = entry;
    if (fingerprints.length === 0 && !certified && addresses.length === 0 && !outboundSshSecret) {
      at.wrong(
        "config-conflict",
        node,
        "nothing says how it is known: fingerprints, certified, addresses or outboundSshSecret",
      );
    }
  },
);

const user: Shape<UserConfig> = record<UserConfig>(
  { name, credentials, unknownKeys: optional(unknownKeys) },
  (one, node, at) => {
    // RFC 8071 §5: a stranger who is sent a password has it.
    if (one.unknownKeys === "accept-new" && one.credentials.password !== undefined)
      at.wrong("config-conflict", node, "accept-new would send the password to whoever calls");
  },
);

const tls: Shape<OwnTlsConfig> = record<OwnTlsConfig>({
  certificateFile: path,
  keyFile: path,
  authorityFiles: optional(described("Who may vouch for certified devices.", list(path))),
});

const policy: Shape<ListenPolicy> = record<ListenPolicy>({
  whenConnected: optional(
    described("A second connection of a device. Default probe.", choice("probe", "replace", "reject")),
  ),
  unknownDevices: optional(described("hold: an operator may approve them. Default refuse.", choice("refuse", "hold"))),
});

const WEEK = 604_800_000;
const time = integer(1, WEEK);
const count = integer(1, 1_000_000);
const rate = record<{ readonly burst: number; readonly perSecond: number }>({ burst: count, perSecond: count });

const limits: Shape<ListenLimits> = record<ListenLimits>({
  probeTimeout: optional(described("Milliseconds.", time)),
  firstByteTimeout: optional(described("Milliseconds.", time)),
  secureTimeout: optional(described("Milliseconds.", time)),
  maxConnecting: optional(count),
  maxWaiting: optional(count),
  maxSessions: optional(count),
  admission: optional(
    record<NonNullable<ListenLimits["admission"]>>({
      maxPending: optional(count),
      maxPendingPerSource: optional(count),
      failures: optional(rate),
      failuresPerSource: optional(rate),
    }),
  ),
  pending: optional(
    record<NonNullable<ListenLimits["pending"]>>({
      maxDevices: optional(count),
      maxPerSource: optional(count),
      expireAfter: optional(described("Milliseconds.", time)),
    }),
  ),
  failedUsers: optional(
    record<NonNullable<ListenLimits["failedUsers"]>>({
      maxDevices: optional(count),
      expireAfter: optional(described("Milliseconds.", time)),
    }),
  ),
});

/** The whole file. */
export const listenFile: Shape<ListenFile> = record<ListenFile>(
  {
    $schema: optional(text("the address of this schema")),
    listeners: described("Where to listen.", list(listener, { atLeast: 1, unique: placesOf })),
    tls: optional(described("Our certificate, for listeners of TLS.", tls)),
    devices: described("Who may call.", list(device, { unique: claimsOf })),
    users: optional(
      described(
        "Tried in this order where a device has no credentials.",
        list(user, { unique: (one) => [`name "${one.name}"`] }),
      ),
    ),
    policy: optional(policy),
    limits: optional(described("Defaults as in the documentation of each.", limits)),
  },
  ({ listeners, tls: own }, node, at) => {
    if (own === undefined && listeners.some(({ transport }) => transport === "tls"))
      at.wrong("config-conflict", node, "a listener is for TLS, and there is no tls with our certificate");
  },
);

function placesOf(one: ListenerConfig): readonly string[] {
  const place = listenerPlace(one);
  // Free ports differ.
  return place.port === 0 ? [] : [`address and port ${hostOf(place.address)} ${place.port}`];
}

/** What a device has for itself. */
function claimsOf({ name: own, fingerprints = [], certified, addresses = [] }: DeviceConfig): readonly string[] {
  return [
    `name "${own}"`,
    ...fingerprints.map((one) => `fingerprint ${one}`),
    ...addresses.map((one) => `address ${hostOf(one)}`),
    ...(certified === undefined ? [] : [`certified name "${certified.name}" of ${certified.authority}`]),
  ];
}

/** A schema says no more of it than that it is a text. */
/* @__NO_SIDE_EFFECTS__ */
function addressText(what: string, isRight: (value: string) => boolean): Shape<string> {
  const shape = text("a text");
  const schema: JsonSchema = { ...shape.schema, $comment: what };
  return {
    schema,
    read: (node, at) => {
      const value = shape.read(node, at);
      return value === undefined || isRight(value) ? value : at.wrong("config-address", node, `has to be ${what}`);
    },
  };
}

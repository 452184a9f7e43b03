import { NetconfError, quoted } from "@netconf-kit/core";
import { parseXml, type XmlElement } from "@netconf-kit/xml";
import { decodeBase64 } from "./base64.ts";
import {
  type CredentialsConfig,
  type DeviceConfig,
  type ListenConfig,
  type ListenerConfig,
  listenerPlace,
  type OwnTlsConfig,
} from "./listen-config.ts";
import { ModelNode, type ModelNote } from "./model-node.ts";

/** The namespace of the module ietf-netconf-client. */
export const NETCONF_CLIENT_NAMESPACE = "urn:ietf:params:xml:ns:yang:ietf-netconf-client";

/** What reading ietf-netconf-client needs from elsewhere. */
export interface ReadNetconfClientOptions {
  /** `SHA256:…` of an SSH host key in wire form (RFC 4253 §6.6). Handed in: this package has no cryptography of its own. */
  readonly fingerprintOf: (publicBlob: Uint8Array) => string;
  /** Where the credentials are that an endpoint has. Secrets in the document are not taken over. Default: nowhere. */
  readonly credentialsOf?: (identity: ClientIdentity) => CredentialsConfig | undefined;
  /** The ietf-truststore (RFC 9641) that the document refers to. Of it the bags of SSH host keys are read. Default: none. */
  readonly truststore?: XmlElement | Uint8Array | string;
  /** Our end of TLS, which the document keeps in its keystore. */
  readonly tls?: OwnTlsConfig;
}

/** Who we are at the devices that call an endpoint. */
export interface ClientIdentity {
  readonly endpoint: string;
  readonly username: string;
  /** The name of a key in the keystore. */
  readonly keystoreReference: string | undefined;
}

/** What a document said, and what of it has no counterpart here, or is still missing. */
export interface ReadNetconfClient {
  readonly config: ListenConfig;
  readonly notes: readonly ModelNote[];
}

/**
 * Reads `/netconf-client/listen` of ietf-netconf-client (draft-ietf-netconf-netconf-client-server-41): where to listen for Call Home,
 * and for whom. Each SSH host key in the document becomes a device of the key's name, with the credentials of its endpoint, as
 * RFC 8071 §3.1 C7 has it. Everything else is noted.
 *
 * @throws XmlError for what is no XML; NetconfError `invalid-argument`, with the path, for what the model does not allow
 * @example
 * const { config, notes } = readNetconfClient(await readFile("listen.xml"), { fingerprintOf: fingerprintSha256 });
 * for (const { path, message } of notes) console.warn(path, message);
 */
export function readNetconfClient(
  input: XmlElement | Uint8Array | string,
  options: ReadNetconfClientOptions,
): ReadNetconfClient {
  const notes: ModelNote[] = [];
  const client = rootOf(input, "netconf-client", NETCONF_CLIENT_NAMESPACE, notes);
  client.noteChildren(["initiate"], "left out: only listen is read");
  const listen = client.child("listen");
  listen?.noteChildren(["idle-timeout"], "left out: silent sessions are not ended");
  const reader = new EndpointReader(options, bagsOf(options.truststore, notes));
  const endpoints = listen?.child("endpoints");
  for (const endpoint of endpoints?.list("endpoint") ?? []) reader.read(endpoint);
  for (const node of [endpoints, listen, client]) node?.finish();
  return { config: reader.config(), notes };
}

function rootOf(
  input: XmlElement | Uint8Array | string,
  name: string,
  namespace: string,
  notes: ModelNote[],
): ModelNode {
  const root = typeof input === "string" || input instanceof Uint8Array ? parseXml(input) : input;
  if (root.name === name && root.namespace === namespace) return new ModelNode(root, notes);
  throw new NetconfError("invalid-argument", `cannot read ietf-${name}: the root is ${quoted(root.name)}`);
}

/** The public keys of each bag, by its name. */
function bagsOf(
  input: ReadNetconfClientOptions["truststore"],
  notes: ModelNote[],
): ReadonlyMap<string, readonly ModelNode[]> {
  if (input === undefined) return new Map();
  const bags = rootOf(input, "truststore", TRUSTSTORE_NAMESPACE, notes).child("public-key-bags");
  return new Map(bags?.list("public-key-bag").map((bag) => [bag.requiredLeaf("name"), bag.list("public-key")]));
}

class EndpointReader {
  readonly #options: ReadNetconfClientOptions;
  readonly #bags: ReadonlyMap<string, readonly ModelNode[]>;
  readonly #listeners = new Map<string, ListenerConfig>();
  readonly #devices = new Map<string, DeviceConfig>();
  readonly #fingerprints = new Set<string>();

  constructor(options: ReadNetconfClientOptions, bags: ReadonlyMap<string, readonly ModelNode[]>) {
    this.#options = options;
    this.#bags = bags;
  }

  config(): ListenConfig {
    const { tls } = this.#options;
    return {
      listeners: [...this.#listeners.values()],
      ...(tls !== undefined && { tls }),
      devices: [...this.#devices.values()],
    };
  }

  read(endpoint: ModelNode): void {
    const name = endpoint.requiredLeaf("name");
    const [ssh, tls] = [endpoint.child("ssh"), endpoint.child("tls")];
    const stack = ssh ?? tls;
    if (stack === undefined || (ssh !== undefined && tls !== undefined)) {
      throw endpoint.invalid("it has to have one of ssh and tls");
    }
    this.#readListeners(stack, ssh === undefined ? "tls" : "ssh");
    if (ssh !== undefined) this.#readSsh(ssh, name);
    if (tls !== undefined) {
      tls.noteChildren(["tls-client-parameters"], "left out: state devices by the fingerprints of their certificates");
      if (this.#options.tls === undefined) tls.note("incomplete: tls with our certificate has to be added");
    }
    // It is there for augmentations, and empty.
    stack.child("netconf-client-parameters")?.finish();
    stack.finish();
    endpoint.finish();
  }

  #readListeners(stack: ModelNode, transport: ListenerConfig["transport"]): void {
    const tcp = stack.child("tcp-server-parameters");
    const binds = tcp?.list("local-bind", "local-address") ?? [];
    if (tcp === undefined || binds.length === 0) throw stack.invalid("local-bind is missing");
    for (const bind of binds) {
      const port = bind.numberLeaf("local-port", 0, MAX_PORT);
      const listener = {
        transport,
        address: bind.requiredLeaf("local-address"),
        ...(port !== undefined && { port }),
      };
      const place = listenerPlace(listener);
      const key = `${place.address} ${place.port}`;
      if (this.#listeners.has(key)) bind.note("left out: another endpoint listens there");
      else this.#listeners.set(key, listener);
      bind.finish();
    }
    tcp.noteChildren(["keepalives"], "left out: the system's own values are used");
    tcp.finish();
  }

  #readSsh(ssh: ModelNode, endpoint: string): void {
    const parameters = ssh.child("ssh-client-parameters");
    if (parameters === undefined) throw ssh.invalid("ssh-client-parameters is missing");
    const credentials = this.#readIdentity(parameters, endpoint);
    const server = parameters.child("server-authentication");
    server?.noteChildren(["ca-certs", "ee-certs"], "left out: X.509 certificates in SSH are not taken");
    const keys = server?.child("ssh-host-keys");
    const bag = keys?.leaf("central-truststore-reference");
    const known = bag === undefined ? [] : this.#bags.get(bag);
    if (known === undefined) keys?.note(`left out: the truststore has no public-key-bag ${quoted(bag ?? "")}`);
    const inline = keys?.child("inline-definition");
    for (const key of [...(inline?.list("public-key") ?? []), ...(known ?? [])])
      this.#readHostKey(key, endpoint, credentials);
    parameters.noteChildren(["keepalives", "transport-params"], "left out: one setting counts for all devices");
    for (const node of [inline, keys, server, parameters]) node?.finish();
  }

  #readIdentity(parameters: ModelNode, endpoint: string): CredentialsConfig | undefined {
    const identity = parameters.child("client-identity");
    const username = identity?.leaf("username");
    if (identity === undefined || username === undefined) {
      parameters.note("incomplete: there is no username");
      identity?.noteChildren(SECRETS, "left out: there is no username");
      return undefined;
    }
    const key = identity.child("public-key");
    const keystoreReference = key?.leaf("central-keystore-reference");
    key?.noteChildren(["inline-definition"], "left out: a secret is not taken over");
    const credentials = this.#options.credentialsOf?.({ endpoint, username, keystoreReference });
    if (credentials === undefined) identity.note("incomplete: credentials have to be added");
    identity.noteChildren(
      SECRETS.filter((name) => name !== "public-key"),
      "left out: a secret is not taken over",
    );
    key?.finish();
    identity.finish();
    return credentials;
  }

  #readHostKey(key: ModelNode, endpoint: string, credentials: CredentialsConfig | undefined): void {
    const name = key.requiredLeaf("name");
    const format = key.requiredLeaf("public-key-format");
    const blob = decodeBase64(key.requiredLeaf("public-key").replace(/\s/g, ""));
    key.finish();
    // The blob of RFC 4253 §6.6; the prefix of the identity is the document's own.
    if (!/^([^:]*:)?ssh-public-key-format$/.test(format)) throw key.invalid(`public-key-format is ${quoted(format)}`);
    if (blob === undefined) throw key.invalid("public-key is not in base64");
    const fingerprint = this.#options.fingerprintOf(blob);
    if (this.#fingerprints.has(fingerprint)) {
      key.note("left out: this key is another device's already");
      return;
    }
    this.#fingerprints.add(fingerprint);
    const device = this.#devices.has(name) ? `${endpoint} ${name}` : name;
    if (this.#devices.has(device)) throw key.invalid("two keys have this name");
    const base = { name: device, fingerprints: [fingerprint] };
    this.#devices.set(device, credentials === undefined ? base : { ...base, credentials });
  }
}

const TRUSTSTORE_NAMESPACE = "urn:ietf:params:xml:ns:yang:ietf-truststore";

/** Ways to log in, in `client-identity`. */
const SECRETS = ["public-key", "password", "hostbased", "none", "certificate"] as const;
const MAX_PORT = 0xffff;

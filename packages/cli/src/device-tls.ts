import { tlsServer } from "@netconf-kit/node-adapter";
import type { Command } from "commander";
import type { Secure } from "netconf-kit";
import { collect } from "./collect.ts";
import { UsageError } from "./exit-codes.ts";
import { readText } from "./secrets.ts";
import type { Terminal } from "./terminal.ts";
import { fingerprintsIn, readAuthorities, readOwnCertificate } from "./tls-files.ts";

/** The options of TLS at a device, as commander names them. */
export interface DeviceTlsOptions {
  readonly tls?: boolean;
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: readonly string[];
  readonly certToName?: string;
  readonly user?: string;
}

/** Adds the options of a device over TLS. */
export function withDeviceTls(command: Command): Command {
  return command
    .option("--tls", "NETCONF over TLS (RFC 7589) instead of SSH")
    .option("--cert <file>", "TLS: the device's certificate in PEM, and those between it and its authority")
    .option("--key <file>", "TLS: the private key of the device's certificate, in PEM")
    .option("--ca <file>", "TLS: authorities in PEM that may vouch for managers (repeatable)", collect)
    .option("--cert-to-name <file>", "TLS: JSON, how a manager's certificate becomes a user name (RFC 7407)");
}

/** TLS in the server role, as the options describe it. */
export async function deviceTls(options: DeviceTlsOptions, terminal: Terminal): Promise<Secure> {
  const { ca = [] } = options;
  if (ca.length === 0) {
    throw new UsageError("nobody could log in over TLS", {
      hint: "name the authority of the managers' certificates with --ca",
    });
  }
  const own = await readOwnCertificate(options, terminal);
  const certToName = certToNameOf(options);
  const [fingerprint = ""] = fingerprintsIn([own.cert]);
  terminal.err(`certificate ${fingerprint}`);
  return tlsServer({ ...own, clientCa: readAuthorities(ca), certToName });
}

type CertToName = Parameters<typeof tlsServer>[0]["certToName"];

/** RFC 7589 §7: the user name comes from the certificate, by rules that are stated and not guessed. */
function certToNameOf({ certToName: path, user }: DeviceTlsOptions): CertToName {
  if (path !== undefined && user !== undefined) throw new UsageError("--user and --cert-to-name exclude each other");
  if (user !== undefined) return [{ id: 1, mapType: "specified", name: user }];
  if (path === undefined) {
    throw new UsageError("nothing says which user a manager's certificate stands for", {
      hint: "name one for all with --user, or rules in a file with --cert-to-name",
    });
  }
  const text = readText(path, "the cert-to-name list");
  try {
    return entriesOf(JSON.parse(text));
  } catch (cause) {
    throw new UsageError(
      `cannot use the cert-to-name list in "${path}": ${cause instanceof Error ? cause.message : String(cause)}`,
      { hint: 'write [{"id": 1, "fingerprint": "04:…", "map-type": "specified", "name": "ops"}]', cause },
    );
  }
}

type MapType = CertToName[number]["mapType"];

const MAP_TYPES: ReadonlySet<string> = new Set<MapType>([
  "specified",
  "san-rfc822-name",
  "san-dns-name",
  "san-ip-address",
  "san-any",
  "common-name",
]);

/** The list of RFC 7407 §4 in the JSON of RFC 7951, the module's prefix before an identity or not. */
function entriesOf(value: unknown): CertToName {
  if (!Array.isArray(value) || value.length === 0) throw new Error("it is not an array with entries");
  return value.map((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) throw new Error(`${JSON.stringify(entry)} is not an entry`);
    const { id, fingerprint, name, "map-type": identity, ...rest } = entry as Readonly<Record<string, unknown>>; // an object has members
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined) throw new Error(`an entry has no member "${unknown}"`);
    if (typeof id !== "number") throw new Error(`an entry needs an "id" that is a number`);
    const mapType = typeof identity === "string" ? identity.replace(/^ietf-x509-cert-to-name:/, "") : "";
    if (!isMapType(mapType)) throw new Error(`entry ${id} needs a "map-type": one of ${[...MAP_TYPES].join(", ")}`);
    return {
      id,
      mapType,
      ...textOf("fingerprint", fingerprint, id),
      ...textOf("name", name, id),
    };
  });
}

function isMapType(text: string): text is MapType {
  return MAP_TYPES.has(text);
}

function textOf<Name extends string>(name: Name, value: unknown, id: number): { readonly [each in Name]?: string } {
  if (value === undefined) return {};
  if (typeof value !== "string") throw new Error(`"${name}" of entry ${id} is not a string`);
  return { [name]: value } as { [each in Name]?: string }; // a computed name loses its type
}

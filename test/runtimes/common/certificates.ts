import { env } from "node:process";
import { tlsClient, tlsServer } from "@netconf-kit/node-adapter";

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** What the test has made, in the variable TLS_CERTIFICATES. */
export interface Certificates {
  readonly ca: string;
  /** Of the authority. */
  readonly fingerprint: string;
  readonly device: Pair;
  readonly manager: Pair;
  readonly stranger: Pair;
}

export function givenCertificates(): Certificates {
  return JSON.parse(env.TLS_CERTIFICATES ?? "");
}

/** The device: lets in whom the authority vouches for. */
export function deviceTls({ ca, device }: Certificates): ReturnType<typeof tlsServer> {
  return tlsServer({ ...device, clientCa: ca, certToName: [{ id: 1, mapType: "san-any" }] });
}

/** A manager that expects the device, or whom it is told to. */
export function managerTls(
  { ca, manager }: Certificates,
  { own = manager, serverName = "r7.example.net" }: { readonly own?: Pair; readonly serverName?: string } = {},
): ReturnType<typeof tlsClient> {
  return tlsClient({ ...own, ca, serverName });
}

import { createHmac } from "node:crypto";
import { connect as connectTls } from "node:tls";
import { dialTcp, tlsServer } from "@netconf-kit/node-adapter";
import {
  allowLogin,
  type CallHomeServerOptions,
  callHome,
  createNetconfServer,
  type DuplexSocket,
  formatPublicKey,
  type PrivateKey,
  parseAuthorizedKeys,
  type ServeSocketOptions,
} from "netconf-kit";
import type { IssuedCertificate, TestAuthority } from "../support/test-authority.ts";
import { newKey } from "./fault-lab.ts";

/** The ports of the manager under test. */
export interface Ports {
  readonly ssh: number;
  readonly tls: number;
}

/** What calls a manager, and goes wrong in one way. */
export interface BadCaller {
  readonly name: string;
  readonly at: keyof Ports;
  /** Calls; resolves with what ends it. */
  readonly call: (port: number) => Promise<() => Promise<unknown>>;
  /** What the manager's `rejected` event has to say. */
  readonly reason: string;
  readonly error: { readonly layer: string; readonly code: string; readonly fault: string; readonly rfc?: string };
}

export const managerKey = newKey();
/** Keys of devices that the manager knows. */
export const goodKey = newKey();
export const victimKey = newKey();
export const JUNOS_ID = "mx-7";
export const JUNOS_SECRET = "s3cret";
export const hmacSha1 = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  new Uint8Array(createHmac("sha1", key).update(data).digest());

const managerLine = formatPublicKey({ ...managerKey, comment: "" });
const authenticate = allowLogin({ authorizedKeys: parseAuthorizedKeys(managerLine) });

/** A device that calls once. */
export async function deviceOverSsh(
  port: number,
  hostKey: PrivateKey,
  options: Partial<Pick<CallHomeServerOptions, "server">> & {
    readonly authenticate?: typeof authenticate;
    readonly before?: (socket: DuplexSocket) => Promise<void>;
  } = {},
): Promise<() => Promise<unknown>> {
  const server = options.server ?? (await createNetconfServer());
  return calling(
    port,
    { server, hostKeys: [hostKey], authenticate: options.authenticate ?? authenticate },
    options.before,
  );
}

export async function deviceOverTls(
  port: number,
  { cert, key }: IssuedCertificate,
  authority: Pick<TestAuthority, "cert">,
): Promise<() => Promise<unknown>> {
  const server = await createNetconfServer();
  const certToName = [{ id: 1, mapType: "specified", name: "ops" }] as const;
  return calling(port, { server, tls: tlsServer({ cert, key, clientCa: authority.cert, certToName }) });
}

function calling(
  port: number,
  serving: ServeSocketOptions,
  before: (socket: DuplexSocket) => Promise<void> = async () => {},
): () => Promise<unknown> {
  const dial = dialTcp({ host: "127.0.0.1", port });
  const device = callHome({
    ...serving,
    endpoints: [
      {
        name: "manager",
        dial: async (options) => {
          const socket = await dial(options);
          await before(socket);
          return socket;
        },
      },
    ],
    policy: { retryInterval: 600_000 },
  });
  return () => device.stop();
}

/** Sends bytes, and then keeps still. */
const says = (bytes: Uint8Array | string) => async (port: number) => {
  const socket = await dialTcp({ host: "127.0.0.1", port })();
  await socket.write(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  return () => socket.close();
};

const garbage = Uint8Array.from({ length: 4000 }, (_, i) => (i * 151 + 7) % 256);
const http = "GET / HTTP/1.1\r\nHost: manager\r\n\r\n";

const speaksTls = async (port: number) => {
  const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false });
  socket.on("error", () => {});
  return async () => socket.destroy();
};

/** Lines before an SSH identification are allowed (RFC 4253 §4.2), and have no end here. */
const endlessBanner = async (port: number) => {
  const socket = await dialTcp({ host: "127.0.0.1", port })();
  const lines = new TextEncoder().encode("Welcome to the finest router in town.\r\n".repeat(1000));
  void (async () => {
    for (;;) await socket.write(lines);
  })().catch(() => {});
  return () => socket.close();
};

/** Says that it is another device, and has not its private key. */
const pretender: PrivateKey = { ...newKey(), publicBlob: victimKey.publicBlob };

function preamble(hostKey: PrivateKey, secret: string, id = JUNOS_ID): (socket: DuplexSocket) => Promise<void> {
  const text = formatPublicKey({ ...hostKey, comment: "" }).trim();
  const hmac = createHmac("sha1", secret).update(text).digest("hex");
  const lines = ["MSG-ID: DEVICE-CONN-INFO", "MSG-VER: V1", `DEVICE-ID: ${id}`, `HOST-KEY: ${text}`, `HMAC: ${hmac}`];
  return (socket) => socket.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n`));
}

const callHomeError = (code: string, fault = "peer") => ({ layer: "call-home", code, fault });

export function badSshCallers(): readonly BadCaller[] {
  const at = "ssh";
  const strangerKey = newKey();
  const secureFailed = "secure-failed";
  return [
    { name: "garbage", at, call: says(garbage), reason: secureFailed, error: callHomeError("not-ssh") },
    { name: "HTTP", at, call: says(http), reason: secureFailed, error: callHomeError("http-instead") },
    { name: "TLS on the SSH port", at, call: speaksTls, reason: secureFailed, error: callHomeError("tls-instead") },
    {
      name: "NETCONF without a secure transport",
      at,
      call: says("<?xml version='1.0'?><hello/>"),
      reason: secureFailed,
      error: callHomeError("xml-instead"),
    },
    {
      name: "a banner without end",
      at,
      call: endlessBanner,
      reason: secureFailed,
      error: callHomeError("limit-preamble"),
    },
    {
      name: "SSH 1.5",
      at,
      call: says("SSH-1.5-OldRouter\r\n"),
      reason: secureFailed,
      error: { layer: "ssh", code: "version-mismatch", fault: "peer" },
    },
    { name: "silence", at, call: says(""), reason: "timeout-first-byte", error: callHomeError("timeout-first-byte") },
    {
      name: "a PROXY header from nobody's balancer",
      at,
      call: says("PROXY TCP4 192.0.2.7 192.0.2.254 51000 4334\r\n"),
      reason: secureFailed,
      error: callHomeError("proxy-header-unexpected"),
    },
    {
      name: "a host key that nobody knows",
      at,
      call: (port) => deviceOverSsh(port, strangerKey),
      reason: "unknown-identity",
      error: callHomeError("unknown-identity"),
    },
    {
      name: "a device that claims to be another one",
      at,
      call: (port) => deviceOverSsh(port, pretender),
      reason: secureFailed,
      error: { layer: "ssh", code: "host-key-signature-invalid", fault: "peer" },
    },
    {
      name: "a known key, and a user that it does not let in",
      at,
      call: (port) => deviceOverSsh(port, victimKey, { authenticate: () => ({ accept: false }) }),
      reason: secureFailed,
      error: { layer: "ssh", code: "authentication-failed", fault: "peer" },
    },
    {
      name: "a preamble with a wrong HMAC",
      at,
      call: (port) => deviceOverSsh(port, strangerKey, { before: preamble(strangerKey, "guessed") }),
      reason: secureFailed,
      error: callHomeError("outbound-ssh-wrong-hmac"),
    },
    {
      name: "a preamble that proves another key than that of the key exchange",
      at,
      call: (port) => deviceOverSsh(port, strangerKey, { before: preamble(newKey(), JUNOS_SECRET) }),
      reason: "lookup-failed",
      error: callHomeError("lookup-failed", "local"),
    },
    {
      name: "a NETCONF hello that is none",
      at,
      call: (port) =>
        deviceOverSsh(port, victimKey, {
          server: {
            serve: async (socket) => {
              await socket.write(new TextEncoder().encode("<greetings/>]]>]]>"));
              await socket.read();
              throw new Error("it hung up");
            },
          },
        }),
      reason: "session-failed",
      error: { layer: "netconf", code: "unexpected-message", fault: "peer" },
    },
  ];
}

/** @param certificates made by the authority that the manager trusts, but for the stranger's */
export function badTlsCallers(
  authority: TestAuthority,
  certificates: Readonly<Record<"expired" | "early" | "revoked" | "unlisted" | "stranger", IssuedCertificate>>,
): readonly BadCaller[] {
  const at = "tls";
  const reason = "secure-failed";
  const tlsError = (code: string) => ({ layer: "tls", code, fault: "peer" });
  const shows = (certificate: IssuedCertificate) => (port: number) => deviceOverTls(port, certificate, authority);
  return [
    { name: "garbage", at, call: says(garbage), reason, error: tlsError("not-tls") },
    { name: "HTTP", at, call: says(http), reason, error: tlsError("not-tls") },
    {
      name: "SSH on the TLS port",
      at,
      call: (port) => deviceOverSsh(port, goodKey),
      reason,
      error: tlsError("not-tls"),
    },
    { name: "silence", at, call: says(""), reason: "timeout-first-byte", error: callHomeError("timeout-first-byte") },
    {
      name: "a certificate that has expired",
      at,
      call: shows(certificates.expired),
      reason,
      error: tlsError("certificate-expired"),
    },
    {
      name: "a certificate that is not valid yet",
      at,
      call: shows(certificates.early),
      reason,
      error: tlsError("certificate-not-yet-valid"),
    },
    {
      name: "a certificate that was revoked",
      at,
      call: shows(certificates.revoked),
      reason,
      error: tlsError("certificate-revoked"),
    },
    {
      name: "another device's name, vouched for by another authority",
      at,
      call: shows(certificates.stranger),
      reason,
      error: tlsError("certificate-untrusted"),
    },
    {
      name: "a good certificate for a name that nobody knows",
      at,
      call: shows(certificates.unlisted),
      reason: "unknown-identity",
      error: callHomeError("unknown-identity"),
    },
  ];
}

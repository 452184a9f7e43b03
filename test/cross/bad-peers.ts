import { randomBytes } from "node:crypto";
import { acceptSsh, type SshServerOptions } from "@netconf-kit/ssh";
import { type DuplexSocket, fingerprintSha256, generateKey } from "netconf-kit";

/** The only user and password that the bad peers know. */
export const login = { username: "ops", password: "right" };

const hostKey = generateKey("ssh-ed25519", (length) => new Uint8Array(randomBytes(length)));
export const fingerprint = fingerprintSha256(hostKey.publicBlob);
export const otherFingerprint = `SHA256:${"A".repeat(43)}`;

/** A server that goes wrong in one way, and what a client has to make of it. */
export interface BadPeer {
  readonly name: string;
  /** Takes a connection; keeps it as long as the case needs. */
  readonly serve: (socket: DuplexSocket) => Promise<void>;
  readonly expected: { readonly layer: string; readonly code: string; readonly fault: "peer" | "local" | "transport" };
  readonly exitCode: 1 | 2 | 3 | 4 | 5;
  /** What the client believes the host key to be, when that is the point. */
  readonly trusted?: string;
  readonly password?: string;
}

const base = 'xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"';
const capabilities = (versions: readonly string[]): string =>
  `<capabilities>${versions.map((v) => `<capability>urn:ietf:params:netconf:base:${v}</capability>`).join("")}</capabilities>`;
const hello11 = `<hello ${base}>${capabilities(["1.1"])}<session-id>7</session-id></hello>]]>]]>`;
const hello10 = `<hello ${base}>${capabilities(["1.0"])}<session-id>7</session-id></hello>]]>]]>`;
const chunked = (text: string): string => `\n#${Buffer.byteLength(text)}\n${text}\n##\n`;
const reply = (attributes: string, content: string): string =>
  `<rpc-reply ${base} ${attributes}>${content}</rpc-reply>`;

export const badPeers: readonly BadPeer[] = [
  {
    name: "a host key that is not the expected one",
    serve: (socket) => sshServer(socket, {}, never),
    trusted: otherFingerprint,
    expected: { layer: "ssh", code: "host-key-rejected", fault: "peer" },
    exitCode: 4,
  },
  {
    name: "a password that is wrong",
    serve: (socket) => sshServer(socket, {}, never),
    password: "wrong",
    expected: { layer: "ssh", code: "authentication-failed", fault: "peer" },
    exitCode: 4,
  },
  {
    name: "a subsystem that is refused",
    serve: async (socket) => {
      const ssh = await acceptSsh(socket, serverOptions({}));
      for await (const request of ssh.incoming) request.reject();
    },
    expected: { layer: "ssh", code: "subsystem-refused", fault: "peer" },
    exitCode: 3,
  },
  {
    name: "silence after TCP",
    serve: never,
    expected: { layer: "ssh", code: "timeout-version-exchange", fault: "peer" },
    exitCode: 3,
  },
  {
    name: "silence after the SSH version",
    serve: async (socket) => {
      await socket.write(text("SSH-2.0-silent\r\n"));
      await never();
    },
    expected: { layer: "ssh", code: "timeout-key-exchange", fault: "peer" },
    exitCode: 3,
  },
  {
    name: "silence at login",
    serve: (socket) => sshServer(socket, { authenticate: () => new Promise(() => {}) }, never),
    expected: { layer: "ssh", code: "timeout-authentication", fault: "peer" },
    exitCode: 3,
  },
  {
    name: "silence when the subsystem is asked for",
    serve: async (socket) => {
      await acceptSsh(socket, serverOptions({}));
      await never();
    },
    expected: { layer: "ssh", code: "timeout-channel-open", fault: "peer" },
    exitCode: 3,
  },
  {
    name: "silence instead of a hello",
    serve: (socket) => sshServer(socket, {}, never),
    expected: { layer: "netconf", code: "timeout-hello", fault: "peer" },
    exitCode: 3,
  },
  {
    name: "silence instead of a reply",
    serve: netconf(hello11, never),
    expected: { layer: "netconf", code: "timeout-rpc", fault: "peer" },
    exitCode: 3,
  },
  {
    name: "something else than SSH",
    serve: async (socket) => {
      await socket.write(text("HTTP/1.1 400 Bad Request\r\n\r\n"));
      await socket.close();
    },
    expected: { layer: "ssh", code: "connection-ended", fault: "transport" },
    exitCode: 3,
  },
  {
    name: "a hello without a session-id",
    serve: netconf(`<hello ${base}>${capabilities(["1.1"])}</hello>]]>]]>`, never),
    expected: { layer: "netconf", code: "hello-missing-session-id", fault: "peer" },
    exitCode: 5,
  },
  {
    name: "a hello with no version in common",
    serve: netconf(`<hello ${base}>${capabilities(["2.0"])}<session-id>7</session-id></hello>]]>]]>`, never),
    expected: { layer: "netconf", code: "hello-no-common-version", fault: "peer" },
    exitCode: 5,
  },
  {
    name: "a reply with an unknown message-id",
    serve: netconf(
      hello11,
      answer(() => chunked(reply('message-id="nobody-asked"', "<ok/>"))),
    ),
    expected: { layer: "netconf", code: "unknown-message-id", fault: "peer" },
    exitCode: 5,
  },
  {
    name: "a chunk header that is malformed",
    serve: netconf(
      hello11,
      answer(() => "\n#0\n<rpc-reply/>\n##\n"),
    ),
    expected: { layer: "framing", code: "bad-chunk-size", fault: "peer" },
    exitCode: 5,
  },
  {
    name: "a frame that is truncated",
    serve: netconf(
      hello11,
      answer(() => "\n#400\n<rpc-reply", "end"),
    ),
    expected: { layer: "netconf", code: "peer-closed-mid-message", fault: "transport" },
    exitCode: 3,
  },
  {
    name: "a close in the middle of a message",
    serve: netconf(
      hello10,
      answer((id) => reply(`message-id="${id}"`, "<da").slice(0, -12), "end"),
    ),
    expected: { layer: "netconf", code: "peer-closed-mid-message", fault: "transport" },
    exitCode: 3,
  },
  {
    name: "a close instead of a reply",
    serve: netconf(
      hello10,
      answer(() => "", "end"),
    ),
    expected: { layer: "netconf", code: "peer-closed", fault: "transport" },
    exitCode: 3,
  },
  {
    name: "XML that is not well-formed",
    serve: netconf(
      hello11,
      answer((id) => chunked(`<rpc-reply ${base} message-id="${id}"><data></rpc-reply>`)),
    ),
    expected: { layer: "xml", code: "not-well-formed", fault: "peer" },
    exitCode: 5,
  },
  {
    name: "a DOCTYPE",
    serve: netconf(
      hello11,
      answer((id) => chunked(`<!DOCTYPE rpc-reply [<!ENTITY a "b">]>${reply(`message-id="${id}"`, "<ok/>")}`)),
    ),
    expected: { layer: "xml", code: "doctype", fault: "peer" },
    exitCode: 5,
  },
  {
    name: "100 000 nested elements",
    serve: netconf(
      hello11,
      answer((id) => chunked(reply(`message-id="${id}"`, `${"<a>".repeat(100_000)}${"</a>".repeat(100_000)}`))),
    ),
    expected: { layer: "xml", code: "limit-depth", fault: "peer" },
    exitCode: 5,
  },
];

/** Speaks NETCONF badly: the hello, then whatever `after` does. */
function netconf(hello: string, after: (channel: DuplexSocket) => Promise<void>): BadPeer["serve"] {
  return (socket) =>
    sshServer(socket, {}, async (channel) => {
      await channel.write(text(hello));
      await after(channel);
    });
}

/** Waits for a whole request, then sends what `make` says, and ends if asked to. */
function answer(make: (messageId: string) => string, then?: "end"): (channel: DuplexSocket) => Promise<void> {
  return async (channel) => {
    let received = "";
    for (let chunk = await channel.read(); chunk !== undefined; chunk = await channel.read()) {
      received += new TextDecoder().decode(chunk);
      const id = /<rpc [^>]*message-id="([^"]+)"/.exec(received)?.[1];
      if (id === undefined || !/<\/(\w+:)?rpc>/.test(received)) continue;
      await channel.write(text(make(id)));
      if (then === "end") await channel.close();
      else await never();
    }
  };
}

async function sshServer(
  socket: DuplexSocket,
  options: Partial<SshServerOptions>,
  speak: (channel: DuplexSocket) => Promise<void>,
): Promise<void> {
  const ssh = await acceptSsh(socket, serverOptions(options));
  for await (const request of ssh.incoming) void speak(request.accept());
}

function serverOptions(options: Partial<SshServerOptions>): SshServerOptions {
  return {
    hostKeys: [hostKey],
    authenticate: (attempt) => ({
      accept:
        attempt.method === "password" && attempt.username === login.username && attempt.password === login.password,
    }),
    ...options,
  };
}

function never(): Promise<void> {
  return new Promise(() => {});
}

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}

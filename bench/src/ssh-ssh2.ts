import { createRequire } from "node:module";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { benchKey, benchKeyFile, HOST_SEED, USER_SEED } from "./ssh-keys.ts";
import { type SshRival, type SshRivalOptions, serveSubsystem } from "./ssh-rival.ts";
import { streamChannel } from "./ssh-streams.ts";

/** The parts of npm ssh2 that are used here; the package has no types. */
interface Ssh2 {
  readonly Client: new () => Ssh2Client;
  readonly Server: new (
    options: object,
    onConnection: (client: Ssh2Peer) => void,
  ) => { injectSocket(socket: Socket): void };
}
interface Ssh2Client {
  on(event: "ready" | "close", listener: () => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  connect(options: object): void;
  subsys(name: string, callback: (error: Error | undefined, stream: Duplex) => void): void;
  end(): void;
}
interface Ssh2Peer {
  on(event: "authentication", listener: (context: Ssh2Login) => void): this;
  on(event: "session", listener: (accept: () => Ssh2Session) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
}
interface Ssh2Login {
  readonly method: string;
  readonly key?: { readonly data: Buffer };
  readonly signature?: Buffer;
  readonly blob?: Buffer;
  readonly hashAlgo?: string;
  accept(): void;
  reject(methods?: readonly string[]): void;
}
interface Ssh2Session {
  on(event: "subsystem", listener: (accept: () => Duplex, reject: () => void, info: { name: string }) => void): this;
}

const require = createRequire(import.meta.url);

/** npm ssh2. `flavour`: "addon" or "javascript" (its compiled part kept from loading), and "nagle" for sockets as they come. */
export function ssh2({ cipher, flavour }: SshRivalOptions): SshRival {
  const { Client, Server } = loadSsh2(flavour !== "javascript");
  const utils = require("ssh2").utils as { parseKey(text: string): Ssh2Key };
  const noDelay = flavour !== "nagle";
  const algorithms = cipher === undefined ? {} : { algorithms: { cipher: [cipher] } };
  const hostKey = benchKeyFile(HOST_SEED);
  const userKey = benchKeyFile(USER_SEED);
  const hostBlob = Buffer.from(benchKey(HOST_SEED).publicBlob);
  const allowed = utils.parseKey(userKey);

  return {
    serve: async () => {
      const server = new Server({ hostKeys: [hostKey], ...algorithms }, (peer) => {
        peer.on("error", () => {});
        peer.on("authentication", (login) => decide(login, allowed));
        peer.on("session", (accept) => {
          accept().on("subsystem", (acceptStream, _reject, { name }) => {
            const stream = acceptStream();
            void serveSubsystem(name, streamChannel(stream)).then(() => name !== "idle" && stream.end());
          });
        });
      });
      const listener = createServer((socket) => {
        if (noDelay) socket.setNoDelay(true);
        server.injectSocket(socket);
      });
      await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", 1024, resolve));
      return (listener.address() as AddressInfo).port; // a server on TCP has an address object
    },
    connect: async (port) => {
      const client = new Client();
      const sock = connect({ host: "127.0.0.1", port, noDelay });
      const closed = new Promise<void>((resolve) => client.on("close", resolve));
      await new Promise<void>((resolve, reject) => {
        client.on("ready", resolve).on("error", reject);
        const hostVerifier = (key: Buffer): boolean => key.equals(hostBlob);
        client.connect({ sock, username: "bench", privateKey: userKey, hostVerifier, ...algorithms });
      });
      return {
        openSubsystem: (name) =>
          new Promise((resolve, reject) => {
            client.subsys(name, (error, stream) => (error ? reject(error) : resolve(streamChannel(stream))));
          }),
        close: () => {
          client.end();
          return closed;
        },
      };
    },
  };
}

interface Ssh2Key {
  getPublicSSH(): Buffer;
  verify(data: Buffer, signature: Buffer, hash?: string): boolean;
}

function decide(login: Ssh2Login, allowed: Ssh2Key): void {
  const { method, key, signature, blob, hashAlgo } = login;
  if (method !== "publickey" || key === undefined) login.reject(["publickey"]);
  else if (!key.data.equals(allowed.getPublicSSH())) login.reject();
  else if (signature !== undefined && blob !== undefined && !allowed.verify(blob, signature, hashAlgo)) login.reject();
  else login.accept();
}

/** Whether the compiled part was built when the package was installed. */
export function hasSsh2Addon(): boolean {
  try {
    require("ssh2/lib/protocol/crypto/build/Release/sshcrypto.node");
    return true;
  } catch {
    return false;
  }
}

function loadSsh2(addon: boolean): Ssh2 {
  // The package takes its addon where it can be loaded: a module that is not there is one that throws.
  if (!addon) {
    const path = require.resolve("ssh2/lib/protocol/crypto/build/Release/sshcrypto.node");
    const extensions = (
      require("node:module") as { _extensions: Record<string, (module: object, file: string) => void> }
    )._extensions;
    const load = extensions[".node"];
    extensions[".node"] = (module, file) => {
      if (file === path) throw new Error("not wanted here");
      load?.(module, file);
    };
  }
  const { Client, Server } = require("ssh2");
  return { Client, Server };
}

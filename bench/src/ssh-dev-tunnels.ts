import { createRequire } from "node:module";
import { type AddressInfo, connect, createServer } from "node:net";
import type * as DevTunnels from "@microsoft/dev-tunnels-ssh";
import { type SshRival, type SshRivalOptions, serveSubsystem } from "./ssh-rival.ts";
import { streamChannel } from "./ssh-streams.ts";

const load = createRequire(import.meta.url);

/** @microsoft/dev-tunnels-ssh. It knows no ed25519 and no client-made subsystems: ECDSA P-256 keys, and commands. */
export function devTunnels({ cipher, flavour }: SshRivalOptions): SshRival {
  const ssh = load("@microsoft/dev-tunnels-ssh") as typeof DevTunnels; // CommonJS: named imports do not work
  const noDelay = flavour !== "nagle";
  const configuration = (): DevTunnels.SshSessionConfiguration => {
    const result = new ssh.SshSessionConfiguration();
    if (cipher !== undefined) {
      const chosen = result.encryptionAlgorithms.filter((each) => each?.name === cipher);
      if (chosen.length === 0) throw new Error(`there is no "${cipher}"`);
      result.encryptionAlgorithms.splice(0, Number.POSITIVE_INFINITY, ...chosen);
    }
    return result;
  };
  const makeKey = (): Promise<DevTunnels.KeyPair> => {
    const algorithm = ssh.SshAlgorithms.publicKey.ecdsaSha2Nistp256;
    if (!algorithm) throw new Error("there is no ECDSA");
    return algorithm.generateKeyPair();
  };

  let keys: Promise<DevTunnels.KeyPair> | undefined;

  return {
    serve: async () => {
      const hostKey = await makeKey();
      const listener = createServer({ noDelay }, (socket) => {
        const session = new ssh.SshServerSession(configuration());
        session.credentials.publicKeys = [hostKey];
        session.onAuthenticating((event) => {
          event.authenticationPromise = Promise.resolve({});
        });
        session.onChannelOpening(({ channel }) => {
          channel.onRequest((event) => {
            const { command = "" } = event.request.convertTo(new ssh.CommandRequestMessage());
            event.isAuthorized = true;
            const stream = streamChannel(new ssh.SshStream(channel));
            setImmediate(() => void serveSubsystem(command, stream));
          });
        });
        session.connect(new ssh.NodeStream(socket)).catch(() => {});
      });
      await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", 1024, resolve));
      return (listener.address() as AddressInfo).port; // a server on TCP has an address object
    },
    connect: async (port) => {
      const socket = connect({ host: "127.0.0.1", port, noDelay });
      keys ??= makeKey();
      const userKey = await keys;
      const session = new ssh.SshClientSession(configuration());
      session.onAuthenticating((event) => {
        event.authenticationPromise = Promise.resolve({});
      });
      await session.connect(new ssh.NodeStream(socket));
      if (!(await session.authenticate({ username: "bench", publicKeys: [userKey] }))) throw new Error("no login");
      return {
        openSubsystem: async (name) => {
          const channel = await session.openChannel();
          const stream = streamChannel(new ssh.SshStream(channel));
          const request = new ssh.CommandRequestMessage();
          request.command = name;
          request.wantReply = true;
          if (!(await channel.request(request))) throw new Error("the command was refused");
          return stream;
        },
        close: async () => {
          await session.close(ssh.SshDisconnectReason.byApplication);
          socket.destroy();
        },
      };
    },
  };
}

import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import {
  acceptSsh,
  connectSsh,
  fingerprintSha256,
  formatPublicKey,
  generateKey,
  type OfferedHostKey,
  type PrivateKey,
  parseAuthorizedKeys,
  parsePrivateKey,
  type SshServerOptions,
} from "@netconf-kit/ssh";
import { allowLogin } from "netconf-kit";
import { afterEach, describe, expect, it } from "vitest";
import { random } from "./our-ends.ts";
import { startOpensshClient } from "./peers/openssh-client.ts";
import { startNetconfd } from "./peers/openssh-netconfd.ts";
import { requirePeer } from "./peers/peers.ts";
import { keyPair, tempFolder } from "./peers/process.ts";

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const lineOf = ({ type, publicBlob }: PrivateKey): string => formatPublicKey({ type, publicBlob, comment: "" }).trim();

/** Our SSH server on a port: nothing but what its options lead to. */
async function listen(options: SshServerOptions): Promise<number> {
  const listener = await listenTcp();
  stops.push(() => listener.close());
  void (async () => {
    for await (const socket of listener)
      acceptSsh(socket, options).then(
        async (connection) => {
          for await (const subsystem of connection.incoming) subsystem.reject();
        },
        () => {},
      );
  })();
  return listener.port;
}

describe.runIf(requirePeer("openssh"))("host key rotation with OpenSSH (OpenSSH PROTOCOL §2.5)", () => {
  for (const type of ["ed25519", "rsa-2048"] as const) {
    it(`learns the proved keys of an sshd whose first one is ${type}`, async () => {
      const others = ["ed25519", "ecdsa-256", "rsa-2048"] as const;
      const sshd = await startNetconfd({ hostKeys: [type, ...others.filter((other) => other !== type)] });
      stops.push(sshd.stop);
      const told: (readonly OfferedHostKey[])[] = [];
      const connection = await connectSsh(await dialTcp({ host: "127.0.0.1", port: sshd.port })(), {
        username: sshd.user,
        verifyHostKey: ({ fingerprint }) =>
          fingerprint === sshd.hostKey.fingerprint ? { accept: true } : { accept: false, reason: "unknown" },
        // sshd proves RSA keys with SHA-1 to clients that do not ask for better.
        hostKeyAlgorithms: type === "rsa-2048" ? ["rsa-sha2-256"] : ["ssh-ed25519", "rsa-sha2-512"],
        authentication: [{ method: "publickey", key: parsePrivateKey(sshd.userKey.text) }],
        onHostKeys: (keys) => void told.push(keys),
      });
      stops.push(() => connection.close());
      await expect.poll(() => told.length, { timeout: 10_000 }).toBe(1);
      expect(told[0]?.map(({ fingerprint }) => fingerprint)).toEqual(
        sshd.hostKeys.map(({ fingerprint }) => fingerprint),
      );
    });
  }

  it("teaches OpenSSH's ssh the second key of our server", async () => {
    const folder = tempFolder();
    stops.push(folder.remove);
    const userKey = keyPair("ed25519", folder.path);
    const [first, second] = [generateKey("ssh-ed25519", random), generateKey("ecdsa-sha2-nistp256", random)];
    const authenticate = allowLogin({ authorizedKeys: parseAuthorizedKeys(`${userKey.publicLine}\n`) });
    const port = await listen({ hostKeys: [first, second], authenticate });
    const ssh = await startOpensshClient({
      port,
      user: "ops",
      userKeyFile: userKey.file,
      hostKeyLine: lineOf(first),
      settings: ["UpdateHostKeys=yes", "HostKeyAlgorithms=ssh-ed25519,ecdsa-sha2-nistp256"],
      input: "",
    });
    stops.push(ssh.stop);
    await ssh.exited(30_000);
    expect(ssh.errors()).toContain(fingerprintSha256(second.publicBlob));
    expect(ssh.errors()).toMatch(
      /Learned new hostkey: ECDSA|host key found matching|known_hosts updated|hostkeys_prove/i,
    );
  });
});

describe.runIf(requirePeer("openssh"))("our server as a jump host (RFC 4254 §7.2)", () => {
  it("leads OpenSSH's ssh -W to an sshd, and nowhere else", async () => {
    const folder = tempFolder();
    stops.push(folder.remove);
    const userKey = keyPair("ed25519", folder.path);
    const sshd = await startNetconfd();
    stops.push(sshd.stop);
    const hostKey = generateKey("ssh-ed25519", random);
    const port = await listen({
      hostKeys: [hostKey],
      authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(`${userKey.publicLine}\n`) }),
      openDirectTcpip: ({ host, port: wanted, signal }) =>
        wanted === sshd.port ? dialTcp({ host, port: wanted })({ signal }) : undefined,
    });
    const through = async (target: number): Promise<string> => {
      const ssh = await startOpensshClient({
        port,
        user: "ops",
        userKeyFile: userKey.file,
        hostKeyLine: lineOf(hostKey),
        forwardTo: `127.0.0.1:${target}`,
      });
      stops.push(ssh.stop);
      const outcome = (): string => (ssh.errors().includes("open failed") ? "refused" : ssh.stdout().toString());
      await expect.poll(outcome, { timeout: 10_000 }).not.toBe("");
      return outcome();
    };
    expect(await through(sshd.port)).toContain("SSH-2.0-OpenSSH");
    expect(await through(sshd.port + 1)).toBe("refused");
  });
});

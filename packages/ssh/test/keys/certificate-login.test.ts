import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { dialTcp, listenTcp, sshAgent } from "@netconf-kit/node-adapter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirePeer } from "../../../../test/interop/peers/peers.ts";
import { sshEd25519 } from "../../src/algorithms/signatures/ed25519.ts";
import { rsaSha512 } from "../../src/algorithms/signatures/rsa.ts";
import {
  type AuthenticationMethod,
  acceptSsh,
  certificateAlgorithm,
  certifiedSigner,
  checkKnownHost,
  checkUserCertificate,
  connectAgent,
  connectSsh,
  defaultClientAlgorithms,
  defaultServerAlgorithms,
  parseKnownHosts,
  parsePrivateKey,
  parsePublicKey,
} from "../../src/mod.ts";
import { keyFolder } from "./tools.ts";

// An sshd that is not run by root lets in nobody but its own user.
const { username } = userInfo();
const now = () => Date.now() / 1000;
const certified = [certificateAlgorithm(sshEd25519), certificateAlgorithm(rsaSha512)];
const random = (length: number) => new Uint8Array(randomBytes(length));

/** Certificates on both sides and no other trust: a host certificate for 127.0.0.1, a user certificate for us. */
describe.runIf(requirePeer("openssh"))("logging in with certificates", () => {
  const folder = keyFolder();
  const path = dirname(folder.write("unused", ""));
  const running: (() => void)[] = [];
  const start = async (program: string, ...args: readonly string[]): Promise<void> => {
    const child = spawn(program, args, { stdio: "ignore" });
    running.push(() => void child.kill());
    await once(child, "spawn");
  };
  afterAll(() => {
    for (const stop of running) stop();
    folder.remove();
  });

  beforeAll(() => {
    for (const name of ["ca", "host", "user", "other"])
      folder.run("ssh-keygen", "-q", "-t", name === "user" ? "rsa" : "ed25519", "-N", "", "-f", name);
    folder.run("ssh-keygen", "-q", "-s", "ca", "-I", "host", "-h", "-n", "127.0.0.1", "host.pub");
    folder.run("ssh-keygen", "-q", "-s", "ca", "-I", "user", "-n", username, "user.pub");
    folder.run("ssh-keygen", "-q", "-s", "ca", "-I", "other", "-n", "somebody", "other.pub");
  });

  const knownHosts = () => `@cert-authority [127.0.0.1]:* ${folder.read("ca.pub")}`;
  const signerOf = (name: string) =>
    certifiedSigner(parsePrivateKey(folder.read(name)), folder.read(`${name}-cert.pub`));

  it("our client with sshd: signed by a key in memory, by an agent, and refused for another principal", async () => {
    const port = await freePort();
    folder.write(
      "sshd_config",
      [
        ...[`ListenAddress 127.0.0.1:${port}`, `HostKey ${path}/host`, `HostCertificate ${path}/host-cert.pub`],
        ...[`TrustedUserCAKeys ${path}/ca.pub`, "AuthorizedKeysFile none", "PasswordAuthentication no", "UsePAM no"],
        ...["PermitRootLogin yes", "StrictModes no", `PidFile ${path}/pid`, "Subsystem echo /bin/cat", ""],
      ].join("\n"),
    );
    await start("/usr/sbin/sshd", "-D", "-f", join(path, "sshd_config"));
    await listening(port);
    const login = async (authentication: readonly AuthenticationMethod[]) =>
      connectSsh(await dialTcp({ host: "127.0.0.1", port })(), {
        ...{ username, random, authentication },
        algorithms: { ...defaultClientAlgorithms, hostKey: certified },
        verifyHostKey: ({ publicBlob }) => {
          const known = parseKnownHosts(knownHosts());
          const verdict = checkKnownHost(known, { host: "127.0.0.1", port, publicBlob, now: now() });
          return verdict.trusted ? { accept: true } : { accept: false, reason: verdict.reason };
        },
      });
    {
      await using connection = await login([{ method: "publickey", key: signerOf("user") }]);
      expect(connection.hostKey.keyType).toBe("ssh-ed25519-cert-v01@openssh.com");
      const channel = await connection.openSubsystem("echo");
      await channel.write(Uint8Array.of(1, 2, 3));
      expect(Array.from((await channel.read()) ?? [])).toEqual([1, 2, 3]);
    }
    await expect(login([{ method: "publickey", key: signerOf("other") }])).rejects.toMatchObject({
      code: "authentication-failed",
    });
    const agentPath = join(path, "agent");
    await start("ssh-agent", "-D", "-a", agentPath);
    for (let i = 0; i < 200 && !folder.try("test", "-S", agentPath).ok; i++) await wait(10);
    folder.run("env", `SSH_AUTH_SOCK=${agentPath}`, "ssh-add", "-q", "user");
    await using agent = connectAgent(await sshAgent({ path: agentPath }));
    const keys = (await agent.keys()).filter(({ type }) => type.includes("-cert-"));
    await using connection = await login(keys.map((key) => ({ method: "publickey", key })));
    expect(connection.username).toBe(username);
  });

  it("ssh with our server: both certificates count, and the user of another principal stays out", async () => {
    const listener = await listenTcp();
    const verdicts: string[] = [];
    const serving = (async () => {
      for await (const socket of listener) {
        try {
          const connection = await acceptSsh(socket, {
            ...{ random, hostKeys: [signerOf("host")] },
            // ssh wants to see the plain algorithm as well before it signs with it (RFC 8308 §3.1).
            algorithms: { ...defaultServerAlgorithms, hostKey: [...certified, sshEd25519, rsaSha512] },
            authenticate: (attempt) => {
              if (attempt.method !== "publickey") return { accept: false };
              const authorities = [parsePublicKey(folder.read("ca.pub"))];
              const checks = { username: attempt.username, authorities, now: now() };
              const verdict = checkUserCertificate(attempt.publicBlob, checks);
              verdicts.push(verdict.valid ? "valid" : verdict.code);
              return { accept: verdict.valid };
            },
          });
          for await (const subsystem of connection.incoming) {
            const channel = subsystem.accept();
            await channel.write(new TextEncoder().encode("welcome\n"));
            await channel.closeWrite();
            await channel.close();
          }
        } catch {
          // The refused user.
        }
      }
    })();
    folder.write("known_hosts", knownHosts().replace("[127.0.0.1]:*", `[127.0.0.1]:${listener.port}`));
    const ssh = (name: string) =>
      new Promise<string>((resolve) => {
        const options = [
          "IdentitiesOnly=yes",
          `UserKnownHostsFile=${path}/known_hosts`,
          "StrictHostKeyChecking=yes",
          "BatchMode=yes",
        ];
        const args = options.flatMap((option) => ["-o", option]);
        args.push(
          "-F",
          "none",
          "-i",
          join(path, name),
          "-p",
          String(listener.port),
          `${username}@127.0.0.1`,
          "-s",
          "echo",
        );
        const child = spawn("ssh", args, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env.PATH ?? "" } });
        let output = "";
        child.stdout.on("data", (chunk) => (output += chunk));
        child.stderr.on("data", (chunk) => (output += chunk));
        child.on("close", () => resolve(output));
      });
    expect(await ssh("user")).toBe("welcome\n");
    expect(await ssh("other")).toContain("Permission denied");
    expect(new Set(verdicts)).toEqual(new Set(["valid", "wrong-principal", "malformed"]));
    await listener.close();
    await serving;
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function listening(port: number): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const socket = await dialTcp({ host: "127.0.0.1", port })().catch(() => undefined);
    if (socket !== undefined) return socket.close();
    await wait(20);
  }
  throw new Error("sshd does not listen");
}

import { userInfo } from "node:os";
import { type EchoClient, type EchoServer, type EchoSettings, hostKeyFor } from "./echo-peer.ts";
import { echoProcesses } from "./echo-processes.ts";
import { startOpensshClient } from "./openssh-client.ts";
import { freePort, startProcess, waitForPort, writeConfig } from "./process.ts";

/** Less than the payload, so that either side's keys are worn out on the way. */
const REKEY_LIMIT = "RekeyLimit 56K";

/** OpenSSH's sshd. */
export async function startSshd({ peer, keys }: EchoSettings): Promise<EchoServer> {
  const { supports } = peer;
  const port = await freePort();
  const authorizedKeys = writeConfig(keys.folder, "sshd_authorized_keys", [keys.userKey.publicLine]);
  const config = writeConfig(keys.folder, "sshd_config", [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    ...keys.hostKeys.map(({ file }) => `HostKey ${file}`),
    `KexAlgorithms ${supports.kex}`,
    `HostKeyAlgorithms ${supports.hostKey}`,
    `Ciphers ${supports.cipher}`,
    `MACs ${supports.mac}`,
    REKEY_LIMIT,
    "PidFile none",
    "UsePAM no",
    "UseDNS no",
    "StrictModes no",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    `AuthorizedKeysFile ${authorizedKeys}`,
    "Subsystem echo /bin/cat",
  ]);
  const sshd = startProcess("/usr/sbin/sshd", ["-D", "-e", "-f", config]);
  await waitForPort(port, 20_000);
  return {
    port,
    user: userInfo().username,
    fingerprint: (algorithm) => hostKeyFor(keys.hostKeys, algorithm).fingerprint,
    open: (connection) => connection.openSubsystem("echo"),
    log: sshd.log,
    stop: sshd.stop,
  };
}

/** OpenSSH's ssh. */
export async function sshClient({ peer, keys }: EchoSettings): Promise<EchoClient> {
  const { supports } = peer;
  return echoProcesses((port, hostKey) =>
    startOpensshClient({
      port,
      user: "ops",
      userKeyFile: keys.userKey.file,
      hostKeyLine: hostKey.line,
      subsystem: "echo",
      settings: [
        `KexAlgorithms=${supports.kex}`,
        `HostKeyAlgorithms=${supports.hostKey}`,
        `Ciphers=${supports.cipher}`,
        `MACs=${supports.mac}`,
        REKEY_LIMIT.replace(" ", "="),
      ],
    }),
  );
}

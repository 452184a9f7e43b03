import { sshClient, startSshd } from "./echo-openssh.ts";
import type { EchoClient, EchoServer, EchoSettings } from "./echo-peer.ts";
import { asyncssh, erlang, libssh, paramiko, scriptedClient, scriptedServer, ssh2 } from "./echo-scripted.ts";
import { dbclient, plink, startDropbear, startTinysshd } from "./echo-small.ts";

/** How each row of ssh-peers.ts is started. */
export const echoServers: Readonly<Record<string, (settings: EchoSettings) => Promise<EchoServer>>> = {
  OpenSSH: startSshd,
  asyncssh: scriptedServer(asyncssh),
  Erlang: scriptedServer(erlang),
  libssh: scriptedServer(libssh),
  paramiko: scriptedServer(paramiko),
  ssh2: scriptedServer(ssh2),
  Dropbear: startDropbear,
  tinysshd: startTinysshd,
};

export const echoClients: Readonly<Record<string, (settings: EchoSettings) => Promise<EchoClient>>> = {
  OpenSSH: sshClient,
  asyncssh: scriptedClient(asyncssh),
  Erlang: scriptedClient(erlang),
  libssh: scriptedClient(libssh),
  paramiko: scriptedClient(paramiko),
  ssh2: scriptedClient(ssh2),
  Dropbear: dbclient,
  PuTTY: plink,
};

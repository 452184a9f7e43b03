import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type EchoClient, type EchoKeys, type EchoServer, type EchoSettings, hostKeyFor } from "./echo-peer.ts";
import { echoProcesses } from "./echo-processes.ts";
import { fingerprintOf, freePort, startProcess, waitForListener, writeConfig } from "./process.ts";

const USER = "ops";

/**
 * Dropbear and tinysshd look for authorized_keys in the home folder that the system's user table tells, and nowhere else:
 * libnss_wrapper shows them a table of ours, in which `ops` is whoever runs the test.
 */
function userTable(keys: EchoKeys, home: string): Readonly<Record<string, string>> {
  mkdirSync(join(home, ".ssh"), { mode: 0o700 });
  writeConfig(join(home, ".ssh"), "authorized_keys", [keys.userKey.publicLine]);
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const passwd = writeConfig(home, "passwd", [`${USER}:x:${uid}:${gid}::${home}:/bin/sh`], 0o644);
  const group = writeConfig(home, "group", [`${USER}:x:${gid}:`], 0o644);
  return { LD_PRELOAD: "libnss_wrapper.so", NSS_WRAPPER_PASSWD: passwd, NSS_WRAPPER_GROUP: group };
}

/** Dropbear's server, with as many host keys as it takes. Its only subsystem is sftp: it is a command that echoes. */
export async function startDropbear({ keys }: EchoSettings): Promise<EchoServer> {
  const home = mkdtempSync(join(keys.folder, "dropbear-"));
  const env = userTable(keys, home);
  const four = keys.hostKeys.filter(({ publicLine }) => !publicLine.includes("nistp384"));
  const hostKeys = four.flatMap(({ file }, i) => ["-r", convertForDropbear(file, join(home, `host-key-${i}`))]);
  const port = await freePort();
  const dropbear = startProcess("dropbear", ["-F", "-E", "-p", `127.0.0.1:${port}`, "-P", "", ...hostKeys], { env });
  await waitForListener(port, 20_000, dropbear);
  return {
    port,
    user: USER,
    fingerprint: (algorithm) => hostKeyFor(keys.hostKeys, algorithm).fingerprint,
    open: (connection) => connection.openExec("cat"),
    log: dropbear.log,
    stop: dropbear.stop,
  };
}

/** Dropbear's client. */
export async function dbclient({ keys }: EchoSettings): Promise<EchoClient> {
  const key = convertForDropbear(keys.userKey.file, join(keys.folder, "dbclient-key"));
  return echoProcesses((port, hostKey) => {
    const home = mkdtempSync(join(keys.folder, "dbclient-"));
    mkdirSync(join(home, ".ssh"));
    writeConfig(join(home, ".ssh"), "known_hosts", [`127.0.0.1 ${hostKey.line}`]);
    const args = ["-p", String(port), "-l", USER, "-i", key, "-s", "127.0.0.1", "echo"];
    return startProcess("dbclient", args, { env: { HOME: home } });
  });
}

function convertForDropbear(file: string, to: string): string {
  execFileSync("dropbearconvert", ["openssh", "dropbear", file, to], { stdio: "ignore" });
  return to;
}

/** PuTTY's plink, with settings as PuTTY keeps them in a file. */
export async function plink({ keys }: EchoSettings): Promise<EchoClient> {
  const home = mkdtempSync(join(keys.folder, "putty-"));
  const key = join(home, "key.ppk");
  execFileSync("puttygen", [keys.userKey.file, "-O", "private", "-o", key]);
  mkdirSync(join(home, ".putty/sessions"), { recursive: true });
  writeConfig(join(home, ".putty/sessions"), "matrix", ["Protocol=ssh", "RekeyBytes=56K"]);
  return echoProcesses((port, hostKey) => {
    const address = ["-P", String(port), "-l", USER, "-i", key, "-hostkey", hostKey.fingerprint];
    const args = ["-load", "matrix", "-batch", "-noagent", ...address, "-s", "127.0.0.1", "echo"];
    return startProcess("plink", args, { env: { HOME: home } });
  });
}

/** tinysshd, which serves one connection on its standard input and output: socat listens for it. */
export async function startTinysshd({ keys }: EchoSettings): Promise<EchoServer> {
  // It wants no folder above authorized_keys that others may write to, as they may to that of temporary files.
  const home = mkdtempSync(join(homedir(), ".netconf-kit-peer-"));
  const removeHome = (): void => rmSync(home, { recursive: true, force: true });
  process.once("exit", removeHome);
  const env = userTable(keys, home);
  const hostKeys = join(home, "host-keys");
  execFileSync("tinysshd-makekey", [hostKeys], { stdio: "ignore" });
  const publicKey = execFileSync("tinysshd-printkey", [hostKeys], { encoding: "utf8" });
  const port = await freePort();
  const socat = startProcess(
    "socat",
    [`TCP4-LISTEN:${port},bind=127.0.0.1,fork`, `EXEC:/usr/sbin/tinysshd -v -x echo=/bin/cat ${hostKeys}`],
    { env },
  );
  await waitForListener(port, 20_000, socat);
  const stop = async (): Promise<void> => {
    await socat.stop();
    process.off("exit", removeHome);
    removeHome();
  };
  return {
    port,
    user: USER,
    fingerprint: () => fingerprintOf(publicKey.split(" ")[1] ?? ""),
    open: (connection) => connection.openSubsystem("echo"),
    log: socat.log,
    stop,
  };
}

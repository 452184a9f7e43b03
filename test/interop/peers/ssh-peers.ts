/** The algorithms of one side, by name, best first. */
export interface AlgorithmNames {
  readonly kex: readonly string[];
  readonly hostKey: readonly string[];
  readonly cipher: readonly string[];
  readonly mac: readonly string[];
}

export interface Absence {
  readonly names: readonly string[];
  readonly why: string;
}

/** One program in one role: a row of the matrix. */
export interface SshPeer {
  readonly name: string;
  /** Its row in peers.json. */
  readonly peer: string;
  /** What the facts here were found with. */
  readonly version: string;
  readonly role: "client" | "server";
  /** Ours that the peer does not offer. */
  readonly absent: readonly Absence[];
  /** Key exchange methods of ours that the peer offers, only to give up when they are chosen. */
  readonly refuses?: Absence;
  /** What is left of ours: each of these has to work. */
  readonly supports: AlgorithmNames;
  /** Whether it was told to change keys by itself, besides answering when we do. */
  readonly rekeysItself: boolean;
  /** Whether it takes part in the strict key exchange (CVE-2023-48795). */
  readonly strictKex: boolean;
  /** Keys are changed while no data is under way; why. */
  readonly rekeyWhileIdle?: string;
}

const curve25519 = ["curve25519-sha256", "curve25519-sha256@libssh.org"];
const nistCurves = ["ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"];
const groups = ["diffie-hellman-group16-sha512", "diffie-hellman-group14-sha256"];
const group18 = "diffie-hellman-group18-sha512";
const exchangedGroup = "diffie-hellman-group-exchange-sha256";
const sha1Exchange = "diffie-hellman-group-exchange-sha1";
const sha1Kex = ["diffie-hellman-group14-sha1", sha1Exchange];
const ecdsa = ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];
const rsaSha2 = ["rsa-sha2-512", "rsa-sha2-256"];
const hostKeys = ["ssh-ed25519", ...ecdsa, ...rsaSha2];
const chacha = "chacha20-poly1305@openssh.com";
const gcm = ["aes256-gcm@openssh.com", "aes128-gcm@openssh.com"];
const ctr = ["aes256-ctr", "aes192-ctr", "aes128-ctr"];
const cbc = ["aes256-cbc", "aes192-cbc", "aes128-cbc"];
const etm = ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"];
const sha2 = ["hmac-sha2-256", "hmac-sha2-512"];

/** What our server can do; group exchange and all that is legacy are for clients. */
export const ourServer: AlgorithmNames = {
  kex: ["mlkem768x25519-sha256", ...curve25519, ...nistCurves, ...groups, group18],
  hostKey: hostKeys,
  cipher: [chacha, ...gcm, ...ctr],
  mac: [...etm, ...sha2, "hmac-sha1"],
};

/** What our client can do, legacy included. */
export const ourClient: AlgorithmNames = {
  kex: [...ourServer.kex, exchangedGroup, ...sha1Kex],
  hostKey: [...hostKeys, "ssh-rsa"],
  cipher: [...ourServer.cipher, ...cbc],
  mac: [...ourServer.mac, "hmac-sha1-96"],
};

const mlkem: Absence = { names: ["mlkem768x25519-sha256"], why: "no version in Debian 12 or on npm has it" };
const notThere = (...names: readonly string[]): Absence => ({ names, why: "not implemented" });
const oneEcdsaKey = (...names: readonly string[]): Absence => ({ names, why: "the server has one ECDSA key" });

const openssh = { name: "OpenSSH", peer: "openssh", version: "9.2p1", rekeysItself: true, strictKex: true };

const asyncssh = {
  name: "asyncssh",
  peer: "asyncssh",
  version: "2.10.1",
  rekeysItself: false,
  strictKex: true,
  rekeyWhileIdle: "it sends channel data after its own SSH_MSG_KEXINIT, which RFC 4253 §7.1 forbids",
};

const erlang = { name: "Erlang", peer: "erlang", version: "4.15.2", rekeysItself: false, strictKex: true };

const libssh = { name: "libssh", peer: "libssh", version: "0.10.6", rekeysItself: true, strictKex: true };

const paramiko = { name: "paramiko", peer: "paramiko", version: "2.12.0", rekeysItself: true, strictKex: false };
const notInParamiko = notThere("curve25519-sha256", group18, chacha, ...gcm);

const ssh2 = { name: "ssh2", peer: "ssh2", version: "1.17.0", strictKex: true };

const dropbear = { name: "Dropbear", peer: "dropbear", version: "2022.83", rekeysItself: false, strictKex: true };
const notInDropbear = notThere(
  ...["diffie-hellman-group16-sha512", group18, exchangedGroup, sha1Exchange, "rsa-sha2-512", ...gcm],
  ...["aes192-ctr", ...cbc, ...etm, "hmac-sha2-512", "hmac-sha1-96"],
);

const notInTinysshd = notThere(
  ...[...nistCurves, ...groups, group18, exchangedGroup, ...sha1Kex, ...ecdsa, ...rsaSha2, "ssh-rsa"],
  ...[...gcm, ...ctr, ...cbc, ...etm, "hmac-sha2-512", "hmac-sha1", "hmac-sha1-96"],
);

export const sshPeers: readonly SshPeer[] = [
  server({ ...openssh, absent: [mlkem] }),
  client({ ...openssh, absent: [mlkem] }),
  server({ ...asyncssh, absent: [mlkem] }),
  client({ ...asyncssh, absent: [mlkem] }),
  server({
    ...erlang,
    absent: [mlkem, notThere("hmac-sha1-96"), oneEcdsaKey("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")],
  }),
  client({ ...erlang, absent: [mlkem] }),
  server({
    ...libssh,
    absent: [mlkem, notThere("hmac-sha1-96"), oneEcdsaKey("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384")],
  }),
  client({ ...libssh, absent: [mlkem] }),
  server({ ...paramiko, absent: [mlkem, notInParamiko] }),
  client({ ...paramiko, absent: [mlkem, notInParamiko] }),
  server({
    ...ssh2,
    rekeysItself: true,
    absent: [mlkem],
    refuses: { names: [exchangedGroup, sha1Exchange], why: "offered and then refused, for the server lacks it" },
  }),
  client({ ...ssh2, rekeysItself: false, absent: [mlkem] }),
  server({
    ...dropbear,
    absent: [mlkem, notInDropbear, { names: ["ecdsa-sha2-nistp384"], why: "the server takes four host keys" }],
  }),
  client({ ...dropbear, absent: [mlkem, notInDropbear] }),
  client({
    name: "PuTTY",
    peer: "putty",
    version: "0.78",
    rekeysItself: true,
    strictKex: true,
    absent: [mlkem, notThere("hmac-sha2-512-etm@openssh.com", "hmac-sha2-512")],
  }),
  server({
    name: "tinysshd",
    peer: "tinysshd",
    version: "20230101",
    rekeysItself: false,
    strictKex: false,
    absent: [mlkem, notInTinysshd],
  }),
];

type Facts = Omit<SshPeer, "role" | "supports">;

function server(facts: Facts): SshPeer {
  return { ...facts, role: "server", supports: without(ourClient, facts) };
}

function client(facts: Facts): SshPeer {
  return { ...facts, role: "client", supports: without(ourServer, facts) };
}

function without(all: AlgorithmNames, { absent, refuses }: Facts): AlgorithmNames {
  const names = [...absent, ...(refuses === undefined ? [] : [refuses])].flatMap((each) => each.names);
  const rest = (list: readonly string[]): readonly string[] => list.filter((name) => !names.includes(name));
  return { kex: rest(all.kex), hostKey: rest(all.hostKey), cipher: rest(all.cipher), mac: rest(all.mac) };
}

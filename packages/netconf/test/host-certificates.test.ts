import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hasProgram, keyFolder } from "../../ssh/test/keys/tools.ts";
import {
  type CallHomeEvent,
  callHome,
  certificateAlgorithm,
  certifiedSigner,
  compatible,
  connect,
  type DeviceLookup,
  fingerprintSha256,
  type KnownDevice,
  knownHostKeyAlgorithms,
  knownHostsLookup,
  listenCallHome,
  type PrivateKey,
  parseKnownHosts,
  parsePrivateKey,
  parsePublicKey,
  type SshCredentials,
  serve,
  trustKnownHosts,
} from "../src/mod.ts";
import { credentials, fingerprintOf, makeDevice, memoryNetwork } from "./support.ts";

const YEAR_2030 = 1_893_456_000;

describe.runIf(hasProgram("ssh-keygen", "-?"))("a device with a host certificate", () => {
  const folder = keyFolder();
  const stops: (() => Promise<unknown>)[] = [];
  let hostKey: PrivateKey;
  let authority = "";
  let authorityLine = "";
  beforeAll(() => {
    for (const name of ["ca", "host"]) folder.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name);
    const until = ["-V", "20200101:20290101"];
    folder.run(
      "ssh-keygen",
      "-q",
      "-s",
      "ca",
      "-I",
      "id of router",
      "-h",
      "-n",
      "router,router.example",
      ...until,
      "host.pub",
    );
    hostKey = parsePrivateKey(folder.read("host"));
    authorityLine = folder.read("ca.pub").trim();
    authority = fingerprintSha256(parsePublicKey(authorityLine).publicBlob);
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });
  afterAll(() => folder.remove());

  const makeCertified = async () => ({
    ...(await makeDevice(hostKey)),
    hostKeys: [certifiedSigner(hostKey, folder.read("host-cert.pub")), hostKey],
    algorithms: { hostKey: [...compatible.hostKey.map(certificateAlgorithm), ...compatible.hostKey] },
  });

  /** Connects to the device as to this name, with this known_hosts, at this time. */
  const open = async (text: string, host: string, now = YEAR_2030 - 100_000_000) => {
    const network = memoryNetwork();
    const service = serve({ ...(await makeCertified()), listener: network.listener });
    stops.push(service.close);
    const known = parseKnownHosts(text);
    return connect({
      ...credentials,
      dial: network.dial,
      verifyHostKey: trustKnownHosts(known, host, 830, { now: () => now }),
      algorithms: { hostKey: knownHostKeyAlgorithms(known, host, 830) },
    });
  };

  it("is trusted by its authority, for its names, and shows the certificate as its identity", async () => {
    const connection = await open(`@cert-authority [*]:830 ${authorityLine}`, "Router.example");
    expect(connection.channel.peer).toEqual({
      kind: "ssh-host-certificate",
      fingerprint: fingerprintOf(hostKey),
      algorithm: "ssh-ed25519-cert-v01@openssh.com",
      authority,
      keyId: "id of router",
      principals: ["router", "router.example"],
    });
    await connection.close();
  });

  it("is refused under another name, and after its time", async () => {
    const line = `@cert-authority * ${authorityLine}`;
    await expect(open(line, "other")).rejects.toMatchObject({
      code: "host-key-rejected",
      message: expect.stringMatching(/not for "other"/),
    });
    await expect(open(line, "router", YEAR_2030)).rejects.toMatchObject({
      message: expect.stringMatching(/not valid any more/),
    });
  });

  it("is refused when its authority is revoked or for other hosts", async () => {
    const revoked = `@cert-authority * ${authorityLine}\n@revoked * ${authorityLine}`;
    await expect(open(revoked, "router")).rejects.toMatchObject({ message: expect.stringMatching(/revoked/) });
    await expect(open(`@cert-authority *.example ${authorityLine}`, "router")).rejects.toMatchObject({
      message: expect.stringMatching(/is not known/),
    });
  });

  it("is known by its plain key where no authority is trusted", async () => {
    const connection = await open(`[router]:830 ${folder.read("host.pub")}`, "router");
    expect(connection.channel.peer).toMatchObject({ kind: "ssh-host-key", fingerprint: fingerprintOf(hostKey) });
    await connection.close();
  });

  /** The first thing that a manager with this device reports about the call of ours. */
  const call = async (
    device: Omit<KnownDevice<SshCredentials>, "name" | "credentials">,
    now = YEAR_2030 - 100_000_000,
    { name = "r7", ...more }: { readonly name?: string; readonly lookups?: readonly DeviceLookup[] } = {},
  ) => {
    const network = memoryNetwork();
    const events: CallHomeEvent[] = [];
    const manager = listenCallHome({
      listeners: network.listener,
      devices: [{ name, credentials, ...device }],
      ...more,
      onEvent: (event) => void events.push(event),
      now: () => now,
    });
    stops.push(() => manager.close({ sessions: true }));
    const calling = callHome({
      ...(await makeCertified()),
      endpoints: [{ name: "manager", dial: network.dial }],
      policy: { retryInterval: 60_000 },
    });
    stops.push(calling.stop.bind(calling));
    const outcome = () => events.find(({ kind }) => kind === "identified" || kind === "rejected");
    await expect.poll(outcome).toBeDefined();
    return outcome();
  };

  it("is identified in Call Home by the name in its certificate, RFC 8071 §3.1 C6", async () => {
    expect(await call({ certified: { authority, name: "router" } })).toMatchObject({
      kind: "identified",
      device: "r7",
      peer: { kind: "ssh-host-certificate", authority, principals: ["router", "router.example"] },
    });
  });

  it("is identified in Call Home by its pinned key, with or without the certificate", async () => {
    const pinned = { fingerprints: [fingerprintOf(hostKey)] };
    const peer = { kind: "ssh-host-key", fingerprint: fingerprintOf(hostKey) };
    expect(await call(pinned)).toMatchObject({ kind: "identified", peer });
    expect(await call({ ...pinned, certified: { authority, name: "another" } }, YEAR_2030)).toMatchObject({
      kind: "identified",
      peer,
    });
  });

  it("is identified in Call Home by a known_hosts file that trusts its authority, while it is valid", async () => {
    const known = parseKnownHosts(`@cert-authority router ${authorityLine}`);
    const outcome = (now: number) =>
      call({}, now, { lookups: [knownHostsLookup(known, { now: () => now })], name: "router" });
    expect(await outcome(YEAR_2030 - 100_000_000)).toMatchObject({ kind: "identified", device: "router" });
    expect(await outcome(YEAR_2030)).toMatchObject({ kind: "rejected", reason: "unknown-identity" });
  });

  it("is refused in Call Home with another name, authority, or an expired certificate", async () => {
    expect(await call({ certified: { authority, name: "switch" } })).toMatchObject({
      reason: "unknown-identity",
      peer: { kind: "ssh-host-certificate", authority },
    });
    expect(await call({ certified: { authority: "SHA256:other", name: "router" } })).toMatchObject({
      kind: "rejected",
    });
    const expired = await call({ certified: { authority, name: "router" } }, YEAR_2030);
    expect(expired).toMatchObject({
      kind: "rejected",
      error: { message: expect.stringMatching(/not valid any more/) },
    });
  });
});

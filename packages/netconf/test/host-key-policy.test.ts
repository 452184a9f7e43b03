import { describe, expect, it } from "vitest";
import { formatKnownHostsLine, parseKnownHosts, trustFingerprints, trustKnownHosts } from "../src/mod.ts";
import { keys, offer } from "./support.ts";

const [known, other] = [offer(keys.host), offer(keys.other)];

describe("trustFingerprints()", () => {
  it("accepts the key with a listed fingerprint, padded or without its prefix too", () => {
    const bare = known.fingerprint.replace("SHA256:", "");
    for (const text of [known.fingerprint, `${known.fingerprint}=`, bare]) {
      expect(trustFingerprints([text])(known)).toMatchObject({ accept: true });
    }
  });

  it("refuses every other key, and says which one came", () => {
    expect(trustFingerprints([known.fingerprint])(other)).toEqual({
      accept: false,
      reason: expect.stringContaining(other.fingerprint),
    });
    expect(trustFingerprints([])(known)).toMatchObject({ accept: false });
  });
});

describe("trustKnownHosts()", () => {
  const line = formatKnownHostsLine("router", 830, known.publicBlob);
  const verify = (text: string) => trustKnownHosts(parseKnownHosts(`${text}\n`), "router", 830);

  it("accepts the key of this host and port", () => {
    expect(verify(line)(known)).toMatchObject({ accept: true });
  });

  it("refuses another key for a known host, a host it does not know, and a key that is revoked", () => {
    expect(verify(line)(other)).toMatchObject({ accept: false, reason: expect.stringContaining("not the one known") });
    expect(verify("")(known)).toMatchObject({ accept: false, reason: expect.stringContaining("is not known") });
    expect(trustKnownHosts(parseKnownHosts(`${line}\n`), "router", 22)(known)).toMatchObject({ accept: false });
    expect(verify(`${line}\n@revoked * ${line.split(" ").slice(1).join(" ")}`)(known)).toMatchObject({
      accept: false,
      reason: expect.stringContaining("revoked"),
    });
  });
});

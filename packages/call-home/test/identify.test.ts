import type { PeerIdentity } from "@netconf-kit/core";
import { describe, expect, it } from "vitest";
import { type IdentityCase, IdentityProcedure, type IdentityRules, type IdentityStep } from "../src/identify.ts";
import { type DeviceEntry, NamedSessions } from "../src/named-sessions.ts";
import { type CallHomeUser, FailedUsers } from "../src/users.ts";

const key = (fingerprint: string): PeerIdentity => ({ kind: "ssh-host-key", algorithm: "ssh-ed25519", fingerprint });
const x509 = (fingerprint: string, authority?: string, ...names: string[]): PeerIdentity => ({
  kind: "x509-certificate",
  fingerprint,
  names,
  authority,
});

const entries: readonly DeviceEntry<string>[] = [
  { name: "r1", addresses: ["192.0.2.1"], fingerprints: ["k1", "k1-next"], credentials: "c1" },
  { name: "r2", addresses: ["192.0.2.2"], credentials: "c2" },
  { name: "r3", addresses: ["192.0.2.3"], credentials: "c3", unknownKeys: "accept-new" },
  { name: "r4", addresses: ["192.0.2.4"], fingerprints: ["k4"] },
  { name: "r5", certified: { authority: "ca", name: "SN-5" }, credentials: "c5" },
  { name: "r5b", fingerprints: ["k5b"], approved: false },
  { name: "r6", addresses: ["192.0.2.6"], unknownKeys: "accept-new" },
];
const users: readonly CallHomeUser<string>[] = [
  { name: "first", credentials: "u1" },
  { name: "second", credentials: "u2" },
];
const openUsers = users.map((user) => ({ ...user, unknownKeys: "accept-new" as const }));

interface Scene extends Partial<Pick<IdentityRules<string>, "users" | "lookups" | "selects">> {
  readonly refused?: boolean;
  readonly failed?: readonly (readonly [device: string, user: string])[];
  readonly needsCredentials?: boolean;
}

function procedure(
  identity: PeerIdentity,
  remote: string,
  scene: Scene = {},
  more: Partial<IdentityCase["evidence"]> = {},
) {
  const failed = new FailedUsers();
  for (const [device, user] of scene.failed ?? []) failed.remember(device, user, 0);
  return new IdentityProcedure<string>(
    {
      devices: new NamedSessions(entries),
      users: scene.users ?? [],
      failed,
      lookups: scene.lookups ?? [],
      selects: scene.selects ?? false,
      isRefused: () => scene.refused ?? false,
    },
    { evidence: { identity, ...more }, remote, needsCredentials: scene.needsCredentials ?? true, now: 10 },
  );
}

/** The step in one line. */
function shown(step: IdentityStep<string>): string {
  switch (step.kind) {
    case "accepted": {
      const login = `${step.credentials ?? "no credentials"}${step.user === undefined ? "" : ` of ${step.user}`}`;
      return `${step.device} by ${step.lookup ?? step.by}, ${login}${step.newKey ? ", new key" : ""}`;
    }
    case "refused":
      return `${step.error.code}${step.mayBeApproved ? ", may be approved" : ""}`;
    case "ask-lookup":
      return `ask lookup ${step.lookup}`;
    case "ask-selection":
      return `ask selection for ${step.device ?? "an unknown device"}`;
  }
}

const anywhere = "203.0.113.9:1";

describe("IdentityProcedure, RFC 8071 §3.1 C5 to C7", () => {
  const table: readonly (readonly [what: string, step: string, ...Parameters<typeof procedure>])[] = [
    ["a stated key, from anywhere", "r1 by key, c1", key("k1"), anywhere],
    ["the next key of a roll-over", "r1 by key, c1", key("k1-next"), anywhere],
    ["a stated key, from another entry's address", "r1 by key, c1", key("k1"), "192.0.2.2:1"],
    ["an unknown key from nowhere known", "unknown-identity, may be approved", key("x"), anywhere],
    ["another key from a keyed entry's address", "key-mismatch, may be approved", key("x"), "192.0.2.1:1"],
    ["a key from the address of an entry without one", "key-not-trusted, may be approved", key("x"), "192.0.2.2:1"],
    ["the first key of an entry with accept-new", "r3 by address, c3, new key", key("x"), "192.0.2.3:1"],
    ["nothing proved, from an address with accept-new", "unknown-identity", { kind: "unauthenticated" }, anywhere],
    ["a name that the right authority vouches for", "r5 by certificate, c5", x509("f", "ca", "a", "SN-5"), anywhere],
    [
      "a name that another authority vouches for",
      "unknown-identity, may be approved",
      x509("f", "cb", "SN-5"),
      anywhere,
    ],
    ["a name that nobody vouches for", "unknown-identity, may be approved", x509("f", undefined, "SN-5"), anywhere],
    ["a refusal of the operator", "refused-by-operator", key("x"), anywhere, { refused: true }],
    ["a refusal of a key that is stated", "r1 by key, c1", key("k1"), anywhere, { refused: true }],
    ["a known device, first user", "r4 by key, u1 of first", key("k4"), anywhere, { users }],
    [
      "a known device where the first user has failed",
      "r4 by key, u2 of second",
      key("k4"),
      anywhere,
      { users, failed: [["r4", "first"]] },
    ],
    [
      "a user that has failed elsewhere",
      "r4 by key, u1 of first",
      key("k4"),
      anywhere,
      { users, failed: [["r1", "first"]] },
    ],
    [
      "a known device where all users have failed",
      "no-user-left",
      key("k4"),
      anywhere,
      {
        users,
        failed: [
          ["r4", "first"],
          ["r4", "second"],
        ],
      },
    ],
    ["a known device without users", "no-user-left", key("k4"), anywhere],
    ["an unknown device and users for known ones", "unknown-identity, may be approved", key("x"), anywhere, { users }],
    [
      "an unknown device and users for new ones",
      "x by user, u1 of first, new key",
      key("x"),
      anywhere,
      { users: openUsers },
    ],
    [
      "an unknown device where the first user has failed",
      "x by user, u2 of second, new key",
      key("x"),
      anywhere,
      { users: openUsers, failed: [["x", "first"]] },
    ],
    [
      "an unknown device where all have failed",
      "no-user-left",
      key("x"),
      anywhere,
      {
        users: openUsers,
        failed: [
          ["x", "first"],
          ["x", "second"],
        ],
      },
    ],
    [
      "nothing proved and users for new ones",
      "unknown-identity",
      { kind: "unauthenticated" },
      anywhere,
      { users: openUsers },
    ],
    [
      "an entry with accept-new and users for known ones",
      "r6 by address, u1 of first, new key",
      key("x"),
      "192.0.2.6:1",
      { users },
    ],
    ["a device that nobody vouched for and users for known ones", "no-user-left", key("k5b"), anywhere, { users }],
    [
      "a device that nobody vouched for and users for new ones",
      "r5b by key, u1 of first",
      key("k5b"),
      anywhere,
      { users: openUsers },
    ],
    ["TLS, which logs nobody in", "r4 by key, no credentials", key("k4"), anywhere, { needsCredentials: false }],
    [
      "TLS and an unknown certificate, whatever the users",
      "unknown-identity, may be approved",
      x509("f"),
      anywhere,
      { needsCredentials: false, users: openUsers, selects: true },
    ],
    ["a known device and a selection", "ask selection for r4", key("k4"), anywhere, { users, selects: true }],
    ["a device with credentials and a selection", "r1 by key, c1", key("k1"), anywhere, { users, selects: true }],
  ];
  for (const [what, step, ...scene] of table)
    it(`${what}: ${step}`, () => expect(shown(procedure(...scene).step())).toBe(step));

  it("asks the lookups in their order, only about keys in no entry, and before addresses and users", () => {
    const lookups = [{ name: "sshfp" }, { name: "known_hosts" }];
    expect(shown(procedure(key("k1"), anywhere, { lookups }).step())).toBe("r1 by key, c1");
    const run = procedure(key("x"), "192.0.2.3:1", { lookups, users: openUsers });
    const steps = [shown(run.step())];
    run.answerLookup(undefined);
    steps.push(shown(run.step()));
    run.answerLookup("r2");
    steps.push(shown(run.step()));
    expect(steps).toEqual(["ask lookup 0", "ask lookup 1", "r2 by known_hosts, c2"]);
  });

  it("goes on with address and users when no lookup knows the key, and refuses a name that is no entry", () => {
    const unknown = procedure(key("x"), "192.0.2.3:1", { lookups: [{ name: "sshfp" }] });
    unknown.answerLookup(undefined);
    expect(shown(unknown.step())).toBe("r3 by address, c3, new key");
    const wrong = procedure(key("x"), anywhere, { lookups: [{ name: "sshfp" }] });
    wrong.answerLookup("nobody");
    expect(shown(wrong.step())).toBe("lookup-failed");
  });

  it("does what the selection says: reject, pass, or a user", () => {
    const select = (
      answer: Parameters<IdentityProcedure<string>["answerSelection"]>[0],
      peer = key("k4"),
      list = users,
    ) => {
      const run = procedure(peer, anywhere, { users: list, selects: true, failed: [["r4", "first"]] });
      run.answerSelection(answer);
      return shown(run.step());
    };
    expect(select("reject")).toBe("refused-by-caller");
    expect(select("pass")).toBe("r4 by key, u2 of second");
    expect(select({ user: "first" })).toBe("r4 by key, u1 of first");
    expect(select({ user: "nobody" })).toBe("lookup-failed");
    expect(select({ user: "first" }, key("x"))).toBe("key-not-trusted, may be approved");
    expect(select({ user: "first" }, key("x"), openUsers)).toBe("x by user, u1 of first, new key");
    expect(select("pass", key("x"))).toBe("unknown-identity, may be approved");
  });

  it("takes no answer that it has not asked for", () => {
    const known = procedure(key("k1"), anywhere);
    known.answerLookup("r2");
    known.answerSelection({ user: "first" });
    expect(shown(known.step())).toBe("r1 by key, c1");
  });

  describe("and certificates of SSH, RFC 8071 §3.1 C6", () => {
    const certificate = (authority: string, fault?: string) => ({
      certificate: {
        identity: {
          kind: "ssh-host-certificate",
          fingerprint: "x",
          algorithm: "ssh-ed25519",
          authority,
          keyId: "id",
          principals: ["SN-5"],
        } as const,
        fault: () => fault,
      },
    });

    it("knows a device by a certificate that is without fault", () => {
      const step = procedure(key("x"), anywhere, {}, certificate("ca")).step();
      expect(shown(step)).toBe("r5 by certificate, c5");
      expect(step).toMatchObject({ peer: { kind: "ssh-host-certificate" } });
    });

    it("refuses one with a fault, with the reason, and shows it to who may approve", () => {
      const step = procedure(key("x"), "192.0.2.3:1", {}, certificate("ca", "it has expired")).step();
      expect(shown(step)).toBe("unknown-identity, may be approved");
      expect(step).toMatchObject({
        error: {
          device: "r5",
          identity: { kind: "ssh-host-certificate", authority: "ca" },
          message: expect.stringContaining("it has expired"),
        },
      });
    });

    it("takes one of a strange authority for a plain key", () => {
      expect(shown(procedure(key("x"), anywhere, {}, certificate("cb")).step())).toBe(
        "unknown-identity, may be approved",
      );
      expect(shown(procedure(key("k1"), anywhere, {}, certificate("cb")).step())).toBe("r1 by key, c1");
    });
  });

  it("remembers failures under the name, or the key where there is none", () => {
    expect(procedure(key("k4"), anywhere, { users }).step()).toMatchObject({ subject: "r4" });
    expect(procedure(key("x"), anywhere, { users: openUsers }).step()).toMatchObject({ subject: "x", device: "x" });
  });
});

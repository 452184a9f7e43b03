import { describe, expect, it } from "vitest";
import { formatListenState, type ListenState, parseListenState } from "../src/listen-state.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const call = { remote: "192.0.2.9:4000", transport: "ssh", calls: 3, firstCall: 60_000, lastCall: 1000 };
const STATE: ListenState = {
  learned: [
    { name: "router 7", fingerprints: ["SHA256:a", "SHA256:b"], standsAlone: false, approved: false },
    {
      name: "router 8",
      fingerprints: ["SHA256:c"],
      standsAlone: true,
      approved: true,
      credentials: { username: "ops", password: { env: "OPS" } },
    },
  ],
  pending: [
    {
      ...call,
      id: "SHA256:d",
      identity: { kind: "ssh-host-key", fingerprint: "SHA256:d", algorithm: "ssh-ed25519" },
      device: undefined,
    },
    {
      ...call,
      id: "SHA256:e",
      identity: {
        kind: "ssh-host-certificate",
        fingerprint: "SHA256:e",
        algorithm: "ssh-ed25519-cert-v01@openssh.com",
        authority: "SHA256:ca",
        keyId: "",
        principals: ["router-9"],
      },
      device: "router 9",
    },
    {
      ...call,
      id: "SHA256:f",
      identity: { kind: "x509-certificate", fingerprint: "SHA256:f", names: ["router-10"], authority: undefined },
      device: undefined,
    },
    {
      ...call,
      id: "SHA256:g",
      identity: { kind: "x509-certificate", fingerprint: "SHA256:g", names: [], authority: "SHA256:ca" },
      device: undefined,
    },
  ],
  refused: [{ id: "SHA256:h", expiresIn: 5000 }],
  failedUsers: [{ device: "router 7", user: "old", expiresIn: 3_600_000 }],
};

describe("formatListenState and parseListenState", () => {
  it("give back what was learned", () => {
    expect(parseListenState(formatListenState(STATE, NOW), NOW)).toEqual(STATE);
    const empty = { learned: [], pending: [], refused: [], failedUsers: [] };
    expect(parseListenState(formatListenState(empty, NOW), NOW)).toEqual(empty);
  });

  it("count the time in between", () => {
    const later = parseListenState(formatListenState(STATE, NOW), NOW + 4000);
    expect(later.pending[0]).toMatchObject({ firstCall: 64_000, lastCall: 5000 });
    expect(later.refused).toEqual([{ id: "SHA256:h", expiresIn: 1000 }]);
    expect(parseListenState(formatListenState(STATE, NOW), NOW + 5000).refused).toEqual([]);
  });

  it("take a clock that was set back for no time", () => {
    expect(parseListenState(formatListenState(STATE, NOW), NOW - 86_400_000)).toEqual(STATE);
  });

  it("hold no peer that proved nothing", () => {
    const nobody = { ...call, id: "", identity: { kind: "unauthenticated" as const }, device: undefined };
    const text = formatListenState({ ...STATE, pending: [nobody] }, NOW);
    expect(parseListenState(text, NOW).pending).toEqual([]);
  });

  it("refuse another version by a code of its own, before anything else", () => {
    expect(() => parseListenState('{\n "version": 2, "things": []\n}', NOW)).toThrow(
      expect.objectContaining({
        code: "config-version",
        problems: [expect.objectContaining({ path: "/version", line: 2, column: 2 })],
      }),
    );
  });

  it("refuse what is cut off or damaged", () => {
    const text = formatListenState(STATE, NOW);
    expect(() => parseListenState(text.slice(0, -10), NOW)).toThrow(expect.objectContaining({ code: "config-syntax" }));
    expect(() => parseListenState("{}", NOW)).toThrow(expect.objectContaining({ code: "config-missing-member" }));
    expect(() => parseListenState(text.replace("x509-certificate", "x500"), NOW)).toThrow(
      expect.objectContaining({
        problems: expect.arrayContaining([expect.objectContaining({ path: "/pending/2/identity/kind" })]),
      }),
    );
  });
});

import { memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import type { AuthAttempt, AuthDecision } from "../../src/auth/server-attempt.ts";
import type { PrivateKey } from "../../src/keys/private-key.ts";
import { encodeUserauthPkOk } from "../../src/messages/auth-reply.ts";
import { encodeUserauthRequest, publickeySignatureData, type UserauthMethod } from "../../src/messages/auth-request.ts";
import { encodeExtInfo, encodeServiceAccept, encodeServiceRequest } from "../../src/messages/transport.ts";
import { acceptSsh, connectSsh, type SshClientOptions } from "../../src/mod.ts";
import { SshClientMachine } from "../../src/session/client-machine.ts";
import { SshServerMachine, type SshServerMachineOptions } from "../../src/session/server-machine.ts";
import { clientOptions, errorOf, otherUserKey, serverOptions, userKey } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";
import { RawPeer } from "../session/raw-peer.ts";
import { clientDefaults, failureOf, serverDefaults } from "../shell/shell-pair.ts";
import { eventsOf, opened, say, standIn } from "./stand.ts";

const [FAILURE, SUCCESS, PK_OK] = [51, 52, 60];

/** A server that has granted the authentication service, and a client that asks for anything. */
function loginStand(decide: (attempt: AuthAttempt) => AuthDecision, changes: Partial<SshServerMachineOptions> = {}) {
  const algorithms = { ...quickCrypto, hostKey: [...quickCrypto.hostKey, ...defaultClientAlgorithms.hostKey] };
  const server = new SshServerMachine(serverOptions({ algorithms, hostKeys: [quickSigner], ...changes }));
  const peer = new RawPeer("client");
  peer.exchange(server);
  peer.send(encodeServiceRequest({ type: "serviceRequest", service: "ssh-userauth" })).exchange(server);
  peer.transport.enter("authentication");
  peer.takeNumbers();
  const request = (method: UserauthMethod, username = "ada", service = "ssh-connection"): number[] => {
    peer.send(encodeUserauthRequest({ type: "userauthRequest", username, service, method }));
    peer.exchange(server, { decide });
    return peer.takeNumbers();
  };
  const signed = (key: PrivateKey, shown: PrivateKey = key, username = "ada"): UserauthMethod => {
    const common = { algorithm: "ssh-ed25519", publicBlob: shown.publicBlob };
    const sessionId = peer.transport.requireSessionId();
    const data = publickeySignatureData(sessionId, { username, service: "ssh-connection", ...common });
    return { name: "publickey", ...common, signature: key.sign(data, "ssh-ed25519") as Uint8Array };
  };
  return { server, request, signed };
}

const query = (key: PrivateKey): UserauthMethod => ({
  name: "publickey",
  algorithm: "ssh-ed25519",
  publicBlob: key.publicBlob,
});
const allKeys = (attempt: AuthAttempt): AuthDecision => ({ accept: attempt.method === "publickey" });
const nobody = (): AuthDecision => ({ accept: false });
const password = { name: "password", password: "x" } as const;

describe("CVE-2018-10933 libssh and CVE-2025-32433 Erlang, messages of the other role or of a later phase", () => {
  it("a client that tells the server that it has logged in has not", () => {
    for (const phase of ["service", "authentication"] as const)
      for (const number of [51, 52, 53, 60]) {
        const stand = standIn("server", phase, true);
        expect(errorOf(() => stand.inject(Uint8Array.of(number)))).toMatchObject({ disconnectReason: 2 });
        expect(eventsOf(stand.machine)).toEqual([]);
      }
  });

  it("a channel and a command before the login reach no handler", () => {
    const open = Uint8Array.from([90, 0, 0, 0, 7, ...Buffer.from("session"), 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0x80, 0]);
    const exec = Uint8Array.from([
      98,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      4,
      ...Buffer.from("exec"),
      1,
      0,
      0,
      0,
      2,
      ...Buffer.from("id"),
    ]);
    for (const phase of ["initial-kex", "initial-newkeys", "service", "authentication"] as const)
      for (const message of [open, exec]) {
        const stand = standIn("server", phase, true);
        expect(errorOf(() => stand.inject(message))).toMatchObject({ disconnectReason: 2 });
        expect(eventsOf(stand.machine)).toEqual([]);
        expect(stand.machine.isClosed).toBe(true);
      }
  });
});

describe("CVE-2023-46445 and CVE-2023-46446 AsyncSSH, messages of the login and extensions slipped in", () => {
  const extInfo = encodeExtInfo({ type: "extInfo", extensions: new Map([["server-sig-algs", new Uint8Array(0)]]) });
  const request = encodeUserauthRequest({
    type: "userauthRequest",
    username: "eve",
    service: "ssh-connection",
    method: password,
  });
  const accept = encodeServiceAccept({ type: "serviceAccept", service: "ssh-userauth" });
  const service = encodeServiceRequest({ type: "serviceRequest", service: "ssh-userauth" });

  it("in plain text, before and inside the first key exchange", () => {
    for (const role of ["client", "server"] as const)
      for (const phase of ["initial-kexinit", "initial-kex", "initial-newkeys"] as const)
        for (const strict of [true, false])
          for (const message of [extInfo, request, accept, service, Uint8Array.of(52)]) {
            const stand = standIn(role, phase, strict);
            expect(
              errorOf(() => stand.inject(message)),
              `${role} ${phase} ${message[0]}`,
            ).toMatchObject({ fault: "peer" });
            expect(eventsOf(stand.machine)).toEqual([]);
          }
  });

  it("encrypted, in the middle of a later key exchange", () => {
    for (const role of ["client", "server"] as const)
      for (const phase of ["rekey-kex", "rekey-newkeys"] as const)
        for (const message of [extInfo, request, accept, service]) {
          const stand = standIn(role, phase, true);
          expect(errorOf(() => stand.inject(message)).message).toContain("not allowed");
        }
  });

  it("EXT_INFO a second time, or after the login", () => {
    for (const phase of ["authentication", "open"] as const)
      for (const role of ["client", "server"] as const) {
        const stand = standIn(role, phase, true);
        const twice = () => {
          stand.inject(extInfo);
          stand.inject(extInfo);
        };
        expect(errorOf(twice)).toMatchObject({ code: "message-not-allowed" });
      }
  });
});

describe("CVE-2024-45337 Go and russh May 2026, one key asked about and another one used", () => {
  it("a question about A does nothing for B, and a signature by B none for A", () => {
    const stand = loginStand((attempt) => ({
      accept: attempt.method === "publickey" && Buffer.compare(attempt.publicBlob, userKey.publicBlob) === 0,
    }));
    expect(stand.request(query(userKey))).toEqual([PK_OK]);
    expect(stand.request(stand.signed(otherUserKey))).toEqual([FAILURE]);
    expect(stand.request(query(userKey))).toEqual([PK_OK]);
    expect(stand.request(stand.signed(otherUserKey, userKey))).toEqual([FAILURE]);
  });

  it("questions about A and B, then A: the key that is reported is the one that signed", () => {
    const attempts: AuthAttempt[] = [];
    const stand = loginStand((attempt) => {
      attempts.push(attempt);
      return allKeys(attempt);
    });
    expect(stand.request(query(userKey))).toEqual([PK_OK]);
    expect(stand.request(query(otherUserKey))).toEqual([PK_OK]);
    expect(stand.request(stand.signed(userKey))).toEqual([SUCCESS]);
    expect(attempts.map((attempt) => attempt.method === "publickey" && attempt.proved)).toEqual([false, false, true]);
    expect(attempts.at(-1)).toMatchObject({ publicBlob: userKey.publicBlob });
  });

  it("another user or service after a partial success ends the connection", () => {
    for (const [username, service] of [
      ["eve", "ssh-connection"],
      ["ada", "ssh-userauth"],
    ] as const) {
      const stand = loginStand(() => ({ accept: "partial", next: ["password"] }));
      expect(stand.request(password)).toEqual([FAILURE]);
      expect(errorOf(() => stand.request(password, username, service))).toMatchObject({ fault: "peer" });
      expect(stand.server.isClosed).toBe(true);
    }
  });

  it("a client signs for no key but the one it asked about", () => {
    const client = new SshClientMachine(clientOptions({ algorithms: quickCrypto }));
    const peer = new RawPeer("server");
    peer.exchange(client);
    client.login("ada", [
      { method: "publickey", key: userKey },
      { method: "publickey", key: otherUserKey },
    ]);
    peer.transport.enter("authentication");
    say(peer, client, encodeServiceAccept({ type: "serviceAccept", service: "ssh-userauth" }));
    const publicBlob = otherUserKey.publicBlob;
    const answer = encodeUserauthPkOk({ type: "userauthPkOk", algorithm: "ssh-ed25519", publicBlob });
    expect(errorOf(() => say(peer, client, answer))).toMatchObject({ code: "malformed-message", fault: "peer" });
    expect(eventsOf(client)).toEqual([]);
  });
});

describe("guessing without end: Go 2026, russh August 2026", () => {
  it("the sixth failure ends the connection, whatever failed", () => {
    const stand = loginStand(nobody);
    for (let i = 0; i < 5; i++) expect(stand.request(i % 2 === 0 ? password : query(userKey))).toEqual([FAILURE]);
    expect(errorOf(() => stand.request(password))).toMatchObject({ code: "too-many-authentication-attempts" });
  });

  it("questions, looks around and partial successes are counted too: 64, and not one more", () => {
    const kinds: readonly (readonly [UserauthMethod, AuthDecision])[] = [
      [query(userKey), { accept: true }],
      [{ name: "none" }, { accept: false }],
      [password, { accept: "partial", next: ["password"] }],
    ];
    for (const [method, decision] of kinds) {
      const counts: number[] = [];
      const stand = loginStand((attempt) => {
        counts.push(attempt.requests);
        return decision;
      });
      for (let i = 0; i < 64; i++) stand.request(method);
      expect(errorOf(() => stand.request(method))).toMatchObject({ code: "too-many-authentication-attempts" });
      // The application was told how often it has been asked.
      expect(counts).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
    }
  });
});

describe("user enumeration", () => {
  it("unknown user, wrong password and unknown method get one and the same answer", () => {
    const answers = new Set<string>();
    for (const [username, method] of [
      ["ada", password],
      ["nobody", password],
      ["ada", { name: "unknown", method: "gssapi-with-mic", data: new Uint8Array(0) }],
      ["nobody", query(userKey)],
    ] as const) {
      const { machine: server, peer } = opened("server", "authentication");
      peer.takeNumbers();
      peer.send(
        encodeUserauthRequest({
          type: "userauthRequest",
          username,
          service: "ssh-connection",
          method: method as UserauthMethod,
        }),
      );
      peer.exchange(server, { decide: nobody });
      answers.add(peer.received.map((payload) => Buffer.from(payload).toString("hex")).join());
    }
    expect(answers.size).toBe(1);
  });
});

describe("CVE-2025-26465 OpenSSH, a verifier that breaks", () => {
  const verdicts: readonly [string, () => unknown][] = [
    [
      "throws",
      () => {
        throw new Error("no memory");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no memory"))],
    ["gives undefined", () => undefined],
    ["gives null", () => null],
    ["gives true", () => true],
    ["gives 1", () => ({ accept: 1 })],
    ["says no", () => ({ accept: false, reason: "unknown" })],
  ];
  for (const [what, verify] of verdicts)
    it(`a verifier that ${what} is a rejection, and nobody is asked for a password`, async () => {
      let asked = false;
      const authentication: SshClientOptions["authentication"] = () => {
        asked = true;
        return [];
      };
      const failure = await failureOf({ verifyHostKey: verify as SshClientOptions["verifyHostKey"], authentication });
      expect(failure).toMatchObject({ code: "host-key-rejected" });
      expect(asked).toBe(false);
    });

  it("a verifier that never answers is a rejection after its time, one that is missing a wrong call", async () => {
    const [left, right] = memoryPair();
    const serving = acceptSsh(right, serverDefaults).catch((error: unknown) => error);
    const never = {
      ...clientDefaults,
      verifyHostKey: () => new Promise<never>(() => {}),
      timeouts: { hostKeyVerification: 20 },
    };
    await expect(connectSsh(left, never)).rejects.toMatchObject({ code: "host-key-rejected" });
    await serving;
    const { verifyHostKey: _, ...without } = clientDefaults;
    await expect(connectSsh(memoryPair()[0], without as SshClientOptions)).rejects.toMatchObject({
      code: "local-usage",
    });
  });
});

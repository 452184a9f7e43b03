import { describe, expect, it } from "vitest";
import { defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import type { AuthAttempt, AuthDecision } from "../../src/auth/server-attempt.ts";
import type { PrivateKey } from "../../src/keys/private-key.ts";
import {
  decodeUserauthFailure,
  decodeUserauthInfoRequest,
  encodeUserauthInfoResponse,
} from "../../src/messages/auth-reply.ts";
import {
  encodeUserauthRequest,
  type PublickeyMethod,
  publickeySignatureData,
  type UserauthMethod,
} from "../../src/messages/auth-request.ts";
import { encodeServiceRequest } from "../../src/messages/transport.ts";
import { SshServerMachine, type SshServerMachineOptions } from "../../src/session/server-machine.ts";
import { errorOf, otherUserKey, serverOptions, userKey } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";
import { RawPeer } from "../session/raw-peer.ts";

/** A client that says whatever a test wants, in front of a server that has granted the authentication service. */
class Login {
  readonly server: SshServerMachine;
  readonly peer = new RawPeer("client");
  readonly attempts: AuthAttempt[] = [];
  readonly #decide: (attempt: AuthAttempt) => AuthDecision;

  constructor(decide: (attempt: AuthAttempt) => AuthDecision, changes: Partial<SshServerMachineOptions> = {}) {
    this.#decide = decide;
    // User keys are real ones here: they are what the signature rules are about.
    const algorithms = { ...quickCrypto, hostKey: [...quickCrypto.hostKey, ...defaultClientAlgorithms.hostKey] };
    this.server = new SshServerMachine(serverOptions({ algorithms, hostKeys: [quickSigner], ...changes }));
    this.run();
    this.peer.send(encodeServiceRequest({ type: "serviceRequest", service: "ssh-userauth" }));
    this.run();
    this.peer.transport.enter("authentication");
    this.peer.received.length = 0;
  }

  run(): this {
    this.peer.exchange(this.server, {
      decide: (attempt) => {
        this.attempts.push(attempt);
        return this.#decide(attempt);
      },
    });
    return this;
  }

  /** The numbers of the answers to one request. */
  request(method: UserauthMethod, username = "ada", service = "ssh-connection"): number[] {
    this.peer.send(encodeUserauthRequest({ type: "userauthRequest", username, service, method }));
    this.run();
    return this.peer.takeNumbers();
  }

  get sessionId(): Uint8Array {
    return this.peer.transport.requireSessionId();
  }

  query(key: PrivateKey): UserauthMethod {
    return { name: "publickey", algorithm: "ssh-ed25519", publicBlob: key.publicBlob };
  }

  signed(
    key: PrivateKey,
    changes: {
      sessionId?: Uint8Array;
      username?: string;
      service?: string;
      algorithm?: string;
      publicBlob?: Uint8Array;
    } = {},
  ): UserauthMethod {
    const data = publickeySignatureData(changes.sessionId ?? this.sessionId, {
      username: "ada",
      service: "ssh-connection",
      algorithm: "ssh-ed25519",
      publicBlob: key.publicBlob,
      ...changes,
    });
    return {
      name: "publickey",
      algorithm: "ssh-ed25519",
      publicBlob: key.publicBlob,
      signature: key.sign(data, "ssh-ed25519"),
    };
  }
}

const FAILURE = 51;
const SUCCESS = 52;
const PK_OK = 60;
const INFO_REQUEST = 60;

const onlyUserKey = (attempt: AuthAttempt): AuthDecision => ({
  accept: attempt.method === "publickey" && Buffer.compare(attempt.publicBlob, userKey.publicBlob) === 0,
});
const everybody = (): AuthDecision => ({ accept: true });

describe("publickey on the server (RFC 4252 §7)", () => {
  it("answers a question with PK_OK, and a right signature with SUCCESS", () => {
    const login = new Login(onlyUserKey);
    expect(login.request(login.query(userKey))).toEqual([PK_OK]);
    expect(login.request(login.signed(userKey))).toEqual([SUCCESS]);
    expect(login.attempts.map((attempt) => attempt.method === "publickey" && attempt.proved)).toEqual([false, true]);
  });

  it("takes a signature without a question before", () => {
    const login = new Login(onlyUserKey);
    expect(login.request(login.signed(userKey))).toEqual([SUCCESS]);
  });

  it("refuses user names that could forge a line of a log or turn its text around, without asking the application", () => {
    for (const name of ["ad\na", "ad\u0000a", "\u001b[2Jada", "ada\u0085", "\u202eada"]) {
      const login = new Login(everybody);
      expect(login.request({ name: "password", password: "x" }, name)).toEqual([FAILURE]);
      expect(login.attempts).toEqual([]);
    }
  });

  it("does not log in for a question, however often it is accepted", () => {
    const login = new Login(everybody);
    for (let i = 0; i < 5; i++) expect(login.request(login.query(userKey))).toEqual([PK_OK]);
    expect(login.server.nextEvent()).toBe(undefined);
    expect(login.attempts.length).toBe(5);
  });

  it("proves each key on its own: an accepted question about A is worth nothing for B (CVE-2024-45337)", () => {
    const login = new Login(onlyUserKey);
    expect(login.request(login.query(userKey))).toEqual([PK_OK]);
    expect(login.request(login.signed(otherUserKey))).toEqual([FAILURE]);
    expect(login.request(login.query(otherUserKey))).toEqual([FAILURE]);
    const mixed = { ...login.signed(otherUserKey), publicBlob: userKey.publicBlob } as UserauthMethod;
    expect(login.request(mixed)).toEqual([FAILURE]);
    expect(login.request(login.signed(userKey))).toEqual([SUCCESS]);
  });

  it("refuses a signature over anything but this session, user, service, algorithm and key", () => {
    const login = new Login(everybody, { maxAuthFailures: 100 });
    const wrong: readonly UserauthMethod[] = [
      login.signed(userKey, { sessionId: new Uint8Array(32) }),
      login.signed(userKey, { username: "eve" }),
      login.signed(userKey, { service: "ssh-userauth" }),
      login.signed(userKey, { algorithm: "ssh-rsa" }),
      login.signed(userKey, { publicBlob: otherUserKey.publicBlob }),
    ];
    for (const method of wrong) expect(login.request(method)).toEqual([FAILURE]);
    // The application is not even asked about somebody who has not proved anything.
    expect(login.attempts).toEqual([]);
  });

  it("refuses empty, cut and lengthened signatures", () => {
    const login = new Login(everybody, { maxAuthFailures: 1000, maxAuthRequests: 1000 });
    const right = login.signed(userKey) as PublickeyMethod & { signature: Uint8Array };
    for (let length = 0; length < right.signature.length; length += 5) {
      const signature = right.signature.subarray(0, length);
      expect(login.request({ ...right, signature })).toEqual([FAILURE]);
    }
    expect(login.request({ ...right, signature: Uint8Array.from([...right.signature, 0]) })).toEqual([FAILURE]);
  });

  it("refuses an algorithm it does not offer, also as a question", () => {
    const login = new Login(everybody);
    const { publicBlob } = userKey;
    for (const algorithm of ["ssh-dss", "ssh-rsa", "", "ssh-ed25519-cert-v01@openssh.com"])
      expect(login.request({ name: "publickey", algorithm, publicBlob })).toEqual([FAILURE]);
    expect(login.attempts).toEqual([]);
  });
});

describe("the server's limits", () => {
  it("end the connection with the sixth failure, and not with the fifth", () => {
    const login = new Login(() => ({ accept: false }));
    for (let i = 1; i < 6; i++) {
      expect(login.request({ name: "password", password: `guess ${i}` })).toEqual([FAILURE]);
      expect(login.attempts.at(-1)).toMatchObject({ failures: i - 1, requests: i });
    }
    expect(errorOf(() => login.request({ name: "password", password: "guess 6" }))).toMatchObject({
      code: "too-many-authentication-attempts",
      fault: "peer",
    });
  });

  it("count wrong signatures, unknown methods and refused questions as failures too", () => {
    const login = new Login(() => ({ accept: false }), { maxAuthFailures: 4 });
    expect(login.request({ name: "unknown", method: "gssapi-with-mic", data: new Uint8Array(4) })).toEqual([FAILURE]);
    expect(login.request(login.query(userKey))).toEqual([FAILURE]);
    expect(login.request({ name: "password", password: "a", newPassword: "b" })).toEqual([FAILURE]);
    expect(errorOf(() => login.request(login.signed(userKey, { username: "eve" }))).code).toBe(
      "too-many-authentication-attempts",
    );
  });

  it("do not count the first look around, yet bound it with everything else", () => {
    const login = new Login(() => ({ accept: false }));
    for (let i = 0; i < 64; i++) expect(login.request({ name: "none" })).toEqual([FAILURE]);
    expect(errorOf(() => login.request({ name: "none" })).code).toBe("too-many-authentication-attempts");
  });

  it("bound accepted questions", () => {
    const login = new Login(everybody, { maxAuthRequests: 10 });
    for (let i = 0; i < 10; i++) expect(login.request(login.query(userKey))).toEqual([PK_OK]);
    expect(errorOf(() => login.request(login.query(userKey))).code).toBe("too-many-authentication-attempts");
  });
});

describe("the server's decisions", () => {
  it("are refusals unless they say exactly `accept: true`", () => {
    for (const decision of [
      undefined,
      null,
      {},
      true,
      "yes",
      { accept: "yes" },
      { accept: 1 },
      { accept: "ask", prompts: [] },
    ]) {
      const login = new Login(() => decision as never);
      expect(login.request({ name: "password", password: "x" })).toEqual([FAILURE]);
    }
  });

  it("look the same for users that exist and users that do not", () => {
    const bytes = (decide: () => AuthDecision, username: string) => {
      const login = new Login(decide);
      const before = login.peer.received.length;
      login.peer.send(
        encodeUserauthRequest({
          type: "userauthRequest",
          username,
          service: "ssh-connection",
          method: { name: "password", password: "x" },
        }),
      );
      login.run();
      return login.peer.received.slice(before);
    };
    const unknown = () => {
      throw new Error("no such user");
    };
    const safe = (decide: () => AuthDecision) => (): AuthDecision => {
      try {
        return decide();
      } catch {
        return { accept: false };
      }
    };
    expect(bytes(safe(unknown), "nobody")).toEqual(bytes(() => ({ accept: false }), "ada"));
  });

  it("may demand a second method, and name it (RFC 4252 §5.1)", () => {
    const login = new Login((attempt) => {
      if (attempt.method === "password") return { accept: "partial", next: ["publickey"] };
      return { accept: attempt.method === "publickey" && attempt.completed.includes("password") };
    });
    expect(login.request(login.query(userKey))).toEqual([FAILURE]);
    login.peer.send(
      encodeUserauthRequest({
        type: "userauthRequest",
        username: "ada",
        service: "ssh-connection",
        method: { name: "password", password: "x" },
      }),
    );
    login.run();
    const [failure] = login.peer.received.splice(0);
    expect(decodeUserauthFailure(failure ?? new Uint8Array(0))).toMatchObject({
      methods: ["publickey"],
      partialSuccess: true,
    });
    // The method that is done is not on offer any more.
    expect(login.request({ name: "password", password: "x" })).toEqual([FAILURE]);
    expect(login.request(login.signed(userKey))).toEqual([SUCCESS]);
  });

  it("do not carry over to another user: the connection ends", () => {
    const login = new Login(() => ({ accept: "partial", next: ["publickey"] }));
    expect(login.request({ name: "password", password: "x" }, "ada")).toEqual([FAILURE]);
    expect(errorOf(() => login.request(login.signed(userKey), "root"))).toMatchObject({
      code: "message-not-allowed",
      fault: "peer",
    });
  });

  it("are not asked for in a service that does not exist: the connection ends", () => {
    const login = new Login(everybody);
    expect(errorOf(() => login.request({ name: "none" }, "ada", "ssh-shell")).code).toBe("service-not-available");
    expect(login.attempts).toEqual([]);
  });
});

describe("keyboard-interactive on the server (RFC 4256)", () => {
  const method: UserauthMethod = { name: "keyboard-interactive", languageTag: "", submethods: "" };
  const asking = (attempt: AuthAttempt): AuthDecision => {
    if (attempt.method !== "keyboard-interactive") return { accept: false };
    if (attempt.round === 0)
      return {
        accept: "ask",
        name: "Login",
        instruction: "Both",
        prompts: [
          { prompt: "A: ", echo: false },
          { prompt: "B: ", echo: true },
        ],
      };
    if (attempt.round === 1 && attempt.responses[0] === "one") return { accept: "ask", prompts: [] };
    return { accept: attempt.round === 2 };
  };
  const respond = (login: Login, ...responses: string[]): number[] => {
    login.peer.send(encodeUserauthInfoResponse({ type: "userauthInfoResponse", responses }));
    return login.run().peer.takeNumbers();
  };

  it("asks in rounds, an empty one included", () => {
    const login = new Login(asking);
    login.peer.send(
      encodeUserauthRequest({ type: "userauthRequest", username: "ada", service: "ssh-connection", method }),
    );
    login.run();
    expect(decodeUserauthInfoRequest(login.peer.received.pop() ?? new Uint8Array(0))).toMatchObject({
      name: "Login",
      instruction: "Both",
      prompts: [
        { prompt: "A: ", echo: false },
        { prompt: "B: ", echo: true },
      ],
    });
    expect(respond(login, "one", "two")).toEqual([INFO_REQUEST]);
    expect(respond(login)).toEqual([SUCCESS]);
  });

  it("fails for wrong answers and for a wrong number of them (RFC 4256 §3.4)", () => {
    const login = new Login(asking);
    expect(login.request(method)).toEqual([INFO_REQUEST]);
    expect(respond(login, "wrong", "two")).toEqual([FAILURE]);
    expect(login.request(method)).toEqual([INFO_REQUEST]);
    const asked = login.attempts.length;
    expect(respond(login, "one")).toEqual([FAILURE]);
    expect(login.attempts.length).toBe(asked);
  });

  it("is given up without a failure when the client tries something else (RFC 4252 §5.1)", () => {
    const login = new Login((attempt) => (attempt.method === "password" ? { accept: true } : asking(attempt)));
    expect(login.request(method)).toEqual([INFO_REQUEST]);
    expect(login.request({ name: "password", password: "x" })).toEqual([SUCCESS]);
  });

  it("ends the connection for answers that nobody has asked for", () => {
    const login = new Login(asking);
    expect(errorOf(() => respond(login, "x"))).toMatchObject({ code: "message-not-allowed", fault: "peer" });
  });
});

describe("the service request (RFC 4253 §10)", () => {
  it("ends the connection for another service, and for a second request", () => {
    const peer = new RawPeer("client");
    const server = new SshServerMachine(serverOptions({ algorithms: quickCrypto, hostKeys: [quickSigner] }));
    peer.exchange(server);
    peer.send(encodeServiceRequest({ type: "serviceRequest", service: "ssh-connection" }));
    expect(errorOf(() => peer.exchange(server))).toMatchObject({ code: "service-not-available", fault: "peer" });
    const login = new Login(everybody);
    login.peer.send(encodeServiceRequest({ type: "serviceRequest", service: "ssh-userauth" }));
    expect(errorOf(() => login.run()).code).toBe("message-not-allowed");
  });

  it("is answered with the banner behind the acceptance (RFC 4252 §5.4)", () => {
    const peer = new RawPeer("client");
    const server = new SshServerMachine(
      serverOptions({ algorithms: quickCrypto, hostKeys: [quickSigner], banner: "keep out" }),
    );
    peer.exchange(server);
    peer.transport.enter("authentication");
    peer.send(encodeServiceRequest({ type: "serviceRequest", service: "ssh-userauth" }));
    expect(errorOf(() => peer.exchange(server)).message).toContain("SERVICE_ACCEPT");
  });

  it("needs a host key that fits the algorithms", () => {
    expect(errorOf(() => new SshServerMachine(serverOptions({ hostKeys: [] })))).toMatchObject({ code: "local-usage" });
  });
});

describe("a login that is complete (RFC 4252 §5.3)", () => {
  it("ignores requests that were on their way", () => {
    const login = new Login(everybody);
    const request = encodeUserauthRequest({
      type: "userauthRequest",
      username: "ada",
      service: "ssh-connection",
      method: { name: "password", password: "x" },
    });
    login.peer.send(request).send(request).send(request);
    login.run();
    expect(login.peer.takeNumbers()).toEqual([SUCCESS]);
    expect(login.attempts.length).toBe(1);
    expect(login.server.failure).toBe(undefined);
  });
});

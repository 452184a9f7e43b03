import { describe, expect, it } from "vitest";
import type { AuthenticationMethod } from "../../src/auth/client-methods.ts";
import type { Signer } from "../../src/keys/signer.ts";
import {
  encodeUserauthBanner,
  encodeUserauthFailure,
  encodeUserauthInfoRequest,
  encodeUserauthPasswdChangereq,
  encodeUserauthPkOk,
} from "../../src/messages/auth-reply.ts";
import { decodeUserauthRequest, type UserauthMethod } from "../../src/messages/auth-request.ts";
import { encodeExtInfo, encodeServiceAccept } from "../../src/messages/transport.ts";
import { SshClientMachine } from "../../src/session/client-machine.ts";
import { serverExtInfo } from "../../src/transport/ext-info.ts";
import { clientOptions, errorOf, MachinePair, otherUserKey, rightPassword, userKey } from "../session/machine-pair.ts";
import { quickCrypto } from "../session/quick-crypto.ts";
import { RawPeer } from "../session/raw-peer.ts";

const SUCCESS = new Uint8Array([52]);
const failure = (methods: readonly string[], partialSuccess = false) =>
  encodeUserauthFailure({ type: "userauthFailure", methods, partialSuccess });

/** A server that says whatever a test wants. */
class Login {
  readonly client = new SshClientMachine(clientOptions({ algorithms: quickCrypto }));
  readonly peer = new RawPeer("server");

  constructor(methods: readonly AuthenticationMethod[]) {
    this.client.login("ada", methods);
    this.peer.exchange(this.client);
  }

  begin(): this {
    this.peer.received.splice(0, 1);
    this.peer.transport.enter("authentication");
    return this.answer(encodeServiceAccept({ type: "serviceAccept", service: "ssh-userauth" }));
  }

  answer(...payloads: Uint8Array[]): this {
    for (const payload of payloads) this.peer.send(payload);
    this.peer.exchange(this.client);
    return this;
  }

  /** The oldest request not yet looked at. */
  next(): UserauthMethod {
    const payload = this.peer.received.shift();
    if (payload === undefined) throw new Error("the client has sent nothing");
    return decodeUserauthRequest(payload).method;
  }
}

const password: AuthenticationMethod = { method: "password", password: "secret" };
const key: AuthenticationMethod = { method: "publickey", key: userKey };
const otherKey: AuthenticationMethod = { method: "publickey", key: otherUserKey };
const none: AuthenticationMethod = { method: "none" };

describe("the client's choice of methods (RFC 4252 §5.1)", () => {
  it("follows the user's order and skips what the server does not offer", () => {
    const login = startLogin([none, key, password]);
    expect(login.next().name).toBe("none");
    login.answer(failure(["password"]));
    expect(login.next()).toMatchObject({ name: "password", password: "secret" });
    login.answer(SUCCESS);
    expect(login.client.failure).toBe(undefined);
  });

  it("comes back to a skipped method when the server offers it after partial success", () => {
    const login = startLogin([none, password, key]);
    login.next();
    login.answer(failure(["publickey"]));
    expect(login.next().name).toBe("publickey");
    login.answer(failure(["password"], true));
    expect(login.next().name).toBe("password");
    login.answer(SUCCESS);
    expect(login.client.failure).toBe(undefined);
  });

  it("ends with an error that names what was tried and what is left", () => {
    const login = startLogin([key, password]);
    login.next();
    login.answer(failure(["publickey", "password"]));
    const error = errorOf(() => login.answer(failure(["keyboard-interactive"])));
    expect(error).toMatchObject({
      code: "authentication-failed",
      fault: "peer",
      serverOffers: ["keyboard-interactive"],
    });
    expect(error.message).toBe(
      'logging in as "ada": tried publickey, password; the server still offers "keyboard-interactive"',
    );
  });

  it("says when there was nothing to try, and when a method was accepted and not enough", () => {
    expect(errorOf(() => startLogin([])).message).toContain("no method to try");
    const login = startLogin([password]);
    expect(errorOf(() => login.answer(failure(["publickey"], true))).message).toContain(
      "password (accepted, not enough)",
    );
  });

  it("gives up a password that has expired and goes on (RFC 4252 §8)", () => {
    const login = startLogin([password, key]);
    login.next();
    login.answer(encodeUserauthPasswdChangereq({ type: "userauthPasswdChangereq", prompt: "new?", languageTag: "" }));
    expect(login.next().name).toBe("publickey");
  });
});

describe("publickey on the client (RFC 4252 §7)", () => {
  it("proves a single key at once, and of several only the one that the server wants", () => {
    expect(startLogin([key]).next()).toHaveProperty("signature");
    const login = startLogin([key, otherKey]);
    expect(login.next()).not.toHaveProperty("signature");
    login.answer(failure(["publickey"]));
    expect(login.next()).toMatchObject({ publicBlob: otherUserKey.publicBlob });
    const { publicBlob } = otherUserKey;
    login.answer(encodeUserauthPkOk({ type: "userauthPkOk", algorithm: "ssh-ed25519", publicBlob }));
    expect(login.next()).toMatchObject({ publicBlob, signature: expect.anything() });
  });

  it("does not sign when the server accepts a key or an algorithm that was not asked about", () => {
    for (const changes of [{ publicBlob: otherUserKey.publicBlob }, { algorithm: "rsa-sha2-256" }]) {
      const login = startLogin([key, otherKey]);
      login.next();
      const ok = {
        type: "userauthPkOk",
        algorithm: "ssh-ed25519",
        publicBlob: userKey.publicBlob,
        ...changes,
      } as const;
      expect(errorOf(() => login.answer(encodeUserauthPkOk(ok)))).toMatchObject({
        code: "malformed-message",
        fault: "peer",
      });
    }
  });

  it("does not take success for an answer to a question", () => {
    const login = startLogin([key, otherKey]);
    expect(errorOf(() => login.answer(SUCCESS))).toMatchObject({ code: "message-not-allowed", fault: "peer" });
  });

  it("signs with the best algorithm that server-sig-algs names (RFC 8308 §3.1, RFC 8332 §3.3)", () => {
    const rsa: Signer = {
      algorithms: ["rsa-sha2-512", "rsa-sha2-256"],
      publicBlob: new Uint8Array([1, 2, 3]),
      sign: () => new Uint8Array(4),
    };
    const algorithmFor = (accepted: readonly string[] | undefined) => {
      const login = new Login([{ method: "publickey", key: rsa }]);
      // The raw server has sent its own list already; a second message replaces it right before success only.
      const receiver = (login.client as unknown as { transport: { serverSignatureAlgorithms: unknown } }).transport;
      Object.defineProperty(receiver, "serverSignatureAlgorithms", { get: () => accepted });
      login.begin();
      const request = login.next();
      return request.name === "publickey" ? request.algorithm : "";
    };
    expect(algorithmFor(["rsa-sha2-256", "ssh-ed25519"])).toBe("rsa-sha2-256");
    expect(algorithmFor(["rsa-sha2-256", "rsa-sha2-512"])).toBe("rsa-sha2-512");
    expect(algorithmFor(["ssh-ed25519"])).toBe("rsa-sha2-512");
    expect(algorithmFor(undefined)).toBe("rsa-sha2-512");
  });

  it("learns what the server takes from the message behind NEWKEYS, and keeps it until the login is complete", () => {
    const during: (readonly string[] | undefined)[] = [];
    const pair: MachinePair = new MachinePair({
      decide: (attempt) => {
        during.push(accepted(pair));
        return rightPassword(attempt);
      },
    });
    pair.run();
    expect(during[0]).toContain("rsa-sha2-512");
    expect(during[0]).not.toContain("ssh-rsa");
    expect(accepted(pair)).toBe(undefined);
  });
});

function accepted({ client }: MachinePair): readonly string[] | undefined {
  const { transport } = client as unknown as {
    transport: { serverSignatureAlgorithms: readonly string[] | undefined };
  };
  return transport.serverSignatureAlgorithms;
}

describe("keyboard-interactive on the client (RFC 4256)", () => {
  const asked: unknown[] = [];
  const interactive: AuthenticationMethod = {
    method: "keyboard-interactive",
    respond: (request) => {
      asked.push(request);
      return request.prompts.map(() => "answer");
    },
  };
  const info = (prompts: { prompt: string; echo: boolean }[], instruction = "") =>
    encodeUserauthInfoRequest({ type: "userauthInfoRequest", name: "n", instruction, languageTag: "", prompts });

  it("answers prompts, shows them fit for a terminal, and answers an empty round by itself", () => {
    asked.length = 0;
    const login = startLogin([interactive]);
    expect(login.next().name).toBe("keyboard-interactive");
    login.answer(info([{ prompt: "\u001b[31mPassword: ", echo: false }], "one\r\ntwo\u0007"));
    expect(asked).toEqual([
      { name: "n", instruction: "one\ntwo\\u{7}", prompts: [{ prompt: "\\u{1b}[31mPassword: ", echo: false }] },
    ]);
    login.answer(info([]));
    expect(asked.length).toBe(1);
    expect(login.peer.takeNumbers()).toEqual([61, 61]);
    login.answer(SUCCESS);
    expect(login.client.failure).toBe(undefined);
  });

  it("ends a server that asks for ever", () => {
    const login = startLogin([interactive]);
    const ask = () => {
      for (let i = 0; i < 100; i++) login.answer(info([]));
    };
    expect(errorOf(ask)).toMatchObject({ code: "limit-exceeded", fault: "peer" });
  });

  it("treats too few answers as the caller's mistake", () => {
    const login = new Login([{ method: "keyboard-interactive", respond: () => [] }]);
    login.begin();
    expect(errorOf(() => login.answer(info([{ prompt: "?", echo: true }])))).toMatchObject({ code: "local-usage" });
  });
});

describe("what a server may not do during a login", () => {
  it("succeed, fail or ask when nothing was requested", () => {
    const payloads = [SUCCESS, failure([]), new Uint8Array([60, 0, 0, 0, 0])];
    for (const payload of payloads) {
      const client = new SshClientMachine(clientOptions({ algorithms: quickCrypto }));
      const peer = new RawPeer("server");
      peer.exchange(client);
      peer.transport.enter("authentication");
      peer.send(encodeServiceAccept({ type: "serviceAccept", service: "ssh-userauth" })).exchange(client);
      peer.send(payload);
      expect(errorOf(() => peer.exchange(client))).toMatchObject({ code: "message-not-allowed", fault: "peer" });
    }
  });

  it("grant a service that was not asked for", () => {
    const login = new Login([none]);
    login.peer.send(encodeServiceAccept({ type: "serviceAccept", service: "ssh-connection" }));
    expect(errorOf(() => login.peer.exchange(login.client)).code).toBe("service-not-available");
  });

  it("send EXT_INFO anywhere but behind NEWKEYS and right before SUCCESS (RFC 8308 §2.4, CVE-2023-46445)", () => {
    const ext = serverExtInfo(["ssh-ed25519"]);
    const fine = startLogin([none]);
    fine.answer(ext, SUCCESS);
    expect(fine.client.failure).toBe(undefined);
    const twice = startLogin([none]);
    expect(errorOf(() => twice.answer(ext, ext)).code).toBe("message-not-allowed");
    const early = startLogin([none, password]);
    expect(errorOf(() => early.answer(ext, failure(["password"]))).code).toBe("message-not-allowed");
    const first = new Login([none]);
    // The raw server has used its first opportunity; before SERVICE_ACCEPT there is no other.
    expect(errorOf(() => first.answer(ext)).code).toBe("message-not-allowed");
    const late = startLogin([none]).answer(SUCCESS);
    expect(errorOf(() => late.answer(encodeExtInfo({ type: "extInfo", extensions: new Map() }))).code).toBe(
      "message-not-allowed",
    );
  });

  it("show control characters in a banner", () => {
    const login = startLogin([none]);
    login.peer.send(
      encodeUserauthBanner({ type: "userauthBanner", message: "line\r\n\u001b]0;evil\u0007", languageTag: "" }),
    );
    login.client.receive(login.peer.transport.takeOutput() ?? new Uint8Array(0));
    expect(login.client.nextEvent()).toEqual({ type: "banner", text: "line\n\\u{1b}]0;evil\\u{7}" });
  });
});

function startLogin(methods: readonly AuthenticationMethod[]): Login {
  return new Login(methods).begin();
}

import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import { parsePrivateKey } from "../../src/keys/parse-private-key.ts";
import { generateKey } from "../../src/keys/private-key.ts";
import type { Signer } from "../../src/keys/signer.ts";
import {
  decodeGlobalRequest,
  encodeGlobalRequest,
  encodeRequestFailure,
  encodeRequestSuccess,
} from "../../src/messages/connection.ts";
import { decodeHostKeys, encodeHostKeys, hostKeyProofData } from "../../src/messages/host-keys.ts";
import type { SshServerMachine } from "../../src/session/server-machine.ts";
import { SshWriter } from "../../src/wire/writer.ts";
import { ClientCase, NO_DATA, ServerCase } from "../connection/channel-cases.ts";
import { fromHex } from "../wire/hex.ts";
import { errorOf, hostKey, MachinePair, otherHostKey, quickAlgorithms, seededRandom } from "./machine-pair.ts";
import { quickCrypto, quickSigner } from "./quick-crypto.ts";

const rsaKey = parsePrivateKey(
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
);
const keys: readonly Signer[] = [hostKey, otherHostKey, rsaKey];

function sign(server: SshServerMachine, pair: MachinePair): void {
  const { requests = [] } = pair.serverEvent("hostKeyProofsNeeded") ?? {};
  server.provideHostKeyProofs(
    requests.map(({ signer, data, algorithm }) => signer.sign(data, algorithm) as Uint8Array),
  );
  pair.run();
}

describe("host key rotation (OpenSSH PROTOCOL §2.5)", () => {
  it("signs its name, the session and the key", () => {
    expect(hostKeyProofData(Uint8Array.of(7), Uint8Array.of(8, 9))).toEqual(
      Uint8Array.of(
        ...new SshWriter().text("hostkeys-prove-00@openssh.com").take(),
        ...fromHex("00000001 07 00000002 0809"),
      ),
    );
  });

  it("tells the client all keys of a server that has several, each proved with its own algorithm", () => {
    const pair = new MachinePair({
      client: { hostKeyUpdate: defaultClientAlgorithms.hostKey },
      server: { hostKeys: keys },
    }).run();
    sign(pair.server, pair);
    const proved = pair.clientEvent("hostKeysProved")?.keys ?? [];
    expect(proved.map(({ keyType }) => keyType)).toEqual(["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"]);
    expect(proved.map(({ algorithm }) => algorithm)).toEqual(["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"]);
    expect(proved.map(({ publicBlob }) => publicBlob)).toEqual(keys.map(({ publicBlob }) => publicBlob));
  });

  it("asks for nothing when the client does not want to know, and announces nothing with one key", () => {
    const deaf = new MachinePair({ server: { hostKeys: keys } }).run();
    expect(deaf.serverEvent("hostKeyProofsNeeded")).toBe(undefined);
    const single = new MachinePair({ client: { hostKeyUpdate: defaultClientAlgorithms.hostKey } }).run();
    expect(single.clientEvent("hostKeysProved")).toBe(undefined);
  });

  it("goes on without proofs when the server cannot sign", () => {
    const pair = new MachinePair({
      client: { hostKeyUpdate: defaultClientAlgorithms.hostKey },
      server: { hostKeys: keys },
    }).run();
    pair.server.provideHostKeyProofs(undefined);
    pair.run();
    expect(pair.clientEvent("hostKeysProved")).toBe(undefined);
    expect(pair.clientEvent("debug")?.text).toContain("does not prove");
    expect(pair.client.failure).toBe(undefined);
    expect(errorOf(() => pair.server.provideHostKeyProofs([])).code).toBe("local-usage");
  });

  it("uses the RSA algorithm of the key exchange", () => {
    const hostKeys = [rsaKey, hostKey];
    const rsa256 = defaultClientAlgorithms.hostKey.filter(({ name }) => name === "rsa-sha2-256");
    const others = defaultClientAlgorithms.hostKey.filter(({ name }) => name !== "rsa-sha2-256");
    const algorithms = { ...quickAlgorithms, hostKey: [...rsa256, ...others] };
    const pair = new MachinePair({
      client: { hostKeyUpdate: algorithms.hostKey, algorithms },
      server: { hostKeys },
    }).run();
    expect(pair.client.negotiated?.hostKey).toBe("rsa-sha2-256");
    sign(pair.server, pair);
    expect(pair.clientEvent("hostKeysProved")?.keys.map(({ algorithm }) => algorithm)).toEqual([
      "rsa-sha2-256",
      "ssh-ed25519",
    ]);
  });
});

const announce = (items: readonly Uint8Array[]): Uint8Array =>
  encodeGlobalRequest({
    type: "globalRequest",
    name: "hostkeys-00@openssh.com",
    wantReply: false,
    data: encodeHostKeys(items),
  });

/** A client whose server announces what a test wants; its keys have to be real. */
function announced(items: readonly Uint8Array[]): { readonly test: ClientCase; readonly asked: Uint8Array[] } {
  const hostKeyUpdate = [...quickCrypto.hostKey, ...defaultClientAlgorithms.hostKey];
  const test = new ClientCase({ hostKeyUpdate });
  test.peer.send(announce(items));
  test.client.receive(test.peer.transport.takeOutput() ?? NO_DATA);
  test.peer.transport.receive(test.client.takeOutput() ?? NO_DATA);
  return { test, asked: test.peer.received.splice(0) };
}

const success = (signatures: readonly Uint8Array[]): Uint8Array =>
  encodeRequestSuccess({ type: "requestSuccess", data: encodeHostKeys(signatures) });

const proofOf = (key: Signer, session: Uint8Array, blob = key.publicBlob): Uint8Array =>
  key.sign(hostKeyProofData(session, blob), key.algorithms[0] ?? "") as Uint8Array;

describe("a client that is told host keys", () => {
  it("asks about those it has not seen, once each, and of types that it knows", () => {
    const unknown = new SshWriter().text("ssh-future@example").string(new Uint8Array(9)).take();
    const certificate = new SshWriter().text("ssh-ed25519-cert-v01@openssh.com").string(new Uint8Array(9)).take();
    const blobs = [hostKey.publicBlob, unknown, quickSigner.publicBlob, hostKey.publicBlob, certificate];
    const { asked } = announced(blobs);
    expect(asked.length).toBe(1);
    const question = decodeGlobalRequest(asked[0] ?? NO_DATA);
    expect(question).toMatchObject({ name: "hostkeys-prove-00@openssh.com", wantReply: true });
    expect(decodeHostKeys(question.data)).toEqual([hostKey.publicBlob]);
  });

  it("believes right signatures over this session only, and all of them or none", () => {
    const both = [hostKey.publicBlob, otherHostKey.publicBlob];
    const cases: readonly [string, (session: Uint8Array) => Uint8Array, boolean][] = [
      ["right", (session) => success([proofOf(hostKey, session), proofOf(otherHostKey, session)]), true],
      ["other order", (session) => success([proofOf(otherHostKey, session), proofOf(hostKey, session)]), false],
      ["other session", (session) => success([proofOf(hostKey, session), proofOf(otherHostKey, NO_DATA)]), false],
      [
        "another key's place",
        (session) => success([proofOf(hostKey, session), proofOf(hostKey, session, otherHostKey.publicBlob)]),
        false,
      ],
      ["too few", (session) => success([proofOf(hostKey, session)]), false],
      ["too many", (session) => success(both.concat(both).map(() => proofOf(hostKey, session))), false],
      ["empty", () => success([NO_DATA, NO_DATA]), false],
      ["refused", () => encodeRequestFailure(), false],
    ];
    for (const [what, reply, believed] of cases) {
      const { test } = announced(both);
      test.say(reply(test.peer.transport.requireSessionId()));
      expect(test.event("hostKeysProved") !== undefined, what).toBe(believed);
      expect(test.event("debug") !== undefined, what).toBe(!believed);
      expect(test.client.failure).toBe(undefined);
    }
  });

  it("looks at one announcement, and at none of more than 16 keys", () => {
    const { test } = announced([hostKey.publicBlob]);
    for (let i = 0; i < 100; i++) expect(test.say(announce([otherHostKey.publicBlob]))).toEqual([]);
    const blobs = (count: number) => new Array<Uint8Array>(count).fill(hostKey.publicBlob);
    expect(announced(blobs(16)).asked.length).toBe(1);
    const many = announced(blobs(17));
    expect(many.asked).toEqual([]);
    many.test.say();
    expect(many.test.event("debug")?.text).toContain("17 host keys");
  });

  it("ends the connection for a list that is cut short", () => {
    const test = new ClientCase({ hostKeyUpdate: quickCrypto.hostKey });
    const whole = announce([hostKey.publicBlob]);
    test.peer.send(whole.subarray(0, -1));
    expect(errorOf(() => test.say())).toMatchObject({ code: "malformed-message", fault: "peer" });
  });
});

describe("a server that is asked for proofs", () => {
  const prove = (items: readonly Uint8Array[]): Uint8Array =>
    encodeGlobalRequest({
      type: "globalRequest",
      name: "hostkeys-prove-00@openssh.com",
      wantReply: true,
      data: encodeHostKeys(items),
    });
  const server = (): ServerCase =>
    new ServerCase(
      {},
      { hostKeys: [quickSigner, hostKey], algorithms: { ...quickCrypto, hostKey: quickCrypto.hostKey } },
    );

  it("signs for its own keys only, all or none", () => {
    const test = server();
    const stranger = generateKey("ssh-ed25519", seededRandom(77)).publicBlob;
    for (const wrong of [[stranger], [quickSigner.publicBlob, stranger], [], new Array(3).fill(quickSigner.publicBlob)])
      expect(test.say(prove(wrong))).toEqual([82]);
    expect(test.event("hostKeyProofsNeeded")).toBe(undefined);
    expect(test.say(prove([quickSigner.publicBlob]))).toEqual([]);
    expect(test.event("hostKeyProofsNeeded")?.requests.length).toBe(1);
    test.server.provideHostKeyProofs([Uint8Array.of(42)]);
    expect(test.run()).toEqual([81]);
  });

  it("answers one question at a time, four in a connection, and the other requests in their order", () => {
    const test = server();
    expect(test.say(prove([quickSigner.publicBlob]), prove([quickSigner.publicBlob]))).toEqual([]);
    test.server.provideHostKeyProofs([Uint8Array.of(42)]);
    expect(test.run()).toEqual([81, 82]);
    for (let i = 0; i < 3; i++) {
      test.say(prove([quickSigner.publicBlob]));
      test.server.provideHostKeyProofs([Uint8Array.of(42)]);
      expect(test.run()).toEqual([81]);
    }
    expect(test.say(prove([quickSigner.publicBlob]))).toEqual([82]);
  });
});

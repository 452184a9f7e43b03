import { X509Certificate } from "node:crypto";
import { connect as connectPlain, createServer } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { type PairWish, socketCases } from "@netconf-kit/conformance";
import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";
import { certificateFingerprint, publicKeyFingerprint, readCertificate } from "@netconf-kit/tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type IssuedCertificate,
  selfSigned,
  type TestAuthority,
  testAuthority,
} from "../../../test/support/test-authority.ts";
import { dialTcp, listenTcp, tlsClient, tlsServer } from "../src/mod.ts";
import { DuplexOfSocket } from "../src/tls-duplex.ts";
import { both, failureOf, makeWorld, meet, pair, SERVER_NAME, type World } from "./tls-support.ts";

let world: World;
let other: TestAuthority;
beforeAll(() => {
  world = makeWorld();
  other = testAuthority("/CN=Other Authority");
});
afterAll(() => {
  world.ca.remove();
  other.remove();
});

const versions = ["TLSv1.2", "TLSv1.3"] as const;
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const parsed = ({ cert }: IssuedCertificate) => readCertificate(new X509Certificate(cert).raw);

async function tcpPair(): Promise<readonly [DuplexSocket, DuplexSocket]> {
  const listener = await listenTcp();
  const accepted = listener[Symbol.asyncIterator]().next();
  const dialled = await dialTcp({ host: "127.0.0.1", port: listener.port })();
  const result = await accepted;
  await listener.close();
  if (result.done) throw new Error("the listener ended");
  return [dialled, result.value];
}

for (const [name, makePair] of [
  ["a pair in memory", async (wish?: PairWish) => memoryPair(wish)],
  ["TCP", tcpPair],
] as const) {
  describe(`a TLS connection over ${name}`, () => {
    for (const { name: case_, run } of socketCases) {
      it(case_, () =>
        run(async (wish) => {
          const [client, server] = both(await meet(world.client, world.server, { sockets: await makePair(wish) }));
          return [client.socket, server.socket];
        }),
      );
    }
  });
}

describe("tlsClient() and tlsServer()", () => {
  for (const version of versions) {
    it(`prove to each other who they are with ${version}`, async () => {
      const [client, server] = both(await meet({ ...world.client, maxVersion: version }, world.server));
      const authority = certificateFingerprint(parsed(world.ca));
      expect(server.username).toBe("Ops@example.net");
      expect(server.peer).toEqual({
        kind: "x509-certificate",
        fingerprint: certificateFingerprint(parsed(world.manager)),
        names: ["ops"],
        authority,
      });
      expect(client.peer).toEqual({
        kind: "x509-certificate",
        fingerprint: certificateFingerprint(parsed(world.device)),
        names: [SERVER_NAME, "192.0.2.7", "router-7"],
        authority,
      });
      expect(client.username).toBe("ops");
      expect(client.security).toMatchObject({ version, cipher: expect.stringMatching(/GCM|CHACHA/) });
      await Promise.all([client.socket.write(new TextEncoder().encode("hello")), client.socket.closeWrite()]);
      expect(text(await server.socket.read())).toBe("hello");
      await Promise.all([client.close(), server.close()]);
    });
  }

  it("get through one byte at a time", async () => {
    const [client, server] = both(await meet(world.client, world.server, { sockets: memoryPair({ maxReadBytes: 1 }) }));
    await client.socket.write(new TextEncoder().encode("x"));
    expect(text(await server.socket.read())).toBe("x");
    await Promise.all([client.close(), server.close()]);
  });

  it("take RSA certificates and chains with an authority in between", async () => {
    const below = world.ca.subordinate("/CN=Below");
    const rsa = below.issue({ subject: "/CN=rsa", altNames: "DNS:rsa.example.net", key: "rsa" });
    const chain = { cert: `${rsa.cert}${below.cert}`, key: rsa.key };
    const certToName = [{ id: 1, fingerprint: tlsFingerprint(world.ca), mapType: "san-dns-name" as const }];
    const [, server] = both(await meet({ ...world.client, ...chain }, { ...world.server, certToName }));
    expect(server.username).toBe("rsa.example.net");
    expect(server.peer.authority).toBe(certificateFingerprint(parsed(world.ca)));
  });

  it("RFC 7407 §4.4: an authority that was only sent along fits no cert-to-name entry", async () => {
    const below = world.ca.subordinate("/CN=Below");
    const leaf = below.issue({ subject: "/CN=leaf", altNames: "DNS:leaf.example.net" });
    const certToName = [{ id: 1, fingerprint: tlsFingerprint(below), mapType: "san-any" as const }];
    const client = { ...world.client, cert: `${leaf.cert}${below.cert}`, key: leaf.key };
    expect((await meet(client, { ...world.server, certToName })).server).toMatchObject({
      reason: { code: "no-user-name" },
    });
    // Held locally it counts.
    const clientCa = [world.ca.cert, below.cert];
    expect(both(await meet(client, { ...world.server, clientCa, certToName }))[1].username).toBe("leaf.example.net");
  });

  it("take a pinned certificate and a pinned key without any authority", async () => {
    const self = selfSigned(world.ca.folder, { subject: "/CN=lab" });
    const { ca: _, serverName: __, ...bare } = world.client;
    const server = { ...world.server, ...pair(self) };
    for (const pins of [
      [{ certificate: certificateFingerprint(parsed(self)) }],
      [{ publicKey: publicKeyFingerprint(parsed(self)).toLowerCase().replace("sha256:", "") }],
    ]) {
      const [client] = both(await meet({ ...bare, pins }, server));
      expect(client.peer).toMatchObject({ names: ["lab"], authority: undefined });
    }
    const wrong = await meet(
      { ...bare, pins: [{ certificate: certificateFingerprint(parsed(world.device)) }] },
      server,
    );
    expect(wrong.client).toMatchObject({ reason: { layer: "tls", code: "wrong-pin", fault: "peer" } });
  });

  it("demand the pin as well as the authority where both are given", async () => {
    const pins = [{ certificate: certificateFingerprint(parsed(world.manager)) }];
    expect((await meet({ ...world.client, pins }, world.server)).client).toMatchObject({
      reason: { code: "wrong-pin" },
    });
  });

  it("let whoever accepts the connection judge the identity, and refuse what that throws", async () => {
    const { serverName: _, ...unnamed } = world.client;
    const seen: unknown[] = [];
    const [client] = both(await meet(unnamed, world.server, { verifyPeer: (peer) => void seen.push(peer) }));
    expect(seen).toEqual([client.peer]);
    const verifyPeer = (): void => {
      throw new Error("nobody I know");
    };
    expect((await meet(unnamed, world.server, { verifyPeer })).client).toMatchObject({
      reason: { message: "nobody I know" },
    });
  });

  it("RFC 7589 §6: refuse to connect when nothing says who the server has to be", async () => {
    const { serverName: _, ...unnamed } = world.client;
    expect((await meet(unnamed, world.server)).client).toMatchObject({
      reason: { code: "no-expected-identity", fault: "local" },
    });
  });

  it("vouch for no name by a self-signed certificate where only the caller judges", async () => {
    const self = selfSigned(world.ca.folder, { subject: "/CN=router-7" });
    const { ca: _, serverName: __, ...bare } = world.client;
    const [client] = both(await meet(bare, { ...world.server, ...pair(self) }, { verifyPeer: () => {} }));
    expect(client.peer.authority).toBeUndefined();
  });
});

function tlsFingerprint(certificate: IssuedCertificate): string {
  return certificateFingerprint(parsed(certificate)).replace("SHA256:", "04:");
}

describe("a client refuses a server", () => {
  const refuses = async (server: Partial<World["server"]>, code: string, client: Partial<World["client"]> = {}) => {
    for (const maxVersion of versions) {
      const ends = await meet({ ...world.client, ...client, maxVersion }, { ...world.server, ...server });
      expect(await failureOf(ends.client), maxVersion).toMatchObject({ layer: "tls", code, fault: "peer" });
    }
  };

  it("RFC 7589 §5: of another authority", () =>
    refuses(pair(other.issue({ altNames: `DNS:${SERVER_NAME}` })), "certificate-untrusted"));
  it("that signed itself", () =>
    refuses(pair(selfSigned(world.ca.folder, { altNames: `DNS:${SERVER_NAME}` })), "certificate-untrusted"));
  it("RFC 7589 §6: of another name", () =>
    refuses(pair(world.ca.issue({ altNames: "DNS:r8.example.net" })), "wrong-name"));
  it("RFC 6125 §6.4.4: with the name as common name only", () =>
    refuses(pair(world.ca.issue({ subject: `/CN=${SERVER_NAME}` })), "wrong-name"));
  it("RFC 5280 §4.1.2.5: that has expired", () =>
    refuses(pair(world.ca.issue({ altNames: `DNS:${SERVER_NAME}`, from: -9, to: -3 })), "certificate-expired"));
  it("RFC 5280 §4.1.2.5: that is not yet valid", () =>
    refuses(pair(world.ca.issue({ altNames: `DNS:${SERVER_NAME}`, from: 3, to: 9 })), "certificate-not-yet-valid"));
  it("RFC 5280 §6.3: that is revoked", async () => {
    const revoked = world.ca.issue({ altNames: `DNS:${SERVER_NAME}` });
    world.ca.revoke(revoked);
    await refuses(pair(revoked), "certificate-revoked", { crl: world.ca.crl() });
  });
  it("RFC 5280 §6.3: when its authority's list is missing", () =>
    refuses({}, "revocation-unknown", { crl: other.crl() }));
  it("RFC 5280 §4.2.1.12: whose certificate is for clients only", () =>
    refuses(
      pair(world.ca.issue({ altNames: `DNS:${SERVER_NAME}`, extensions: ["extendedKeyUsage=clientAuth"] })),
      "certificate-untrusted",
    ));
  it("that is pinned, yet has expired", async () => {
    const { ca: _, serverName: __, ...bare } = world.client;
    const pins = [{ certificate: certificateFingerprint(parsed(world.device)) }];
    const ends = await meet({ ...bare, pins, now: () => Date.now() + 40 * 86_400_000 }, world.server);
    expect(await failureOf(ends.client)).toMatchObject({ code: "certificate-expired" });
  });
});

describe("a server refuses a client, and the client learns that it was refused", () => {
  const refuses = async (
    client: Partial<World["client"]>,
    code: string,
    server: Partial<World["server"]> = {},
    atClient: Readonly<Record<(typeof versions)[number], string>> = silently,
  ) => {
    for (const maxVersion of versions) {
      const ends = await meet({ ...world.client, ...client, maxVersion }, { ...world.server, ...server });
      expect(await failureOf(ends.server), maxVersion).toMatchObject({ layer: "tls", code, fault: "peer" });
      expect(await failureOf(ends.client), maxVersion).toMatchObject({ layer: "tls", code: atClient[maxVersion] });
    }
  };
  /** Node closes without an alert; in TLS 1.3 the client's handshake is over by then. */
  const silently = { "TLSv1.2": "closed-in-handshake", "TLSv1.3": "closed-after-handshake" };
  const late = { "TLSv1.2": "closed-after-handshake", "TLSv1.3": "closed-after-handshake" };

  it("of another authority", () => refuses(pair(other.issue()), "certificate-untrusted"));
  it("that signed itself", () => refuses(pair(selfSigned(world.ca.folder)), "certificate-untrusted"));
  it("that has expired", () => refuses(pair(world.ca.issue({ from: -9, to: -3 })), "certificate-expired"));
  it("that is not yet valid", () => refuses(pair(world.ca.issue({ from: 3, to: 9 })), "certificate-not-yet-valid"));
  it("that is revoked", async () => {
    const revoked = world.ca.issue();
    world.ca.revoke(revoked);
    await refuses(pair(revoked), "certificate-revoked", { crl: world.ca.crl() });
  });
  it("RFC 5280 §6.3: when the revocation list is out of date, or that of another authority", async () => {
    for (const crl of [world.ca.crl(-1), other.crl()]) await refuses({}, "revocation-unknown", { crl });
  });
  it("RFC 7589 §7: that no cert-to-name entry names", () =>
    refuses({}, "no-user-name", { certToName: [{ id: 1, mapType: "san-dns-name" }] }, late));
  it("RFC 7589 §7: with any certificate, while there is no entry", () =>
    refuses({}, "no-user-name", { certToName: [] }, late));
});

describe("a TLS server without a usable peer", () => {
  const strangers = async (say: (port: number) => void, code: string): Promise<void> => {
    const listener = await listenTcp();
    say(listener.port);
    const { value: socket } = await listener[Symbol.asyncIterator]().next();
    const secure = tlsServer({ ...world.server, handshakeTimeout: 500 });
    const outcome = secure(socket as DuplexSocket, { signal: new AbortController().signal });
    await expect(outcome).rejects.toMatchObject({ layer: "tls", code });
    await listener.close();
  };
  const say = (words: string | Uint8Array) => (port: number) => {
    const peer = connectPlain(port, "127.0.0.1", () => peer.end(words));
    peer.on("error", () => {}).resume();
  };

  it("tells HTTP from TLS", () => strangers(say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "not-tls"));
  it("tells SSH from TLS", () => strangers(say("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), "not-tls"));
  it("tells garbage from TLS", () => strangers(say(Uint8Array.from({ length: 64 }, (_, i) => 200 - i)), "not-tls"));
  it("tells an end from TLS", () => strangers(say(""), "closed-in-handshake"));
  it("gives up on silence", () =>
    strangers((port) => void connectPlain(port, "127.0.0.1").on("error", () => {}), "handshake-timeout"));
});

describe("a TLS client without a usable peer", () => {
  const meets = async (answer: string, code: string): Promise<void> => {
    const server = createServer((socket) => socket.on("error", () => {}).end(answer));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const socket = await dialTcp({ host: "127.0.0.1", port: typeof address === "object" ? (address?.port ?? 0) : 0 })();
    const outcome = tlsClient(world.client)(socket, { signal: new AbortController().signal });
    await expect(outcome).rejects.toMatchObject({ layer: "tls", code });
    server.close();
  };

  it("tells SSH from TLS", () => meets("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "not-tls"));
  it("tells HTTP from TLS", () => meets("HTTP/1.1 400 Bad Request\r\n\r\n", "not-tls"));
  it("tells an end from TLS", () => meets("", "closed-in-handshake"));

  it("gives up when its signal fires, with the signal's reason", async () => {
    const [near] = memoryPair();
    const abort = new AbortController();
    const outcome = tlsClient(world.client)(near, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(outcome).rejects.toThrow("enough");
    await near.closed;
    const again = tlsClient(world.client)(memoryPair()[0], { signal: abort.signal });
    await expect(again).rejects.toThrow("enough");
  });
});

describe("a handshake that is cut off", () => {
  /** Lets so many bytes out, then ends. */
  const cutAfter = (socket: DuplexSocket, limit: number): DuplexSocket => {
    let left = limit;
    return Object.create(socket, {
      remote: { value: undefined },
      closed: { value: socket.closed },
      read: { value: () => socket.read() },
      closeWrite: { value: () => socket.closeWrite() },
      close: { value: (reason?: Error) => socket.close(reason) },
      write: {
        value: async (bytes: Uint8Array) => {
          const part = bytes.subarray(0, left);
          left -= part.length;
          if (part.length > 0) await socket.write(part);
          if (left === 0) await socket.closeWrite();
        },
      },
    });
  };

  for (const maxVersion of versions) {
    for (const side of ["client", "server"] as const) {
      it(`ends at both ends with a typed error, wherever the ${side} is cut off (${maxVersion})`, async () => {
        const client = { ...world.client, maxVersion };
        // Steps of a prime number meet every message of every flight, its first bytes and its last.
        for (let bytes = 1; bytes < 1500; bytes += 67) {
          const [near, far] = memoryPair();
          const sockets = [
            side === "client" ? cutAfter(near, bytes) : near,
            side === "server" ? cutAfter(far, bytes) : far,
          ] as const;
          const ends = await meet(client, world.server, { sockets });
          if (ends.client.status === "fulfilled" && ends.server.status === "fulfilled") break;
          for (const end of [ends.client, ends.server]) {
            if (end.status === "rejected") expect(end.reason, `${side} ${bytes}`).toMatchObject({ layer: "tls" });
            else await end.value.close();
          }
        }
      });
    }
  }
});

describe("versions and options", () => {
  it("RFC 7589 §8, RFC 9325 §3.1.1: nothing below TLS 1.2 can be chosen, and versions have to overlap", async () => {
    const ends = await meet({ ...world.client, maxVersion: "TLSv1.2" }, { ...world.server, minVersion: "TLSv1.3" });
    expect(await failureOf(ends.server)).toMatchObject({ code: "version-unsupported" });
    expect(await failureOf(ends.client)).toMatchObject({ code: "alert-protocol-version", fault: "peer" });
  });

  const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;

  it("RFC 9325 §3.1.1: a client of TLS 1.1 is refused", async () => {
    const [near, far] = await tcpPair();
    const outcome = tlsServer(world.server)(far, { signal: new AbortController().signal });
    const peer = connectTls({ socket: new DuplexOfSocket(near), ...old, rejectUnauthorized: false });
    const alert = new Promise((resolve) => peer.once("error", resolve));
    await expect(outcome).rejects.toMatchObject({ layer: "tls", code: "version-unsupported", fault: "peer" });
    expect(await alert).toMatchObject({ code: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" });
  });

  it("RFC 9325 §3.1.1: a server of TLS 1.1 is refused", async () => {
    const [near, far] = await tcpPair();
    const outcome = tlsClient(world.client)(near, { signal: new AbortController().signal });
    const peer = createTlsServer({ ...old, ...pair(world.device) });
    peer.on("tlsClientError", () => {}).emit("connection", new DuplexOfSocket(far));
    await expect(outcome).rejects.toMatchObject({ layer: "tls", code: "alert-protocol-version" });
  });

  it("are checked before any connection", () => {
    const invalid = expect.objectContaining({ layer: "tls", code: "invalid-options", fault: "local" });
    const clientOf = (options: Partial<World["client"]>) => () => tlsClient({ ...world.client, ...options });
    const serverOf = (options: Partial<World["server"]>) => () => tlsServer({ ...world.server, ...options });
    for (const make of [
      clientOf({ cert: "nothing" }),
      clientOf({ key: world.device.key }),
      clientOf({ ca: "" }),
      clientOf({ serverName: "no name" }),
      clientOf({ pins: [{ certificate: "12:34" }] }),
      clientOf({ maxRecordBytes: 511 }),
      serverOf({ maxRecordBytes: 16385 }),
      serverOf({ key: "nothing" }),
      serverOf({ clientCa: [] }),
      serverOf({ crl: "nothing" }),
      serverOf({ certToName: [{ id: 1, fingerprint: "01:00", mapType: "san-any" }] }),
    ]) {
      expect(make).toThrow(invalid);
    }
    const { ca: _, ...unvouched } = world.client;
    expect(() => tlsClient(unvouched)).toThrow(invalid);
  });
});

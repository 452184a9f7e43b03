import { describe, expect, it } from "vitest";
import { GlobalRequests } from "../../src/connection/global-requests.ts";
import { decodeRequestSuccess, encodeGlobalRequest } from "../../src/messages/connection.ts";
import { decodePing, encodePing } from "../../src/messages/transport.ts";
import { SshServerMachine } from "../../src/session/server-machine.ts";
import { extInfoIndicators } from "../../src/transport/ext-info.ts";
import { errorOf, MachinePair, serverOptions } from "../session/machine-pair.ts";
import { quickCrypto, quickSigner } from "../session/quick-crypto.ts";
import { RawPeer } from "../session/raw-peer.ts";
import { ClientCase, NO_DATA, ServerCase } from "./channel-cases.ts";

const PING = 192;
const ping = (...bytes: number[]) => encodePing({ type: "ping", data: Uint8Array.from(bytes) });
const pong = (...bytes: number[]) => encodePing({ type: "pong", data: Uint8Array.from(bytes) });

/** What the client says next, as messages. */
function spoken(test: ClientCase): Uint8Array[] {
  test.peer.transport.receive(test.client.takeOutput() ?? NO_DATA);
  return test.peer.received.splice(0);
}

describe("ping@openssh.com (OpenSSH PROTOCOL §1.8)", () => {
  it("is what a client asks with where the server announces it, and the answer with the same data is the pong", () => {
    const test = new ClientCase();
    const tokens = [test.client.ping(), test.client.ping()];
    const asked = spoken(test);
    expect(asked.map(([number]) => number)).toEqual([PING, PING]);
    for (const payload of asked.reverse()) test.say(encodePing({ type: "pong", data: decodePing(payload).data }));
    expect(test.events.flatMap((event) => (event.type === "pong" ? event.token : []))).toEqual(tokens.reverse());
  });

  it("is answered by a server with the data of the question, empty or long", () => {
    const test = new ServerCase();
    for (const data of [[], [1, 2, 3], new Array<number>(60_000).fill(7)]) {
      test.peer.send(ping(...data));
      test.server.receive(test.peer.transport.takeOutput() ?? NO_DATA);
      test.peer.transport.receive(test.server.takeOutput() ?? NO_DATA);
      expect(test.peer.received.splice(0)).toEqual([pong(...data)]);
    }
  });

  it("is unknown to a server that could not announce it, and to every client", () => {
    const test = new ServerCase({}, {}, clientWithoutExtInfo);
    expect(test.say(ping(1))).toEqual([]);
    expect(test.peer.unimplemented).toBe(1);
    const client = new ClientCase();
    expect(client.say(ping(1))).toEqual([]);
    expect(client.peer.unimplemented).toBe(1);
  });

  it("has no effect when it answers what was not asked", () => {
    const test = new ClientCase();
    test.client.ping();
    spoken(test);
    for (let i = 0; i < 1000; i++) expect(test.say(pong(), pong(9, 9))).toEqual([]);
    expect(test.event("pong")).toBe(undefined);
    const server = new ServerCase();
    expect(server.say(pong(1))).toEqual([]);
    expect(server.event("pong")).toBe(undefined);
  });

  it("does not come before the login", () => {
    const server = new SshServerMachine(serverOptions({ algorithms: quickCrypto, hostKeys: [quickSigner] }));
    const peer = new RawPeer("client");
    peer.exchange(server);
    peer.send(ping(1));
    expect(errorOf(() => peer.exchange(server))).toMatchObject({ code: "message-not-allowed", fault: "peer" });
  });

  it("serves the keepalive", () => {
    const pair = new MachinePair({
      client: { algorithms: quickCrypto, keepalive: { interval: 1000 } },
      server: { algorithms: quickCrypto, hostKeys: [quickSigner] },
    }).run();
    for (let i = 0; i < 20; i++) pair.advance(1000).run();
    expect(pair.client.failure).toBe(undefined);
    expect(pair.clientEvents.filter(({ type }) => type === "pong").length).toBeGreaterThan(5);
  });

  it("cannot make a server hold more answers than maxHeldBytes while keys change (CVE-2025-26466)", () => {
    const test = new ServerCase();
    test.server.rekey();
    // The peer has not read our KEXINIT yet, so its pings are legal; the answers have to wait.
    const flood = (): unknown => {
      for (let i = 0; i < 10; i++) test.peer.send(ping(...new Array<number>(30_000).fill(1)));
      return test.server.receive(test.peer.transport.takeOutput() ?? NO_DATA);
    };
    expect(errorOf(flood)).toMatchObject({ code: "limit-exceeded", fault: "peer" });
  });
});

describe("global requests (RFC 4254 §4)", () => {
  const request = (name: string, wantReply = true) =>
    encodeGlobalRequest({ type: "globalRequest", name, wantReply, data: NO_DATA });

  it("are answered in the order of the requests, also when the first answer takes its time", () => {
    const sent: Uint8Array[] = [];
    const global = new GlobalRequests({ send: (payload) => void sent.push(payload) });
    const answers: ((reply: Uint8Array | undefined) => void)[] = [];
    global.handle("slow", (_data, answer) => void answers.push(answer));
    for (const name of ["slow", "keepalive@openssh.com", "unknown", "slow"]) global.receiveRequest(request(name));
    expect(sent).toEqual([]);
    answers[1]?.(undefined);
    expect(sent).toEqual([]);
    answers[0]?.(Uint8Array.of(5));
    expect(sent.map(([number]) => number)).toEqual([81, 81, 82, 82]);
    expect(decodeRequestSuccess(sent[0] ?? NO_DATA).data).toEqual(Uint8Array.of(5));
  });

  it("may wait for their answers in number, and not one more", () => {
    const global = new GlobalRequests({ send: () => {} });
    global.handle("never", () => {});
    for (let i = 0; i < 64; i++) global.receiveRequest(request("never"));
    global.receiveRequest(request("never", false));
    expect(errorOf(() => global.receiveRequest(request("keepalive@openssh.com")))).toMatchObject({
      code: "limit-exceeded",
      fault: "peer",
    });
  });
});

/** A client that does not say that it takes SSH_MSG_EXT_INFO (RFC 8308 §2.1). */
function clientWithoutExtInfo(server: SshServerMachine): RawPeer {
  const peer = new RawPeer("client");
  const indicators: { client: string } = extInfoIndicators;
  server.receive(peer.transport.takeOutput() ?? NO_DATA);
  const { client } = extInfoIndicators;
  indicators.client = "none@test";
  peer.transport.receive(server.takeOutput() ?? NO_DATA);
  indicators.client = client;
  return peer;
}

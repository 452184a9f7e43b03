import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { testAuthority } from "../../../test/support/test-authority.ts";
import { createRelay } from "../src/mod.ts";
import { readDevice, relayErrorOf } from "../src/page.ts";
import { echo, type Page, RelayLab, token } from "./lab.ts";

let lab: RelayLab;
beforeEach(() => {
  lab = new RelayLab();
});
afterEach(() => lab[Symbol.asyncDispose]());

const codeOf = async ({ closed }: Page): Promise<string | undefined> => {
  const { code, reason } = await closed;
  return relayErrorOf(code, reason)?.code;
};

describe("a dialled device", () => {
  it("gets and gives bytes in both directions, and its end closes the WebSocket cleanly after them", async () => {
    const target = await lab.device((socket) => {
      socket.write("hello");
      socket.once("data", (data) => socket.end(Buffer.concat([Buffer.from("got "), data])));
    });
    const relay = await lab.relay({ allow: [target] });
    const page = lab.dial(relay, target);
    await page.until(5);
    expect(page.ws.protocol).toBe("binary");
    page.ws.send(Buffer.from("this"));
    expect(await page.closed).toEqual({ code: 1000, reason: "" });
    expect(String(page.bytes())).toBe("hellogot this");
    expect(await lab.event("closed")).toMatchObject({
      way: "dial",
      device: target,
      bytesToDevice: 4,
      bytesToClient: 13,
    });
  });

  it("gets what a page sends before the connection stands, in order", async () => {
    const target = await lab.device(echo);
    const relay = await lab.relay({ allow: [target] });
    const page = lab.dial(relay, target);
    await page.opened;
    const sent = Buffer.alloc(500_000, "0123456789");
    for (let at = 0; at < sent.length; at += 10_000) page.ws.send(sent.subarray(at, at + 10_000));
    expect((await page.until(sent.length)).equals(sent)).toBe(true);
  });

  it("sees the end of its connection when the page closes, also when it does not say goodbye", async () => {
    for (const leave of [(page: Page) => page.ws.close(), (page: Page) => page.ws.terminate()]) {
      let ended: Promise<void> | undefined;
      const target = await lab.device((socket) => {
        ended = new Promise((resolve) => socket.on("close", () => resolve()));
        echo(socket);
      });
      const relay = await lab.relay({ allow: [target] });
      const page = lab.dial(relay, target);
      await page.opened;
      page.ws.send(Buffer.from("x"));
      await page.until(1);
      leave(page);
      await ended;
    }
    const errors = lab.events.filter((event) => event.kind === "closed").map(({ error }) => error?.code);
    expect(errors[0]).toBeUndefined();
  });

  it("is called lost when it resets in the middle of a handshake, and other connections go on", async () => {
    const dropping = await lab.device((socket) => socket.write("SSH-2.0-x\r\n", () => socket.resetAndDestroy()));
    const steady = await lab.device(echo);
    const relay = await lab.relay({ allow: [dropping, steady] });
    const other = lab.dial(relay, steady);
    await other.opened;
    expect(await codeOf(lab.dial(relay, dropping))).toBe("device-lost");
    other.ws.send(Buffer.from("still here"));
    expect(String(await other.until(10))).toBe("still here");
  });

  it("is said to refuse the connection where nothing listens", async () => {
    const relay = await lab.relay({ allow: ["127.0.0.1:1"] });
    const { code, reason } = await lab.dial(relay, "127.0.0.1:1").closed;
    expect(code).toBe(4010);
    expect(reason).toMatch(/^connection-refused: 127\.0\.0\.1:1: /);
    expect(await lab.event("refused")).toMatchObject({ error: { code: "connection-refused", fault: "transport" } });
  });

  it("holds back a page that sends more than it takes", async () => {
    let accept: (socket: Socket) => void = () => {};
    const accepted = new Promise<Socket>((resolve) => {
      accept = resolve;
    });
    const target = await lab.device((socket) => accept(socket.pause()));
    const relay = await lab.relay({ allow: [target], limits: { maxQueued: 1000 } });
    const page = lab.dial(relay, target);
    await page.opened;
    const chunk = Buffer.alloc(256 * 1024);
    const total = 128 * chunk.length;
    for (let count = 0; count < 128; count++) page.ws.send(chunk);
    await quiet(() => page.ws.bufferedAmount);
    // The rest fills the buffers of the system; nothing of it piles up in the relay.
    expect(page.ws.bufferedAmount).toBeGreaterThan(total / 2);
    (await accepted).resume();
    await quiet(() => page.ws.bufferedAmount, 0);
  });

  it("is held back by a page that stops reading", async () => {
    let written = 0;
    const total = 64 * 1024 * 1024;
    const target = await lab.device((socket) => {
      const more = (): void => {
        while (written < total && !socket.destroyed) {
          written += 65_536;
          if (!socket.write(Buffer.alloc(65_536))) return void socket.once("drain", more);
        }
      };
      more();
    });
    const relay = await lab.relay({ allow: [target] });
    const other = await lab.device(echo);
    const steadyRelay = await lab.relay({ allow: [other] });
    const page = lab.dial(relay, target);
    await page.opened;
    page.ws.pause();
    await quiet(() => written);
    expect(written).toBeLessThan(total / 2);
    const steady = lab.dial(steadyRelay, other);
    await steady.opened;
    steady.ws.send(Buffer.from("still here"));
    expect(String(await steady.until(10))).toBe("still here");
    page.ws.resume();
    await page.until(total);
  });
});

describe("a device that calls home", () => {
  it("is given to the page that waits, which is told its address first, and each WebSocket gets one device", async () => {
    const callHome = await lab.callHome();
    const relay = await lab.relay({ callHome });
    const pages = [lab.wait(relay), lab.wait(relay)];
    await Promise.all(pages.map(({ opened }) => opened));
    for (const [index, page] of pages.entries()) {
      const device = await lab.call(callHome.port);
      device.write(`SSH-2.0-device${index}\r\n`);
      expect(String(await page.until(17))).toBe(`SSH-2.0-device${index}\r\n`);
      expect(page.texts.map(readDevice)).toEqual([{ address: `127.0.0.1:${device.localPort}` }]);
      page.ws.send(Buffer.from("SSH-2.0-page\r\n"));
      expect(String(await new Promise((resolve) => device.once("data", resolve)))).toBe("SSH-2.0-page\r\n");
    }
  });

  it("waits for a page, and drops out in the middle of the handshake without harm to another", async () => {
    const callHome = await lab.callHome();
    const relay = await lab.relay({ callHome });
    const [dropping, steady] = [await lab.call(callHome.port), await lab.call(callHome.port)];
    dropping.write("SSH-2.0-dropping\r\n");
    await lab.event("device-waiting");
    steady.write("SSH-2.0-steady\r\n");
    const first = lab.wait(relay);
    await first.until(18);
    dropping.resetAndDestroy();
    expect(await codeOf(first)).toBe("device-lost");
    expect(String(await lab.wait(relay).until(16))).toBe("SSH-2.0-steady\r\n");
  });
});

describe("what is refused", () => {
  it.each([
    ["a target outside the list", { target: "127.0.0.1:22" }, 4003, "target-refused"],
    ["a wrong token", { token: "a-token-of-24-character5" }, 4002, "token-refused"],
    ["a wrong origin", { origin: "https://evil.example" }, 4001, "origin-refused"],
  ])(
    "tells a page about %s, without the token, and connects nothing",
    async (_what, change: {
      readonly target?: string;
      readonly token?: string;
      readonly origin?: string;
    }, close, code) => {
      let connections = 0;
      const target = await lab.device(() => connections++);
      const relay = await lab.relay({ allow: [target] });
      const { target: asked = target, ...options } = change;
      const page = lab.dial(relay, asked, options);
      const closed = await page.closed;
      expect(closed.code).toBe(close);
      expect(closed.reason).toMatch(new RegExp(`^${code}: `));
      expect(closed.reason).not.toContain(token);
      expect(await lab.event("refused")).toMatchObject({ error: { code, close } });
      expect(JSON.stringify(lab.events)).not.toContain("a-token-of-24");
      expect(connections).toBe(0);
    },
  );

  it("is text where bytes belong (RFC 6455 §7.4.1)", async () => {
    const target = await lab.device(echo);
    const relay = await lab.relay({ allow: [target] });
    const page = lab.dial(relay, target);
    await page.opened;
    page.ws.send("text");
    expect(await codeOf(page)).toBe("text-message");
  });

  it("is a message one byte over the limit", async () => {
    const target = await lab.device(echo);
    const relay = await lab.relay({ allow: [target], limits: { maxMessage: 1000 } });
    const page = lab.dial(relay, target);
    await page.opened;
    page.ws.send(Buffer.alloc(1000));
    await page.until(1000);
    page.ws.send(Buffer.alloc(1001));
    expect((await page.closed).code).toBe(1009);
    expect(await lab.event("closed")).toMatchObject({ error: { code: "message-too-big", fault: "peer" } });
  });

  it("is one WebSocket more than there may be; those inside go on, and a place that is left is free again", async () => {
    const target = await lab.device(echo);
    const relay = await lab.relay({ allow: [target], limits: { maxSockets: 3 } });
    const pages = [lab.dial(relay, target), lab.dial(relay, target), lab.dial(relay, target)];
    await Promise.all(pages.map(({ opened }) => opened));
    const flood = Array.from({ length: 20 }, () => lab.dial(relay, target));
    expect(new Set(await Promise.all(flood.map(codeOf)))).toEqual(new Set(["too-many-sockets"]));
    for (const page of pages) {
      page.ws.send(Buffer.from("still here"));
      expect(String(await page.until(10))).toBe("still here");
    }
    pages[0]!.ws.close();
    await lab.event("closed");
    const next = lab.dial(relay, target);
    await next.opened;
    next.ws.send(Buffer.from("x"));
    await next.until(1);
  });

  it("is told to no more than 32 at a time who do not answer; the others get a bare HTTP answer", async () => {
    const relay = await lab.relay();
    const answers = Array.from({ length: 40 }, async () => {
      const stranger = connect({ host: "127.0.0.1", port: relay.port });
      stranger.write(
        `GET /wait HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${"A".repeat(22)}==\r\n\r\n`,
      );
      const answer = await new Promise((resolve) =>
        stranger.once("data", (data) => resolve(String(data).slice(9, 12))),
      );
      return { stranger, answer };
    });
    const all = await Promise.all(answers);
    expect(all.filter(({ answer }) => answer === "101")).toHaveLength(32);
    expect(all.filter(({ answer }) => answer === "503")).toHaveLength(8);
    for (const { stranger } of all) stranger.destroy();
  });

  it("is one connection more than an address may have, before a byte of it is read", async () => {
    const target = await lab.device(echo);
    const relay = await lab.relay({ allow: [target], limits: { maxConnectionsPerAddress: 2 } });
    const page = lab.dial(relay, target);
    await page.opened;
    const connection = connect({ host: "127.0.0.1", port: relay.port });
    await new Promise((resolve) => connection.on("connect", resolve));
    const over = connect({ host: "127.0.0.1", port: relay.port });
    over.on("error", () => {});
    await new Promise((resolve) => over.on("close", resolve));
    connection.destroy();
    page.ws.send(Buffer.from("x"));
    await page.until(1);
  });

  it("is a request that never becomes complete", async () => {
    const relay = await lab.relay({ limits: { handshakeTime: 300 } });
    const slow = connect({ host: "127.0.0.1", port: relay.port });
    slow.on("error", () => {});
    slow.write("GET /wait HTTP/1.1\r\nHost: x\r\n");
    let answer = "";
    slow.on("data", (data) => {
      answer += data;
    });
    await new Promise((resolve) => slow.on("close", resolve));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("is a plain HTTP request, with a hint", async () => {
    const relay = await lab.relay();
    const response = await fetch(`http://127.0.0.1:${relay.port}/`);
    expect([response.status, response.headers.get("upgrade")]).toEqual([426, "websocket"]);
  });

  it("is a start without what it needs, and the listener for devices is closed then", async () => {
    const callHome = await lab.callHome();
    await expect(createRelay({ token: "short", callHome })).rejects.toMatchObject({ code: "bad-option" });
    expect((await callHome[Symbol.asyncIterator]().next()).done).toBe(true);
    const first = await lab.relay();
    await expect(createRelay({ token, port: first.port })).rejects.toMatchObject({ code: "address-in-use" });
  });
});

describe("wss", () => {
  it("encrypts what a page and the relay say, the token included", async () => {
    const authority = testAuthority();
    try {
      const { cert, key } = authority.issue({ altNames: "IP:127.0.0.1" });
      const target = await lab.device(echo);
      const relay = await lab.relay({ allow: [target], tls: { cert, key } });
      expect(relay.url).toMatch(/^wss:/);
      const origin = relay.url.replace("wss", "https");
      const page = lab.dial(relay, target, { ca: authority.cert, origin });
      await page.opened;
      page.ws.send(Buffer.from("secret"));
      expect(String(await page.until(6))).toBe("secret");
    } finally {
      authority.remove();
    }
  });
});

describe("close()", () => {
  it("tells every page that the relay stops, lets devices go, and can be called twice", async () => {
    const callHome = await lab.callHome();
    const target = await lab.device(echo);
    const relay = await lab.relay({ allow: [target], callHome });
    const [joined, waiting] = [lab.dial(relay, target), lab.wait(relay)];
    await Promise.all([joined.opened, waiting.opened]);
    joined.ws.send(Buffer.from("x"));
    await joined.until(1);
    await Promise.all([relay.close(), relay.close()]);
    expect(await codeOf(joined)).toBe("stopped");
    expect(await codeOf(waiting)).toBe("stopped");
    const late = new WebSocket(`${relay.url}/wait`);
    await expect(new Promise((_, reject) => late.on("error", reject))).rejects.toThrow(/ECONNREFUSED/);
  });
});

/** Resolves when a number has not changed for 300 ms, or has become what it should. */
async function quiet(look: () => number, end?: number): Promise<void> {
  for (let last = -1, same = 0; same < 6 && look() !== end; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    same = look() === last && end === undefined ? same + 1 : 0;
    last = look();
  }
}

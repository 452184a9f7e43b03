import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { relayErrorOf } from "../src/page.ts";
import { echo, type Page, RelayLab, token } from "./lab.ts";

let lab: RelayLab;
beforeEach(() => {
  lab = new RelayLab();
});
afterEach(() => lab[Symbol.asyncDispose]());

/** Fewer than `maxConnectionsPerAddress`: those beyond are cut without a word, and are no event. */
const FLOOD = 100;

/** RFC 6455 §5.5.1: what a page sends before its mask and the code, and what the relay answers. */
const CLOSE_FRAME_HEAD = [0x88, 0x82];
const CLOSE_FRAME = Buffer.from([0x88, 0x02, 0x03, 0xe8]);

const codeOf = async ({ closed }: Page): Promise<string | undefined> => {
  const { code, reason } = await closed;
  return relayErrorOf(code, reason)?.code;
};

describe("a page that waits", () => {
  it("is not given a device once it has begun to close", async () => {
    const callHome = await lab.callHome();
    const relay = await lab.relay({ callHome });
    // It says goodbye, and does not end its connection.
    const leaving = connect({ host: "127.0.0.1", port: relay.port, allowHalfOpen: true });
    leaving.on("error", () => {});
    leaving.write(
      `GET /wait HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: binary, netconf-relay-token.${token}\r\nSec-WebSocket-Key: ${"A".repeat(22)}==\r\n\r\n`,
    );
    await lab.event("waiting");
    const answer = new Promise<void>((resolve) =>
      leaving.on("data", (data: Buffer) => void (data.includes(CLOSE_FRAME) && resolve())),
    );
    leaving.write(Buffer.from([...CLOSE_FRAME_HEAD, 0, 0, 0, 0, 0x03, 0xe8]));
    await answer;
    const staying = lab.wait(relay);
    await staying.opened;
    (await lab.call(callHome.port)).write("SSH-2.0-device\r\n");
    await staying.until(16);
    leaving.destroy();
  });

  it("is ended when it says more than is kept before a device has called, and its place is free again", async () => {
    const callHome = await lab.callHome();
    const relay = await lab.relay({ callHome, limits: { maxQueued: 1000, maxSockets: 1 } });
    const talker = lab.wait(relay);
    await talker.opened;
    talker.ws.send(Buffer.alloc(999));
    talker.ws.send(Buffer.alloc(1));
    expect(await codeOf(talker)).toBe("message-too-big");
    expect(await lab.event("left")).toMatchObject({ error: { code: "message-too-big" } });
    const next = lab.wait(relay);
    await next.opened;
    (await lab.call(callHome.port)).write("SSH-2.0-device\r\n");
    await next.until(16);
  });
});

describe("a flood of strangers", () => {
  it("is two events for each reason, the second with their number, and no trouble for a session that stands", async () => {
    const target = await lab.device(echo);
    const relay = await lab.relay({ allow: [target] });
    const page = lab.dial(relay, target);
    await page.opened;
    const strangers = Array.from({ length: FLOOD }, (_, count) =>
      count % 2 === 0
        ? lab.dial(relay, target, { token: "a-token-of-24-character5" })
        : lab.dial(relay, "127.0.0.1:22"),
    );
    await Promise.all(strangers.map(({ closed }) => closed));
    page.ws.send(Buffer.from("still here"));
    expect(String(await page.until(10))).toBe("still here");
    expect(lab.events.filter(({ kind }) => kind === "refused")).toHaveLength(2);
    await relay.close();
    const refused = lab.events.flatMap((event) => (event.kind === "refused" ? [event] : []));
    expect(refused.map(({ error, count }) => [error.code, count])).toEqual([
      ["token-refused", undefined],
      ["target-refused", undefined],
      ["token-refused", FLOOD / 2 - 1],
      ["target-refused", FLOOD / 2 - 1],
    ]);
  });
});

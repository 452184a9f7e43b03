import { type DuplexSocket, type Listener, memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { acceptCallHome, type CallHomeEvent, type CallHomeOptions, type Secure } from "../src/mod.ts";

/** A listener with connections from one address, as many as a test wants. */
function listenerOf(count: number, remote: string): { readonly listener: Listener; readonly far: DuplexSocket[] } {
  const far: DuplexSocket[] = [];
  const listener: Listener = {
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
    [Symbol.asyncIterator]: async function* (): AsyncGenerator<DuplexSocket, void, undefined> {
      for (let i = 0; i < count; i++) {
        const [near, other] = memoryPair();
        far.push(other);
        yield Object.assign(near, { remote });
      }
    },
  };
  return { listener, far };
}

const never: Secure = (_socket, { signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
const failing: Secure = () => Promise.reject(new Error("no SSH"));

async function rejections(
  count: number,
  secure: Secure,
  options: Omit<CallHomeOptions, "onEvent">,
): Promise<readonly (CallHomeEvent & { kind: "rejected" })[]> {
  const events: CallHomeEvent[] = [];
  const { listener, far } = listenerOf(count, "192.0.2.1:4000");
  const manager = acceptCallHome(listener, secure, { ...options, onEvent: (event) => void events.push(event) });
  await expect.poll(() => far.length).toBe(count);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const rejected = events.flatMap((event) => (event.kind === "rejected" ? event : []));
  await manager.close();
  return rejected;
}

describe("acceptCallHome() and one address (RFC 8071 §5)", () => {
  it("has at most 128 of its connections on their way to a session, and reports the next one", async () => {
    const rejected = await rejections(129, never, { clock: virtualClock() });
    expect(rejected).toMatchObject([
      { reason: "limit-connecting", remote: "192.0.2.1:4000", error: { code: "limit-connecting" } },
    ]);
    expect(rejected[0]?.error.message).toContain("too many from source");
  });

  it("lets in so many that come to nothing, and the rest at a rate", async () => {
    const admission = { failuresPerSource: { burst: 3, perSecond: 0 } };
    const rejected = await rejections(5, failing, { clock: virtualClock(), admission });
    const reasons = rejected.map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === "secure-failed").length).toBe(3);
    expect(reasons.filter((reason) => reason === "limit-connecting").length).toBe(2);
  });

  it("may be told who calls at all", async () => {
    const rejected = await rejections(2, never, { clock: virtualClock(), admission: { allows: () => false } });
    expect(rejected.map(({ error }) => error.message)).toEqual(
      new Array(2).fill("the connection was closed on arrival: not allowed"),
    );
  });
});

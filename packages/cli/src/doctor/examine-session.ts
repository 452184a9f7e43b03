import { type ClientSession, type DuplexSocket, getConfig, openClientSession } from "netconf-kit";
import type { SessionSettings } from "../opener.ts";
import type { Examination } from "./examination.ts";
import { judgeCapabilities } from "./judge-capabilities.ts";

/** The layers of NETCONF itself, over a socket that is secured. */
export async function examineSession(
  socket: DuplexSocket,
  examination: Examination,
  settings: SessionSettings,
  signal: AbortSignal,
): Promise<void> {
  let session: ClientSession | undefined;
  session = await openClientSession(socket, {
    ...settings,
    // What is wrong inside a reply shall come to light here.
    checkReplies: "at-once",
    onMessage: (direction, message) => {
      settings.onMessage?.(direction, message);
      if (direction === "received" && session !== undefined)
        examination.pass("framing", session.version === "1.1" ? "chunked" : "end-of-message");
    },
    signal,
  });
  const { sessionId, version, capabilities } = session;
  examination.pass("hello", `session ${sessionId}, NETCONF ${version}, ${capabilities.size} capabilities`);
  try {
    // RFC 6241 §6.4.2: an empty filter selects nothing, so that any device answers with little.
    const reply = await session.rpc(getConfig("running", { filter: { subtree: [] } }), { signal });
    const answer = reply.ok ? `${reply.body.bytes.length} bytes` : `rpc-error ${reply.errors[0]?.tag ?? ""}`.trimEnd();
    examination.pass("reply", `${answer} in answer to an empty filter`);
  } catch (error) {
    // Whoever does not answer this will not answer a farewell.
    session.abort(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
  const { detail, advice } = judgeCapabilities(capabilities);
  examination.pass("capability", detail, advice);
  await session.close();
}

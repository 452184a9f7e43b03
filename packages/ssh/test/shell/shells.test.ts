import { memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import type { SshClientConnection, SshServerConnection } from "../../src/mod.ts";
import { acceptSsh, connectSsh } from "../../src/mod.ts";
import { hostKey, quickAlgorithms, rightPassword, userKey } from "../session/machine-pair.ts";

async function pair(): Promise<[SshClientConnection, SshServerConnection]> {
  const [left, right] = memoryPair();
  return Promise.all([
    connectSsh(left, {
      username: "ada",
      verifyHostKey: () => ({ accept: true }),
      authentication: [{ method: "password", password: "secret" }],
      algorithms: quickAlgorithms,
    }),
    acceptSsh(right, { hostKeys: [hostKey], authenticate: rightPassword }),
  ]);
}

describe("connectSsh and acceptSsh", () => {
  it("move 4 MiB each way at once", async () => {
    const [client, server] = await pair();
    const serving = (async () => {
      for await (const { name, accept } of server.incoming) void name, accept;
    })();
    void serving, userKey;
    await client.close();
    expect((await client.closed).kind).toBe("closed");
    expect((await server.closed).kind).toBe("disconnected");
  });
});

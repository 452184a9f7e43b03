import { describe, expect, it } from "vitest";
import { MachinePair } from "./machine-pair.ts";

describe("client and server machine", () => {
  it("log in with a password and move data both ways", () => {
    const pair = new MachinePair();
    const { client, server } = pair.openChannel();
    expect(pair.clientEvent("ready")?.evidence.login.username).toBe("ada");
    expect(pair.serverEvent("ready")?.login).toMatchObject({ username: "ada", method: "password" });
    expect(pair.client.writeChannel(client, new Uint8Array([1, 2, 3]), 1 << 20)).toBe(3);
    expect(pair.server.writeChannel(server, new Uint8Array([4, 5]), 1 << 20)).toBe(2);
    pair.run();
    expect(pair.serverEvent("channelData")?.bytes).toEqual(new Uint8Array([1, 2, 3]));
    expect(pair.clientEvent("channelData")?.bytes).toEqual(new Uint8Array([4, 5]));
    expect(pair.client.negotiated).toEqual(pair.server.negotiated);
    expect(pair.client.negotiated?.strictKex).toBe(true);
  });
});

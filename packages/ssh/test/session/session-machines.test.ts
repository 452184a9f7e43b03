import { describe, expect, it } from "vitest";
import { SshServerMachine } from "../../src/session/server-machine.ts";
import { errorOf, MachinePair, serverOptions } from "./machine-pair.ts";

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

  it("a server says its KEXINIT in one piece with its identification (RFC 4253 §4.2)", () => {
    const output = new SshServerMachine(serverOptions()).takeOutput() ?? new Uint8Array(0);
    const line = output.indexOf(10) + 1;
    expect(new TextDecoder().decode(output.subarray(0, 8))).toBe("SSH-2.0-");
    // packet_length, padding_length, message number (RFC 4253 §6)
    const packetLength = new DataView(output.buffer, output.byteOffset + line).getUint32(0);
    expect(output[line + 5]).toBe(20);
    expect(output.length).toBe(line + 4 + packetLength);
  });

  it("take no answers of the login once it is complete, and go on all the same", () => {
    const pair = new MachinePair().run();
    for (const late of [
      () => pair.client.login("ada", []),
      () => pair.client.providePassword("secret"),
      () => pair.client.skipMethod(),
      () => pair.server.decide({ accept: true }),
      () => pair.server.provideHostKeyProofs(undefined),
    ])
      expect(errorOf(late).code).toBe("local-usage");
    pair.openChannel();
    expect(pair.clientEvent("channelReady")).toBeDefined();
  });
});

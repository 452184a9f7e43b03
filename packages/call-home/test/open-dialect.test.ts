import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { AddressList } from "../src/address-list.ts";
import { openDialect } from "../src/open-dialect.ts";
import { hmacSha1, preambleLines } from "./support/outbound-ssh-preamble.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const PREAMBLE = `${preambleLines("mx-7", "s3cret").join("\r\n")}\r\n`;
const outboundSsh = { secretOf: () => "s3cret", hmacSha1 };
const V1 = "PROXY TCP6 2001:db8::7 2001:db8::1 51000 4334\r\n";

/** A connection from an address; what the device sends arrives in pieces of so many bytes. */
function connection(
  remote: string,
  maxReadBytes = 5,
): { readonly accepted: DuplexSocket; readonly device: DuplexSocket } {
  const [manager, device] = memoryPair({ maxReadBytes });
  return { accepted: withRemote(manager, remote), device };
}

function withRemote(socket: DuplexSocket, remote: string): DuplexSocket {
  return new Proxy(socket, {
    get: (target, name) => {
      if (name === "remote") return remote;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function readAll(socket: DuplexSocket): Promise<string> {
  let all = "";
  for (let chunk = await socket.read(); chunk !== undefined; chunk = await socket.read())
    all += new TextDecoder().decode(chunk);
  return all;
}

describe("openDialect", () => {
  it("RFC 8071 §3.1: passes plain SSH on, with all its bytes, and writes nothing", async () => {
    const { accepted, device } = connection("192.0.2.9:1");
    await device.write(text("SSH-2.0-device\r\nmore"));
    await device.closeWrite();
    const opened = await openDialect(accepted, { transport: "ssh" });
    expect(opened).toMatchObject({ source: "192.0.2.9:1", proxy: undefined, preamble: undefined });
    expect(opened.socket.remote).toBe("192.0.2.9:1");
    expect(await readAll(opened.socket)).toBe("SSH-2.0-device\r\nmore");
    await opened.socket.write(text("SSH-2.0-manager\r\n"));
    expect(new TextDecoder().decode(await device.read())).toBe("SSH-2"); // in pieces of 5
    await opened.socket.closeWrite();
    await opened.socket.close();
    await expect(opened.socket.closed).resolves.toBeUndefined();
  });

  it("takes a balancer's header and a Junos preamble, and names the device's own address", async () => {
    const { accepted, device } = connection("10.0.0.5:40000", 1);
    await device.write(text(`${V1}${PREAMBLE}SSH-2.0-junos\r\n`));
    await device.closeWrite();
    const opened = await openDialect(accepted, {
      transport: "ssh",
      balancers: new AddressList(["10.0.0.0/24"]),
      outboundSsh,
    });
    expect(opened).toMatchObject({ source: "[2001:db8::7]:51000", preamble: { deviceId: "mx-7", proved: true } });
    expect(opened.socket.remote).toBe("[2001:db8::7]:51000");
    expect(await readAll(opened.socket)).toBe("SSH-2.0-junos\r\n");
  });

  it("leaves a TLS connection alone, but for a balancer's header", async () => {
    const silent = connection("192.0.2.9:1");
    expect((await openDialect(silent.accepted, { transport: "tls" })).socket).toBe(silent.accepted);
    const balanced = connection("10.0.0.5:1");
    await balanced.device.write(text(V1));
    const opened = await openDialect(balanced.accepted, { transport: "tls", balancers: new AddressList(["10.0.0.5"]) });
    expect(opened.source).toBe("[2001:db8::7]:51000");
    await balanced.device.write(text("x"));
    expect(await opened.socket.read()).toEqual(text("x"));
  });

  it.each([
    ["a header from anybody", "192.0.2.9:1", V1, "proxy-header-unexpected"],
    ["no header from a balancer", "10.0.0.5:1", "SSH-2.0-x\r\n", "proxy-header-missing"],
    ["HTTP", "192.0.2.9:1", "GET / HTTP/1.1\r\n\r\n", "http-instead"],
    ["an end", "192.0.2.9:1", "SS", "closed-in-preamble"],
  ])("refuses %s", async (_, remote, sent, code) => {
    const { accepted, device } = connection(remote);
    await device.write(text(sent));
    await device.closeWrite();
    await expect(
      openDialect(accepted, { transport: "ssh", balancers: new AddressList(["10.0.0.5"]) }),
    ).rejects.toMatchObject({ code });
  });

  it("refuses outbound-ssh where it is not wanted, and with a wrong secret", async () => {
    for (const [options, code] of [
      [{}, "outbound-ssh-disabled"],
      [{ outboundSsh: { ...outboundSsh, secretOf: () => "other" } }, "outbound-ssh-wrong-hmac"],
    ] as const) {
      const { accepted, device } = connection("192.0.2.9:1");
      await device.write(text(`${PREAMBLE}SSH-2.0-junos\r\n`));
      await expect(openDialect(accepted, { transport: "ssh", ...options })).rejects.toMatchObject({
        code,
        fault: "peer",
      });
    }
  });

  it("gives up a silent peer when asked to, and closes the socket", async () => {
    const { accepted, device } = connection("192.0.2.9:1");
    const giveUp = new AbortController();
    const opening = openDialect(accepted, { transport: "ssh", signal: giveUp.signal });
    const reason = new Error("no first byte in time");
    giveUp.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await expect(device.read()).rejects.toMatchObject({ code: "reset" });
    await expect(openDialect(accepted, { transport: "ssh", signal: giveUp.signal })).rejects.toBe(reason);
  });
});

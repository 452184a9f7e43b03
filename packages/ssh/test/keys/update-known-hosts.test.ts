import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { requirePeer } from "../../../../test/interop/peers/peers.ts";
import { parseKnownHosts } from "../../src/keys/known-hosts.ts";
import { formatHashedKnownHostsLine } from "../../src/keys/known-hosts-line.ts";
import { generateKey } from "../../src/keys/private-key.ts";
import { formatPublicKey } from "../../src/keys/public-key.ts";
import { updateKnownHosts } from "../../src/keys/update-known-hosts.ts";
import { codeOf } from "./fixtures.ts";
import { keyFolder } from "./tools.ts";

const keyOf = (byte: number) => generateKey("ssh-ed25519", (length) => new Uint8Array(length).fill(byte));
const [one, two] = [keyOf(1), keyOf(2)];
const [first, second] = [one, two].map(formatPublicKey);
const random = (length: number) => Uint8Array.from({ length }, (_, i) => i + 1);
const host = "router.example";
const add = (text: string, name = host, port = 22, key = one) =>
  updateKnownHosts(text, { change: "add", host: name, port, publicBlob: key.publicBlob });
const remove = (text: string, name = host, port = 22) => updateKnownHosts(text, { change: "remove", host: name, port });

describe("updateKnownHosts", () => {
  it("adds a line behind all others, with the line end of the file", () => {
    expect(add("")).toBe(`${host} ${first}\n`);
    expect(add("# mine\n")).toBe(`# mine\n${host} ${first}\n`);
    expect(add("# no line end")).toBe(`# no line end\n${host} ${first}\n`);
    expect(add("# dos\r\n\r\n", host, 830)).toBe(`# dos\r\n\r\n[${host}]:830 ${first}\r\n`);
  });

  it("adds nothing that is there already, hashed or in a list or under a wildcard", () => {
    const hashed = formatHashedKnownHostsLine(host, 22, one.publicBlob, { random });
    for (const text of [`${host} ${first}`, `a,${host} ${first} note\n`, `*.example ${first}`, `${hashed}\r\n`])
      expect(add(text)).toBe(text);
    // Another key, another port or a marker is something else.
    for (const text of [`${host} ${second}\n`, `[${host}]:830 ${first}\n`, `@cert-authority ${host} ${first}\n`])
      expect(add(text)).toBe(`${text}${host} ${first}\n`);
  });

  it("writes hashed names that only who knows them finds", () => {
    const text = updateKnownHosts("", { change: "add", host, port: 830, publicBlob: one.publicBlob, hashWith: random });
    expect(text).toMatch(/^\|1\|[A-Za-z0-9+/=]{28}\|[A-Za-z0-9+/=]{28} ssh-ed25519 \S+\n$/);
    expect(text).not.toContain("router");
    const status = (port: number) => parseKnownHosts(text).lookup(host, port, one.publicBlob).status;
    expect([status(830), status(22)]).toEqual(["match", "unknown"]);
  });

  it("takes a host off its lines and out of lists, and leaves every other byte", () => {
    const hashed = formatHashedKnownHostsLine(host, 22, one.publicBlob, { random });
    const text = [
      `\t ${host}\t${first}  two  blanks \r\n`,
      `a,${host.toUpperCase()},b ${second} c\n`,
      `${host},!x ${first}\n`,
      `${hashed}\n`,
      "# router.example\n",
      `[${host}]:830 ${first}\n`,
      `*.example ${first}\n`,
      `@revoked ${host} ${first}\n`,
      "router.example unreadable\n",
      `${host} ${first}`,
    ].join("");
    expect(remove(text)).toBe(
      [
        `a,b ${second} c\n`,
        "# router.example\n",
        `[${host}]:830 ${first}\n`,
        `*.example ${first}\n`,
        `@revoked ${host} ${first}\n`,
        "router.example unreadable\n",
      ].join(""),
    );
    const only = updateKnownHosts(text, { change: "remove", host, port: 22, publicBlob: two.publicBlob });
    expect(only).toBe(text.replace(`,${host.toUpperCase()}`, ""));
  });

  it("refuses names that would be something else in the file", () => {
    for (const bad of ["", "a b", "a,b", "*", "!a", "a\nb", "#a", "@revoked", "|1|x"])
      expect(codeOf(() => add("", bad))).toBe("local-usage");
  });

  it("keeps any other text as it is: adding appends, and removing what was added restores", () => {
    const part = fc.constantFrom("# c", " ", "\n", "\r\n", "other", `other ${first}`, "@revoked x", "|1|", "\t", "\0");
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = `${parts.join("")}\n`;
        const after = add(text);
        expect(after.startsWith(text)).toBe(true);
        expect(remove(after)).toBe(text);
        expect(remove(text)).toBe(text);
      }),
    );
  });
});

describe.runIf(requirePeer("openssh"))("ssh-keygen -F and -H", () => {
  const folder = keyFolder();
  afterAll(() => folder.remove());

  it("finds the hosts in hashed lines of ours, and we find them in its lines", () => {
    const text = updateKnownHosts("", { change: "add", host, port: 830, publicBlob: one.publicBlob, hashWith: random });
    folder.write("known_hosts", text);
    expect(folder.run("ssh-keygen", "-F", `[${host}]:830`, "-f", "known_hosts")).toContain("found: line 1");
    expect(folder.try("ssh-keygen", "-F", host, "-f", "known_hosts").ok).toBe(false);
    folder.write("known_hosts", add(`[${host}]:830 ${second}\n`));
    folder.run("ssh-keygen", "-q", "-H", "-f", "known_hosts");
    const hashed = folder.read("known_hosts");
    expect(hashed).not.toContain("router");
    expect(parseKnownHosts(hashed).lookup(host, 22, one.publicBlob).status).toBe("match");
    expect(parseKnownHosts(hashed).lookup(host, 830, two.publicBlob).status).toBe("match");
    expect(remove(remove(hashed), host, 830)).toBe("");
  });
});

import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../../test/support/corpus.ts";
import { parseKnownHosts } from "../../src/keys/known-hosts.ts";
import { formatKnownHostsLine } from "../../src/keys/known-hosts-line.ts";
import { parsePublicKey } from "../../src/keys/parse-public-key.ts";
import { generateKey } from "../../src/keys/private-key.ts";
import { formatPublicKey } from "../../src/keys/public-key.ts";
import { codeOf, fixtures } from "./fixtures.ts";

const keyOf = (byte: number) => generateKey("ssh-ed25519", (length) => new Uint8Array(length).fill(byte));
const [one, two] = [keyOf(1), keyOf(2)];
const ecdsa = generateKey("ecdsa-sha2-nistp256", (length) => new Uint8Array(length).fill(3));
const [first, second, third] = [one, two, ecdsa].map(formatPublicKey);

describe("known_hosts", () => {
  const status = (text: string, host: string, port = 22, key = one) =>
    parseKnownHosts(text).lookup(host, port, key.publicBlob).status;

  it("knows a host by its key, whatever the case of its name", () => {
    expect(status(`router.example ${first}`, "Router.Example")).toBe("match");
    expect(status(`ROUTER.example ${first} comment here`, "router.example")).toBe("match");
    expect(status(`router.example ${first}`, "router.example", 22, two)).toBe("mismatch");
    expect(status(`router.example ${first}`, "other.example")).toBe("unknown");
  });

  it("takes a key of another type for a mismatch too", () => {
    expect(status(`router.example ${third}`, "router.example")).toBe("mismatch");
    const both = parseKnownHosts(`router.example ${third}\nrouter.example ${first}`);
    expect(both.lookup("router.example", 22, one.publicBlob).status).toBe("match");
    expect(both.keyTypesFor("router.example", 22)).toEqual(["ecdsa-sha2-nistp256", "ssh-ed25519"]);
  });

  it("keeps ports apart: a plain name is port 22, others are [host]:port", () => {
    expect(status(`[router.example]:830 ${first}`, "router.example", 830)).toBe("match");
    expect(status(`[router.example]:830 ${first}`, "router.example")).toBe("unknown");
    expect(status(`router.example ${first}`, "router.example", 830)).toBe("unknown");
    expect(status(`[2001:db8::1]:830 ${first}`, "2001:DB8::1", 830)).toBe("match");
  });

  it("matches lists, wildcards and negations", () => {
    const cases: readonly [string, string, number, boolean][] = [
      ["a,b", "b", 22, true],
      ["*.example", "x.example", 22, true],
      ["*.example", "example", 22, false],
      ["h?st", "host", 22, true],
      ["h?st", "hst", 22, false],
      ["*.example,!bad.example", "bad.example", 22, false],
      ["!bad.example,*.example", "bad.example", 22, false],
      ["!bad.example", "good.example", 22, false],
      ["[*.example]:830", "x.example", 830, true],
      ["*", "anything", 22, true],
      ["10.0.*", "10.0.3.4", 22, true],
      ["a*b*c", "axxbyyc", 22, true],
      ["a*b*c", "axxbyy", 22, false],
      ["", "", 22, false],
    ];
    for (const [hosts, host, port, matches] of cases)
      expect([hosts, status(`${hosts} ${first}`, host, port)]).toEqual([hosts, matches ? "match" : "unknown"]);
  });

  it("takes linear patience for a hostile pattern", () => {
    const pattern = `${"*a".repeat(500)}b`;
    expect(status(`${pattern} ${first}`, "a".repeat(2000))).toBe("unknown");
  });

  it("finds hashed names, with their port", () => {
    // Made with ssh-keygen -H of "router.example" and "[router.example]:830", with a fixed salt.
    const hash = (name: string) => hashedHost(name);
    expect(status(`${hash("router.example")} ${first}`, "router.example")).toBe("match");
    expect(status(`${hash("[router.example]:830")} ${first}`, "ROUTER.example", 830)).toBe("match");
    expect(status(`${hash("router.example")} ${first}`, "router.example", 830)).toBe("unknown");
  });

  it("lets a revocation win, wherever it stands and however the host is covered", () => {
    for (const text of [
      `@revoked * ${first}\nrouter.example ${first}`,
      `router.example ${first}\n@revoked router.example ${first}`,
      `@revoked router.example ${first}`,
    ])
      expect(status(text, "router.example")).toBe("revoked");
    expect(status(`@revoked * ${second}\nrouter.example ${first}`, "router.example")).toBe("match");
  });

  it("keeps certificate authorities and trusts no plain key because of them", () => {
    const hosts = parseKnownHosts(`@cert-authority *.example ${first}`);
    expect(hosts.lookup("router.example", 22, one.publicBlob).status).toBe("unknown");
    expect(hosts.entriesFor("router.example", 22).map((entry) => entry.marker)).toEqual(["@cert-authority"]);
  });

  it("separates by space and tab only", () => {
    expect(status(` \trouter.example\t ${first?.replace(" ", " \t ")}\t \r`, "router.example")).toBe("match");
    for (const text of [`router.example\u00a0${first}`, `router.example\v${first}`, `router.example\f${first}`])
      expect(status(text, "router.example")).toBe("unknown");
  });

  it("uses no line it cannot read, and says which", () => {
    const text = [
      "# comment",
      "",
      `good.example ${first}`,
      "short",
      "host ssh-ed25519 !!!!",
      `host ssh-rsa ${first?.split(" ")[1]}`,
      `@unknown host ${first}`,
      `@cert-authority @revoked host ${first}`,
      `|1|AAAA|AAAA ${first}`,
      `|2|AAAA|AAAA ${first}`,
      "host 1024 35 1234567890",
    ].join("\n");
    const hosts = parseKnownHosts(text);
    expect(hosts.entries.map((entry) => entry.line)).toEqual([3]);
    expect(hosts.problems.map((problem) => problem.line)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    expect(hosts.lookup("host", 22, one.publicBlob).status).toBe("unknown");
  });

  it("throws for a broken @revoked line, which must not be lost", () => {
    for (const line of [
      "@revoked",
      "@revoked host",
      "@revoked host ssh-ed25519 AAAA",
      `@revoked @revoked host ${first}`,
    ])
      expect(codeOf(() => parseKnownHosts(line))).toBe("known-hosts-format");
  });

  it("answers garbage with an answer or known-hosts-format", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("@revoked", " ", "\n", "host", "|1|", "*", ",", "!", first!, "\t", "\0")),
        (parts) => {
          expect(["nothing was thrown", "known-hosts-format"]).toContain(
            codeOf(() => parseKnownHosts(parts.join("")).lookup("host", 22, one.publicBlob)),
          );
        },
      ),
    );
  });

  it("reads the lines it writes", () => {
    for (const [host, port] of [
      ["router.example", 22],
      ["Router.example", 830],
      ["2001:db8::1", 22],
      ["2001:db8::1", 4334],
    ] as const)
      expect(status(formatKnownHostsLine(host, port, one.publicBlob, "note"), host, port)).toBe("match");
    for (const bad of ["", "a b", "a,b", "*", "!a", "a\nb", "#a", "@revoked"])
      expect(codeOf(() => formatKnownHostsLine(bad, 22, one.publicBlob))).toBe("local-usage");
  });
});

describe.runIf(corpus() !== undefined)("known_hosts files of the corpus", () => {
  for (const { file, text, expect: expected } of fixtures("known-hosts"))
    it(`${file}: ${expected.entries} entries`, () => {
      const { entries, problems } = parseKnownHosts(text);
      expect(problems).toEqual([]);
      expect(entries.length).toBe(expected.entries);
      expect(entries.filter((entry) => entry.marker !== undefined).length).toBe(expected.markers);
    });

  it("match the hosts they name", () => {
    const text = fixtures("known-hosts").find(({ file }) => file.endsWith("examples/known_hosts"))!.text;
    const hosts = parseKnownHosts(text);
    const key = parsePublicKey("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti");
    expect(hosts.lookup("test.example.com", 22, key.publicBlob).status).toBe("match");
    expect(hosts.lookup("cvs.example.net", 22, key.publicBlob).status).toBe("mismatch");
    expect(hosts.lookup("test.example.net", 22, key.publicBlob).status).toBe("unknown");
    expect(hosts.lookup("x.example.net", 999, key.publicBlob).status).toBe("mismatch");
  });
});

function hashedHost(name: string): string {
  const salt = Buffer.alloc(20, 0x5a);
  const hash = createHmac("sha1", salt).update(name).digest();
  return `|1|${salt.toString("base64")}|${hash.toString("base64")}`;
}

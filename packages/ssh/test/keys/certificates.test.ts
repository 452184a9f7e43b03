import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirePeer } from "../../../../test/interop/peers/peers.ts";
import { corpus } from "../../../../test/support/corpus.ts";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { sshEd25519 } from "../../src/algorithms/signatures/ed25519.ts";
import { rsaSha256, rsaSha512 } from "../../src/algorithms/signatures/rsa.ts";
import { parseAuthorizedKeys } from "../../src/keys/authorized-keys.ts";
import { type Certificate, certificateOf, parseCertificate } from "../../src/keys/certificate.ts";
import { certificateAlgorithm, certifiedSigner } from "../../src/keys/certificate-algorithm.ts";
import { checkKnownHost } from "../../src/keys/check-known-host.ts";
import { fingerprintSha256 } from "../../src/keys/fingerprint.ts";
import { parseKnownHosts } from "../../src/keys/known-hosts.ts";
import { parsePrivateKey } from "../../src/keys/parse-private-key.ts";
import { parsePublicKey } from "../../src/keys/parse-public-key.ts";
import { updateKnownHosts } from "../../src/keys/update-known-hosts.ts";
import { checkAuthorizedCertificate, checkUserCertificate } from "../../src/keys/user-certificate.ts";
import { type CertificateChecks, oneOfKeys, verifyCertificate } from "../../src/keys/verify-certificate.ts";
import { codeOf, fixtures } from "./fixtures.ts";
import { keyFolder } from "./tools.ts";

const now = 1_800_000_000;

describe.runIf(requirePeer("openssh"))("certificates of ssh-keygen", () => {
  const folder = keyFolder();
  afterAll(() => folder.remove());
  const certificate = (name: string): Certificate =>
    parseCertificate(parsePublicKey(folder.read(`${name}-cert.pub`)).publicBlob);
  const key = (name: string) => parsePublicKey(folder.read(`${name}.pub`));
  const sign = (name: string, authority: string, ...args: readonly string[]): Certificate => {
    folder.run("ssh-keygen", "-q", "-s", authority, "-I", "key id", "-V", "always:forever", ...args, `${name}.pub`);
    return certificate(name);
  };
  const codeFor = (shown: Certificate, checks: Partial<CertificateChecks> = {}): string => {
    const verdict = verifyCertificate(shown, {
      ...{ kind: "user", principal: "admin", now, isAuthority: oneOfKeys([key("ca")]) },
      ...checks,
    });
    return verdict.valid ? "valid" : verdict.code;
  };

  const types = [
    ["ed25519", "256"],
    ["ecdsa", "256"],
    ["ecdsa", "384"],
    ["ecdsa", "521"],
    ["rsa", "2048"],
  ] as const;

  beforeAll(() => {
    for (const [type, bits] of types)
      folder.run("ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-f", `${type}${bits}`, "-C", "me");
    for (const name of ["ca", "other-ca"]) folder.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name);
  });

  it("are valid for each kind of key under each kind of authority", () => {
    for (const [type, bits] of types)
      for (const [caType, caBits] of types) {
        const [name, authority] = [`${type}${bits}`, `${caType}${caBits}`];
        const shown = sign(name, authority, "-n", "admin", "-z", "7");
        expect([name, authority, codeFor(shown, { isAuthority: oneOfKeys([key(authority)]) })]).toEqual([
          name,
          authority,
          "valid",
        ]);
        expect(shown).toMatchObject({ kind: "user", keyId: "key id", serial: 7n, principals: ["admin"] });
        expect(shown.publicBlob).toEqual(key(name).publicBlob);
        expect([...shown.extensions.keys()]).toContain("permit-pty");
      }
  });

  it("count only under an authority that is trusted", () => {
    const shown = sign("ed25519256", "other-ca", "-n", "admin");
    expect(codeFor(shown)).toBe("untrusted-authority");
    // What an untyped caller may answer is no yes.
    expect(codeFor(shown, { isAuthority: (() => "yes") as unknown as () => boolean })).toBe("untrusted-authority");
    // The certified key is not its own authority.
    expect(codeFor(shown, { isAuthority: oneOfKeys([key("ed25519256")]) })).toBe("untrusted-authority");
  });

  it("are for users or for hosts, and never for the other", () => {
    const user = sign("ed25519256", "ca", "-n", "admin");
    const host = sign("ed25519256", "ca", "-h", "-n", "admin");
    expect([codeFor(user), codeFor(user, { kind: "host" })]).toEqual(["valid", "wrong-kind"]);
    expect([codeFor(host), codeFor(host, { kind: "host" })]).toEqual(["wrong-kind", "valid"]);
  });

  it("match principals whole: no list, no part, no wildcard, no other case", () => {
    const shown = sign("ed25519256", "ca", "-n", "admin,operator");
    for (const principal of ["admin", "operator"]) expect(codeFor(shown, { principal })).toBe("valid");
    for (const principal of ["admin,operator", "adm", "admin ", "Admin", "*", "", "root"])
      expect(codeFor(shown, { principal })).toBe("wrong-principal");
    expect(codeFor(sign("ed25519256", "ca", "-n", "*"), { principal: "admin" })).toBe("wrong-principal");
  });

  it("without principals are valid for nobody", () => {
    const shown = sign("ed25519256", "ca");
    expect(shown.principals).toEqual([]);
    for (const principal of ["admin", ""]) expect(codeFor(shown, { principal })).toBe("wrong-principal");
  });

  it("are valid from their first second to the one before their last", () => {
    const shown = sign("ed25519256", "ca", "-n", "admin", "-V", "20300101000000:20300102000000");
    const [after, before] = [Number(shown.validAfter), Number(shown.validBefore)];
    expect(before - after).toBe(86_400);
    expect([after - 1, after, before - 1, before].map((time) => codeFor(shown, { now: time }))).toEqual([
      ...["not-yet-valid", "valid", "valid", "expired"],
    ]);
    for (const time of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1])
      expect(codeFor(shown, { now: time })).toBe("not-yet-valid");
  });

  it("are refused for every critical option that nobody enforces", () => {
    const forced = sign(
      "ed25519256",
      "ca",
      "-n",
      "admin",
      "-O",
      "force-command=netconf -x",
      "-O",
      "source-address=10.0.0.0/8,::1",
    );
    expect(codeFor(forced)).toBe("critical-option");
    expect(codeFor(forced, { enforced: ["force-command"] })).toBe("critical-option");
    const checks: CertificateChecks = {
      ...{ kind: "user", principal: "admin", now, isAuthority: oneOfKeys([key("ca")]) },
      enforced: ["force-command", "source-address"],
    };
    expect(verifyCertificate(forced, checks)).toMatchObject({
      ...{ valid: true, forceCommand: "netconf -x", sourceAddresses: ["10.0.0.0/8", "::1"] },
    });
    const unknown = sign("ed25519256", "ca", "-n", "admin", "-O", "critical:who@knows=x");
    expect(codeFor(unknown, { enforced: ["force-command", "source-address"] })).toBe("critical-option");
    expect(codeFor(sign("ed25519256", "ca", "-n", "admin", "-O", "verify-required"))).toBe("critical-option");
    // An unknown extension is a permission that is not used.
    expect(codeFor(sign("ed25519256", "ca", "-n", "admin", "-O", "extension:who@knows=x"))).toBe("valid");
    const plain = verifyCertificate(sign("ed25519256", "ca", "-n", "admin"), checks);
    expect(plain).toMatchObject({ valid: true, forceCommand: undefined, sourceAddresses: undefined });
  });

  it("are refused when revoked, by key or by authority", () => {
    const shown = sign("ed25519256", "ca", "-n", "admin");
    for (const name of ["ca", "ed25519256"])
      expect(codeFor(shown, { isRevoked: oneOfKeys([key(name)]) })).toBe("revoked");
    expect(codeFor(shown, { isRevoked: oneOfKeys([key("other-ca")]) })).toBe("valid");
  });

  it("are refused with a signature algorithm that is not on the list, SHA-1 above all", () => {
    const sha1 = sign("ed25519256", "rsa2048", "-n", "admin", "-t", "ssh-rsa");
    const isAuthority = oneOfKeys([key("rsa2048")]);
    expect(codeFor(sha1, { isAuthority })).toBe("signature-algorithm");
    const sha256 = sign("ed25519256", "rsa2048", "-n", "admin", "-t", "rsa-sha2-256");
    expect(codeFor(sha256, { isAuthority })).toBe("valid");
    expect(codeFor(sha256, { isAuthority, signatureAlgorithms: [rsaSha512] })).toBe("signature-algorithm");
    expect(codeFor(sha256, { isAuthority, signatureAlgorithms: [rsaSha256] })).toBe("valid");
    expect(codeFor(sha256, { isAuthority, signatureAlgorithms: [] })).toBe("signature-algorithm");
    expect(
      codeFor(sign("ed25519256", "ecdsa384", "-n", "admin"), {
        isAuthority: oneOfKeys([key("ecdsa384")]),
        signatureAlgorithms: [sshEd25519, rsaSha512],
      }),
    ).toBe("signature-algorithm");
  });

  it("are refused with any byte changed", () => {
    const { blob } = sign("ed25519256", "ca", "-n", "admin");
    for (let at = 0; at < blob.length; at++) {
      const changed = blob.slice();
      changed[at]! ^= 1;
      const shown = certificateOf(changed);
      expect([at, shown === undefined ? "malformed" : codeFor(shown)]).not.toEqual([at, "valid"]);
      const verdict = checkUserCertificate(changed, { username: "admin", authorities: [key("ca")], now });
      expect([at, verdict.valid]).toEqual([at, false]);
    }
    for (let length = 0; length < blob.length; length++)
      expect(
        checkUserCertificate(blob.subarray(0, length), { username: "admin", authorities: [key("ca")], now }),
      ).toMatchObject({
        code: "malformed",
      });
  });

  it("are refused when the provider gives anything but true", () => {
    const shown = sign("ed25519256", "ca", "-n", "admin");
    for (const answer of [undefined, null, 1, "true", {}]) {
      const scheme = { ...nobleProvider.signature("ed25519"), verify: () => answer as unknown as boolean };
      expect(codeFor(shown, { provider: { ...nobleProvider, signature: () => scheme } })).toBe("bad-signature");
    }
  });

  it("let a user in as TrustedUserCAKeys and AuthorizedPrincipalsFile would", () => {
    const { blob } = sign("ed25519256", "ca", "-n", "netops");
    const checks = { username: "admin", authorities: [key("other-ca"), key("ca")], now };
    expect(checkUserCertificate(blob, checks)).toMatchObject({ valid: false, code: "wrong-principal" });
    expect(checkUserCertificate(blob, { ...checks, principals: ["root", "netops"] })).toMatchObject({ valid: true });
    expect(checkUserCertificate(blob, { ...checks, principals: [] })).toMatchObject({ valid: false });
    expect(checkUserCertificate(key("ca").publicBlob, checks)).toMatchObject({ code: "malformed" });
    expect(checkUserCertificate(new Uint8Array(0), checks)).toMatchObject({ code: "malformed" });
  });

  it("let a user in by a cert-authority line of authorized_keys, for its principals and no others", () => {
    const { blob } = sign("ed25519256", "ca", "-n", "netops");
    const check = (text: string, username = "admin", enforcedOptions: readonly string[] = []) => {
      const keys = parseAuthorizedKeys(text);
      const verdict = checkAuthorizedCertificate(keys, blob, { username, now, enforcedOptions });
      return verdict.valid ? `line ${verdict.entry?.line}` : verdict.code;
    };
    const authority = folder.read("ca.pub").trim();
    expect(check(`cert-authority ${authority}`, "netops")).toBe("line 1");
    expect(check(`cert-authority ${authority}`)).toBe("wrong-principal");
    expect(check(`cert-authority,principals="root,netops" ${authority}`)).toBe("line 1");
    // The user name does not count beside a list of principals.
    expect(check(`cert-authority,principals="root" ${authority}`, "netops")).toBe("wrong-principal");
    expect(check(`cert-authority,principals="root" ${authority}\ncert-authority ${authority}`, "netops")).toBe(
      "line 2",
    );
    // Without the option it is the plain key of somebody.
    expect(check(authority, "netops")).toBe("untrusted-authority");
    expect(check(`cert-authority ${folder.read("other-ca.pub")}`, "netops")).toBe("untrusted-authority");
    // What an entry demands has to be enforced by somebody.
    expect(check(`cert-authority,from="10.0.0.1" ${authority}`, "netops")).toBe("untrusted-authority");
    expect(check(`cert-authority,from="10.0.0.1" ${authority}`, "netops", ["from"])).toBe("line 1");
  });

  it("make a host known by a @cert-authority line, for the hosts of that line and of the certificate", () => {
    const host = sign("ed25519256", "ca", "-h", "-n", "router.example,192.0.2.1");
    const check = (text: string, name: string, port = 830, shown = host.blob) =>
      checkKnownHost(parseKnownHosts(text), { host: name, port, publicBlob: shown, now });
    const authority = folder.read("ca.pub").trim();
    const line = `@cert-authority [*.example]:830,[192.0.2.*]:830 ${authority}`;
    expect(check(line, "Router.example")).toMatchObject({ trusted: true, certificate: { keyId: "key id" } });
    expect(check(line, "192.0.2.1")).toMatchObject({ trusted: true });
    // Covered by the line and not named in the certificate.
    expect(check(line, "switch.example")).toMatchObject({ trusted: false, certificate: "wrong-principal" });
    // Named in the certificate and not covered by the line.
    expect(check(line, "router.example", 22)).toMatchObject({ trusted: false, status: "unknown" });
    // The plain key, or the key of the authority, is not trusted for it.
    expect(check(line, "router.example", 830, host.publicBlob)).toMatchObject({ trusted: false, status: "unknown" });
    expect(check(line, "router.example", 830, host.authority)).toMatchObject({ trusted: false, status: "unknown" });
    // A user certificate is no host certificate.
    const user = sign("ed25519256", "ca", "-n", "router.example");
    expect(check(line, "router.example", 830, user.blob)).toMatchObject({ trusted: false, certificate: "wrong-kind" });
    // @revoked covers the certified key and the authority.
    for (const revoked of [authority, folder.read("ed25519256.pub").trim()])
      expect(check(`${line}\n@revoked * ${revoked}`, "router.example")).toMatchObject({
        trusted: false,
        status: "revoked",
      });
    // A certificate that does not count is still a key that the file may list; and only the key is ever written.
    const listed = updateKnownHosts("", { change: "add", host: "switch.example", port: 830, publicBlob: host.blob });
    expect(listed).toContain(folder.read("ed25519256.pub").split(" ")[1]);
    expect(check(`${line}\n${listed}`, "switch.example")).toMatchObject({ trusted: true, certificate: undefined });
    expect(check(`${line}\n[switch.example]:830 ${authority}`, "switch.example")).toMatchObject({
      ...{ trusted: false, status: "mismatch", certificate: "wrong-principal" },
    });
    // Under an authority that the file does not know, what counts is the key inside.
    const other = folder.read("other-ca.pub").trim();
    const known = `[router.example]:830 ${folder.read("ed25519256.pub")}`;
    expect(check(`@cert-authority * ${other}\n${known}`, "router.example")).toMatchObject({ trusted: true });
    expect(check(`@cert-authority * ${other}\n[router.example]:830 ${other}`, "router.example")).toMatchObject({
      ...{ trusted: false, status: "mismatch" },
    });
  });

  it("sign as their key does: certifiedSigner and certificateAlgorithm belong together", () => {
    sign("rsa2048", "ca", "-n", "admin");
    const signer = certifiedSigner(parsePrivateKey(folder.read("rsa2048")), folder.read("rsa2048-cert.pub"));
    expect(signer.algorithms).toEqual(["rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com"]);
    const algorithm = certificateAlgorithm(rsaSha512);
    expect([algorithm.name, algorithm.keyType]).toEqual([signer.algorithms[0], "ssh-rsa-cert-v01@openssh.com"]);
    const data = Uint8Array.of(1, 2, 3);
    const signature = signer.sign(data, algorithm.name) as Uint8Array; // a key in memory signs at once
    expect(algorithm.verify(nobleProvider, signer.publicBlob, data, signature)).toBe(true);
    expect(algorithm.verify(nobleProvider, signer.publicBlob, Uint8Array.of(1), signature)).toBe(false);
    expect(algorithm.verify(nobleProvider, key("rsa2048").publicBlob, data, signature)).toBe(false);
    expect(codeOf(() => certifiedSigner(parsePrivateKey(folder.read("ca")), folder.read("rsa2048-cert.pub")))).toBe(
      "key-mismatch",
    );
    expect(codeOf(() => certifiedSigner(parsePrivateKey(folder.read("ca")), folder.read("ca.pub")))).toBe("key-format");
    expect(codeOf(() => signer.sign(data, "rsa-sha2-512"))).toBe("local-usage");
  });

  it("are refused when their authority is a certificate itself, before anything in it is read", () => {
    const shown = sign("ed25519256", "ca", "-n", "admin");
    const at = Buffer.from(shown.blob).lastIndexOf(shown.authority);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(shown.blob.length);
    const nested = Buffer.concat([
      ...[shown.blob.subarray(0, at - 4), length, shown.blob, shown.blob.subarray(at + shown.authority.length)],
    ]);
    expect(codeOf(() => parseCertificate(nested))).toBe("malformed-message");
    expect(codeOf(() => parseCertificate(nested, "key-format"))).toBe("key-format");
  });
});

describe.runIf(corpus() !== undefined)("certificates of the corpus", () => {
  const all = fixtures("ssh-certificate");
  /** Types that this package does not know: security keys, DSA, ML-DSA. */
  const unsupported = /sk-cert|id_sk_|test_dsa|mldsa/;

  it("are read as ssh-keygen reads them, and their signatures are right", () => {
    const outcomes = new Map<string, number>();
    for (const { file, text, expect: expected } of all) {
      const { publicBlob } = parsePublicKey(text);
      const shown = certificateOf(publicBlob);
      const checks = {
        principal: shown?.principals[0] ?? "",
        now: Number(shown?.validAfter ?? 0n),
        isAuthority: () => true,
      };
      const verdict =
        shown === undefined
          ? undefined
          : verifyCertificate(shown, { ...checks, kind: shown.kind, enforced: ["force-command", "source-address"] });
      const outcome = verdict === undefined ? "unsupported" : verdict.valid ? "valid" : verdict.code;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect([file, outcome === "unsupported"]).toEqual([file, unsupported.test(file)]);
      if (shown === undefined || expected.ssh_keygen_ok !== true) continue;
      const names = expected.principals?.filter((name) => name !== "(none)");
      expect([file, `${shown.type} ${shown.kind}`, String(shown.serial), shown.keyId, shown.principals]).toEqual([
        ...[file, expected.cert_type, expected.serial, expected.key_id, names],
      ]);
      expect(expected.signing_ca).toContain(fingerprintSha256(shown.authority));
    }
    // One is signed wrongly on purpose, one has an unknown option; six are signed with SHA-1, four are for nobody.
    expect(Object.fromEntries(outcomes)).toEqual({
      ...{ valid: 51, unsupported: 5, "bad-signature": 1, "critical-option": 1 },
      ...{ "signature-algorithm": 6, "wrong-principal": 4 },
    });
  });
});

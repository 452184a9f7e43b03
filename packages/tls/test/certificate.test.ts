import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type IssueOptions, type TestAuthority, testAuthority } from "../../../test/support/test-authority.ts";
import {
  type Certificate,
  certificateFingerprint,
  certificateLimits,
  checkValidity,
  identityOf,
  isTlsError,
  publicKeyFingerprint,
  readCertificate,
} from "../src/mod.ts";

let ca: TestAuthority;
beforeAll(() => {
  ca = testAuthority("/O=Example/CN=Test Authority");
});
afterAll(() => ca.remove());

const derOf = (pem: string): Uint8Array => new Uint8Array(new X509Certificate(pem).raw);
const issue = (options: IssueOptions): Certificate => readCertificate(derOf(ca.issue(options).cert));
const malformed = expect.objectContaining({ layer: "tls", code: "certificate-malformed", fault: "peer" });

describe("readCertificate()", () => {
  it("RFC 5280 §4.1: reads what OpenSSL has written", () => {
    const pem = ca.issue({
      subject: "/O=Example/CN=Gerät 7/serialNumber=SN-0007",
      altNames: "DNS:R7.example.net,IP:192.0.2.7,IP:2001:db8::7,email:Ops@Example.net,URI:urn:example:r7",
    }).cert;
    const theirs = new X509Certificate(pem);
    const ours = readCertificate(derOf(pem));
    expect(ours.serialNumber.replace(/^00/, "")).toBe(theirs.serialNumber.toLowerCase());
    expect(ours.notBefore).toBe(Date.parse(theirs.validFrom));
    expect(ours.notAfter).toBe(Date.parse(theirs.validTo));
    expect(ours.issuer).toEqual([
      { type: "2.5.4.10", value: "Example" },
      { type: "2.5.4.3", value: "Test Authority" },
    ]);
    expect(ours.subject.map(({ value }) => value)).toEqual(["Example", "Gerät 7", "SN-0007"]);
    expect(ours.subjectAltNames).toEqual([
      { kind: "dns", value: "R7.example.net" },
      { kind: "ip", value: Uint8Array.of(192, 0, 2, 7) },
      { kind: "ip", value: Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7) },
      { kind: "rfc822", value: "Ops@Example.net" },
      { kind: "uri", value: "urn:example:r7" },
    ]);
    expect(certificateFingerprint(ours)).toBe(`SHA256:${theirs.fingerprint256}`);
    const spki = theirs.publicKey.export({ type: "spki", format: "der" });
    expect(Buffer.from(ours.subjectPublicKeyInfo)).toEqual(spki);
    expect(publicKeyFingerprint(ours)).not.toBe(certificateFingerprint(ours));
  });

  it("gives the names that say which device it is, and the authority that says so", () => {
    const authority = readCertificate(derOf(ca.cert));
    const device = issue({
      subject: "/CN=r7/serialNumber=SN-0007",
      altNames: "DNS:R7.example.net,IP:2001:db8::7,email:a@b",
    });
    expect(identityOf(device, authority)).toMatchObject({
      kind: "x509-certificate",
      names: ["r7.example.net", "2001:db8::7", "r7", "SN-0007"],
      authority: certificateFingerprint(authority),
    });
    expect(identityOf(issue({ subject: "/CN=one/CN=two" }), undefined)).toMatchObject({
      names: [],
      authority: undefined,
    });
  });

  it("CVE-2009-2408: refuses a name with a byte of zero or a space in it", () => {
    const der = derOf(ca.issue({ altNames: "DNS:r7.example.net" }).cert);
    const at = Buffer.from(der).indexOf("r7.example.net");
    for (const byte of [0x00, 0x20, 0x80, 0x0a]) {
      const changed = der.slice();
      changed[at + 2] = byte;
      expect(() => readCertificate(changed)).toThrow(malformed);
    }
  });

  it("refuses whatever is cut off, or followed by anything", () => {
    const der = derOf(ca.cert);
    for (let length = 0; length < der.length; length++) {
      expect(() => readCertificate(der.subarray(0, length)), String(length)).toThrow(malformed);
    }
    expect(() => readCertificate(Uint8Array.of(...der, 0))).toThrow(malformed);
  });

  it("refuses more than its limits", () => {
    const many = (count: number): string => Array.from({ length: count }, (_, i) => `DNS:d${i}`).join(",");
    expect(issue({ altNames: many(certificateLimits.subjectAltNames) }).subjectAltNames).toHaveLength(256);
    expect(() => issue({ altNames: many(certificateLimits.subjectAltNames + 1) })).toThrow(malformed);
    const long = (length: number): Uint8Array => new Uint8Array(length);
    expect(() => readCertificate(long(certificateLimits.bytes + 1))).toThrow(/the limit is 65536/);
    expect(() => readCertificate(long(certificateLimits.bytes))).not.toThrow(/the limit is/);
  });

  it("gives a certificate or certificate-malformed for any bytes", () => {
    const check = (bytes: Uint8Array): void => {
      try {
        readCertificate(bytes);
      } catch (error) {
        if (!isTlsError(error) || error.code !== "certificate-malformed") throw error;
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check));
    const der = derOf(ca.issue({ altNames: "DNS:r7.example.net,IP:192.0.2.7" }).cert);
    const damage = fc.tuple(fc.nat(der.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = der.slice();
        for (const [at, byte] of changes) changed[at] = byte;
        check(changed);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("checkValidity()", () => {
  it("RFC 5280 §4.1.2.5: holds from the first moment to the end of the last second", () => {
    const certificate = issue({});
    const { notBefore, notAfter } = certificate;
    checkValidity(certificate, notBefore);
    checkValidity(certificate, notAfter + 999);
    expect(() => checkValidity(certificate, notBefore - 1)).toThrow(
      expect.objectContaining({ code: "certificate-not-yet-valid" }),
    );
    expect(() => checkValidity(certificate, notAfter + 1000)).toThrow(
      expect.objectContaining({ code: "certificate-expired" }),
    );
  });
});

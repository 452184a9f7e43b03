import { describe, expect, it } from "vitest";
import { formatIpAddress, parseIpAddress } from "../src/ip-address.ts";
import {
  alertOf,
  type Certificate,
  type CertToNameEntry,
  certificateFingerprint,
  parseCertToName,
  parsePin,
  parseServerName,
  parseTlsFingerprint,
  publicKeyFingerprint,
  type SubjectAltName,
  tlsAlerts,
  tlsErrors,
} from "../src/mod.ts";

const COMMON_NAME = "2.5.4.3";
const invalid = expect.objectContaining({ layer: "tls", code: "invalid-options", fault: "local" });

/** A certificate as its reader would give it; `der` only has to be different for each. */
function certificate(subjectAltNames: readonly SubjectAltName[], commonName = "holder", der = "der"): Certificate {
  return {
    der: new TextEncoder().encode(der),
    serialNumber: "01",
    issuer: [],
    subject: [{ type: COMMON_NAME, value: commonName }],
    notBefore: 0,
    notAfter: 0,
    subjectPublicKeyInfo: new TextEncoder().encode(`key of ${der}`),
    subjectAltNames,
  };
}

const dns = (value: string): SubjectAltName => ({ kind: "dns", value });
const mail = (value: string): SubjectAltName => ({ kind: "rfc822", value });
const ip = (text: string): SubjectAltName => ({ kind: "ip", value: parseIpAddress(text) ?? new Uint8Array() });

describe("parseServerName()", () => {
  for (const [presented, expected, fits] of [
    ["r7.example.net", "r7.example.net", true],
    ["R7.Example.NET", "r7.example.net.", true],
    ["r7.example.net", "r8.example.net", false],
    ["example.net", "r7.example.net", false],
    // RFC 6125 §6.4.3
    ["*.example.net", "r7.example.net", true],
    ["*.example.net", "a.r7.example.net", false],
    ["*.example.net", "example.net", false],
    ["r*.example.net", "r7.example.net", false],
    ["a.*.example.net", "a.b.example.net", false],
    ["*.*.example.net", "a.b.example.net", false],
    ["*.net", "example.net", false],
    ["*", "localhost", false],
  ] as const) {
    it(`RFC 6125 §6.4: dNSName ${presented} is ${fits ? "" : "not "}for ${expected}`, () => {
      expect(parseServerName(expected)(certificate([dns(presented)]))).toBe(fits);
    });
  }

  it("RFC 6125 §6.4.4: takes no common name, and an address only from iPAddress", () => {
    expect(parseServerName("holder")(certificate([]))).toBe(false);
    expect(parseServerName("192.0.2.7")(certificate([dns("192.0.2.7")]))).toBe(false);
    expect(parseServerName("192.0.2.7")(certificate([ip("192.0.2.7")]))).toBe(true);
    expect(parseServerName("[2001:DB8:0::7]")(certificate([ip("2001:db8::7")]))).toBe(true);
    expect(parseServerName("192.0.2.8")(certificate([ip("192.0.2.7")]))).toBe(false);
  });

  it("refuses what cannot be a name", () => {
    for (const text of [
      "",
      "a b",
      "a..b",
      "-a",
      "gerät",
      "*.example.net",
      "a".repeat(64),
      "1.2.3.4:80",
      `${"a.".repeat(127)}ab`,
    ])
      expect(() => parseServerName(text), text).toThrow(invalid);
  });
});

describe("IP addresses", () => {
  for (const [text, shortest] of [
    ["2001:0db8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8::1:0:0:1", "2001:db8::1:0:0:1"],
    ["::", "::"],
    ["1::", "1::"],
    ["::ffff:192.0.2.7", "::ffff:c000:207"],
    ["192.0.2.7", "192.0.2.7"],
  ] as const) {
    it(`RFC 5952 §4: ${text} is ${shortest}`, () => {
      expect(formatIpAddress(parseIpAddress(text) ?? new Uint8Array())).toBe(shortest);
    });
  }

  it("RFC 4291 §2.2: nothing else is one", () => {
    for (const text of [
      "",
      "1.2.3",
      "1.2.3.256",
      "01.2.3.4",
      ":::",
      "1:2",
      "1::2::3",
      "12345::",
      "g::",
      "1:2:3:4:5:6:7:8:9",
      "1.2.3.4::",
      "1:2:3:4:5:6:7:8::",
      "fe80::1%eth0",
    ])
      expect(parseIpAddress(text), text).toBeUndefined();
  });
});

describe("parseCertToName()", () => {
  const nameOf = (entries: readonly CertToNameEntry[], leaf: Certificate, authorities: readonly Certificate[] = []) =>
    parseCertToName(entries)({ certificate: leaf, authorities });
  const tlsFingerprint = (of: Certificate): string => certificateFingerprint(of).replace("SHA256", "04");
  const leaf = certificate(
    [dns("R7.Example.Net"), mail("Joe.Doe@EXAMPLE.net"), ip("192.0.2.7"), ip("2001:db8::7")],
    "Joe Doe",
  );

  for (const [mapType, name] of [
    ["san-any", "r7.example.net"],
    ["san-dns-name", "r7.example.net"],
    ["san-rfc822-name", "Joe.Doe@example.net"],
    ["san-ip-address", "192.0.2.7"],
    ["common-name", "Joe Doe"],
  ] as const) {
    it(`RFC 7407 §4.4: ${mapType} gives ${name}`, () => {
      expect(nameOf([{ id: 1, mapType }], leaf)).toBe(name);
    });
  }

  it("RFC 7407 §4.4: an IPv6 address becomes 32 digits", () => {
    expect(nameOf([{ id: 1, mapType: "san-ip-address" }], certificate([ip("2001:DB8::7")]))).toBe(
      "20010db8000000000000000000000007",
    );
  });

  it("RFC 7407 §4.4: goes from the lowest id up, past entries that do not fit or give no name", () => {
    const entries: CertToNameEntry[] = [
      { id: 30, mapType: "specified", name: "last" },
      { id: 10, fingerprint: tlsFingerprint(certificate([], "x", "another")), mapType: "specified", name: "not me" },
      { id: 20, mapType: "san-rfc822-name" },
    ];
    expect(nameOf(entries, leaf)).toBe("Joe.Doe@example.net");
    expect(nameOf(entries, certificate([]))).toBe("last");
    expect(nameOf(entries.slice(1), certificate([]))).toBeUndefined();
    expect(nameOf([], leaf)).toBeUndefined();
  });

  it("RFC 7407 §4.4: a fingerprint is that of the certificate or of an authority on its way", () => {
    const authority = certificate([], "ca", "authority");
    const entries = (of: Certificate): CertToNameEntry[] => [
      { id: 1, fingerprint: tlsFingerprint(of), mapType: "san-dns-name" },
    ];
    expect(nameOf(entries(leaf), leaf)).toBe("r7.example.net");
    expect(nameOf(entries(authority), leaf, [authority])).toBe("r7.example.net");
    expect(nameOf(entries(authority), leaf)).toBeUndefined();
  });

  it("gives no name that a log or an access rule cannot take", () => {
    expect(nameOf([{ id: 1, mapType: "common-name" }], certificate([], "a\u001bb"))).toBeUndefined();
    expect(nameOf([{ id: 1, mapType: "common-name" }], certificate([], "a".repeat(257)))).toBeUndefined();
    expect(nameOf([{ id: 1, mapType: "common-name" }], certificate([], "a".repeat(256)))).toHaveLength(256);
  });

  it("refuses lists that mean nothing", () => {
    for (const entries of [
      [{ id: 1, mapType: "specified" }],
      [{ id: 1, mapType: "san-any", name: "x" }],
      [{ id: -1, mapType: "san-any" }],
      [{ id: 1.5, mapType: "san-any" }],
      [{ id: 2 ** 32, mapType: "san-any" }],
      [
        { id: 1, mapType: "san-any" },
        { id: 1, mapType: "common-name" },
      ],
      [{ id: 1, mapType: "san-any", fingerprint: "" }],
    ] as readonly CertToNameEntry[][])
      expect(() => parseCertToName(entries), JSON.stringify(entries)).toThrow(invalid);
  });
});

describe("fingerprints and pins", () => {
  const one = certificate([], "one", "abc");
  const two = certificate([], "two", "abd");

  it('RFC 7407 §3.2: the first byte names the hash (the hashes of "abc" are those of FIPS 180)', () => {
    for (const text of [
      "02:A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D",
      "04:ba:78:16:bf:8f:01:cf:ea:41:41:40:de:5d:ae:22:23:b0:03:61:a3:96:17:7a:9c:b4:10:ff:61:f2:00:15:ad",
    ]) {
      expect(parseTlsFingerprint(text)(one)).toBe(true);
      expect(parseTlsFingerprint(text)(two)).toBe(false);
    }
  });

  it("refuse MD5, unknown hashes and wrong lengths", () => {
    for (const text of [
      "",
      "04",
      "01:90:01:50:98:3C:D2:4F:B0:D6:96:3F:7D:28:E1:7F:72",
      "07:00",
      "04:00",
      "02A9",
      "4:00",
      "02:zz",
    ])
      expect(() => parseTlsFingerprint(text), text).toThrow(invalid);
  });

  it("pins hold for one certificate, or for one key, in every spelling", () => {
    const plain = certificateFingerprint(one).slice("SHA256:".length);
    for (const text of [
      plain,
      `SHA256:${plain}`,
      `sha256 Fingerprint=${plain}`,
      plain.replaceAll(":", "").toLowerCase(),
    ]) {
      expect(parsePin({ certificate: text })(one), text).toBe(true);
      expect(parsePin({ certificate: text })(two)).toBe(false);
      expect(parsePin({ publicKey: text })(one)).toBe(false);
    }
    expect(parsePin({ publicKey: publicKeyFingerprint(one) })(one)).toBe(true);
    for (const text of ["", "12:34", `${plain}:00`, "x".repeat(64)])
      expect(() => parsePin({ certificate: text }), text).toThrow(invalid);
  });
});

describe("alerts", () => {
  it("RFC 8446 §6: each has a number of its own, an error code, and is found however it is spelt", () => {
    const numbers = Object.values(tlsAlerts);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const [name, number] of Object.entries(tlsAlerts)) {
      expect(alertOf(number)).toBe(name);
      expect(alertOf(name.replaceAll("-", "_").toUpperCase())).toBe(name);
      expect(tlsErrors[`alert-${name}` as keyof typeof tlsErrors]).toMatchObject({ fault: "peer" });
    }
    expect(alertOf("USER_CANCELLED")).toBe("user-canceled");
    expect(alertOf(255)).toBeUndefined();
    expect(alertOf("")).toBeUndefined();
  });
});

// Reads which sections of which RFCs the sources and the tests cite, and writes docs/rfc-coverage.md: section → code → tests. With
// `--check` it writes nothing and ends with 1 when the document is not what it would write.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { root } from "./workspace.mjs";

/** Every document that may be cited, in the order of the tables. A citation of any other one is taken for a slip. */
const titles = new Map([
  ["RFC 6241", "Network Configuration Protocol (NETCONF)"],
  ["RFC 6242", "Using the NETCONF Protocol over Secure Shell (SSH)"],
  ["RFC 8071", "NETCONF Call Home and RESTCONF Call Home"],
  ["RFC 5277", "NETCONF Event Notifications"],
  ["RFC 6470", "NETCONF Base Notifications"],
  ["RFC 6243", "With-defaults Capability for NETCONF"],
  ["RFC 6022", "YANG Module for NETCONF Monitoring"],
  ["RFC 6020", "YANG 1.0"],
  ["RFC 7950", "YANG 1.1"],
  ["RFC 8526", "NETCONF Extensions to Support the Network Management Datastore Architecture"],
  ["RFC 4741", "NETCONF Configuration Protocol (obsolete)"],
  ["RFC 4742", "Using the NETCONF Configuration Protocol over SSH (obsolete)"],
  ["RFC 5717", "Partial Lock RPC for NETCONF"],
  ["RFC 8342", "Network Management Datastore Architecture (NMDA)"],
  ["RFC 8525", "YANG Library"],
  ["RFC 8639", "Subscription to YANG Notifications"],
  ["RFC 8640", "Dynamic Subscription to YANG Events and Datastores over NETCONF"],
  ["RFC 8641", "Subscription to YANG Notifications for Datastore Updates"],
  ["RFC 7951", "JSON Encoding of Data Modeled with YANG"],
  ["RFC 7952", "Defining and Using Metadata with YANG"],
  ["RFC 7407", "YANG Data Model for SNMP Configuration"],
  ["RFC 7589", "Using the NETCONF Protocol over TLS with Mutual X.509 Authentication"],
  ["RFC 4250", "SSH Protocol Assigned Numbers"],
  ["RFC 4251", "SSH Protocol Architecture"],
  ["RFC 4252", "SSH Authentication Protocol"],
  ["RFC 4253", "SSH Transport Layer Protocol"],
  ["RFC 4254", "SSH Connection Protocol"],
  ["RFC 4255", "Using DNS to Securely Publish SSH Key Fingerprints"],
  ["RFC 4256", "Generic Message Exchange Authentication for SSH (keyboard-interactive)"],
  ["RFC 4344", "SSH Transport Layer Encryption Modes"],
  ["RFC 4419", "Diffie-Hellman Group Exchange for SSH"],
  ["RFC 5647", "AES Galois Counter Mode for SSH"],
  ["RFC 5656", "Elliptic Curve Algorithm Integration in SSH"],
  ["RFC 6187", "X.509v3 Certificates for SSH Authentication"],
  ["RFC 6668", "SHA-2 Data Integrity for SSH"],
  ["RFC 8268", "More Modular Exponentiation Diffie-Hellman Groups for SSH"],
  ["RFC 8270", "A Recommended Minimum Modulus Size of 2048 Bits for SSH"],
  ["RFC 8308", "Extension Negotiation in SSH"],
  ["RFC 8332", "Use of RSA Keys with SHA-256 and SHA-512 in SSH"],
  ["RFC 8709", "Ed25519 and Ed448 Public Key Algorithms for SSH"],
  ["RFC 8731", "SSH Key Exchange Using Curve25519 and Curve448"],
  ["RFC 9142", "Key Exchange Method Updates and Recommendations for SSH"],
  ["draft-ietf-netconf-netconf-client-server", "YANG Models for NETCONF Clients and Servers"],
  ["draft-ietf-sshm-strict-kex", "SSH Strict KEX Extension"],
  ["draft-ietf-sshm-ssh-agent", "SSH Agent Protocol"],
  ["draft-ietf-sshm-mlkem-hybrid-kex", "PQ/T Hybrid Key Exchange with ML-KEM in SSH"],
  ["draft-ietf-sshm-chacha20-poly1305", "SSH Cipher Using ChaCha20-Poly1305"],
  ["OpenSSH PROTOCOL", "OpenSSH's extensions of the SSH protocol"],
  ["RFC 1421", "Privacy Enhancement for Internet Electronic Mail"],
  ["RFC 3526", "More MODP Diffie-Hellman Groups for IKE"],
  ["RFC 3629", "UTF-8, a transformation format of ISO 10646"],
  ["RFC 4648", "Base16, Base32 and Base64 Data Encodings"],
  ["RFC 6979", "Deterministic Usage of DSA and ECDSA"],
  ["RFC 7468", "Textual Encodings of PKIX, PKCS and CMS Structures"],
  ["RFC 7748", "Elliptic Curves for Security"],
  ["RFC 8017", "PKCS #1: RSA Cryptography Specifications"],
  ["RFC 8018", "PKCS #5: Password-Based Cryptography"],
  ["RFC 8032", "Edwards-Curve Digital Signature Algorithm (EdDSA)"],
  ["RFC 8439", "ChaCha20 and Poly1305"],
  ["RFC 5280", "X.509 Public Key Infrastructure Certificate and CRL Profile"],
  ["RFC 6125", "Domain-Based Application Service Identity in X.509 Certificates"],
  ["RFC 6520", "TLS Heartbeat Extension"],
  ["RFC 8446", "TLS 1.3"],
  ["RFC 5246", "TLS 1.2"],
  ["RFC 9325", "Recommendations for Secure Use of TLS and DTLS"],
  ["RFC 4519", "LDAP: Schema for User Applications"],
  ["RFC 5952", "A Recommendation for IPv6 Address Text Representation"],
  ["RFC 1035", "Domain Names: Implementation and Specification"],
  ["RFC 1123", "Requirements for Internet Hosts: Application and Support"],
  ["RFC 6455", "The WebSocket Protocol"],
  ["RFC 2104", "HMAC"],
  ["RFC 4231", "Test Vectors for HMAC-SHA-2"],
  ["RFC 5915", "Elliptic Curve Private Key Structure"],
  ["RFC 5958", "Asymmetric Key Packages"],
  ["RFC 8410", "Algorithm Identifiers for Ed25519 and others"],
  ["NIST SP 800-38D", "Galois/Counter Mode (GCM) and GMAC"],
  ["FIPS 203", "Module-Lattice-Based Key-Encapsulation Mechanism (ML-KEM)"],
  ["XML 1.0", "Extensible Markup Language 1.0"],
  ["XML Names 1.0", "Namespaces in XML 1.0"],
  ["RFC 3339", "Date and Time on the Internet: Timestamps"],
  ["RFC 6991", "Common YANG Data Types"],
  ["RFC 7317", "YANG Data Model for System Management"],
  ["RFC 8305", "Happy Eyeballs Version 2"],
  ["RFC 8341", "Network Configuration Access Control Model"],
  ["RFC 8343", "YANG Data Model for Interface Management"],
  ["RFC 8344", "YANG Data Model for IP Management"],
  ["RFC 3686", "AES Counter Mode with IPsec ESP"],
  ["RFC 4007", "IPv6 Scoped Address Architecture"],
  ["RFC 4291", "IP Version 6 Addressing Architecture"],
  ["RFC 4716", "SSH Public Key File Format"],
  ["RFC 5208", "PKCS #8: Private-Key Information Syntax"],
  ["RFC 5480", "Elliptic Curve Subject Public Key Information"],
  ["RFC 6234", "US Secure Hash Algorithms"],
  ["RFC 6594", "SHA-256 with RSA, DSA and ECDSA in SSHFP Records"],
  ["RFC 7479", "Ed25519 in SSHFP Records"],
  ["X.690", "ASN.1 Encoding Rules: BER, CER and DER"],
  ["RFC 9293", "Transmission Control Protocol (TCP)"],
  ["RFC 7515", "JSON Web Signature (base64url)"],
  ["Web Cryptography API", "W3C: cryptography of browsers and workers"],
  ["RFC 7517", "JSON Web Key (JWK)"],
  ["RFC 7518", "JSON Web Algorithms (JWA)"],
  ["RFC 8037", "CFRG Curves and Signatures in JOSE"],
  ["RFC 9641", "A YANG Data Model for a Truststore"],
  ["RFC 9643", "YANG Groupings for TCP Clients and TCP Servers"],
  ["RFC 9644", "YANG Groupings for SSH Clients and SSH Servers"],
  ["RFC 9645", "YANG Groupings for TLS Clients and TLS Servers"],
  ["RFC 9260", "Stream Control Transmission Protocol (CRC32c)"],
  ["PROXY protocol", "The PROXY protocol, versions 1 and 2"],
  ["RFC 6901", "JSON Pointer"],
  ["RFC 8259", "The JavaScript Object Notation (JSON) Data Interchange Format"],
]);

/** What a section without a document means in a package: where the file has not cited one before it, or `always`. */
const ownDocuments = new Map([
  ["core", { name: "RFC 6241", always: false }],
  ["server", { name: "RFC 6241", always: false }],
  ["framing", { name: "RFC 6242", always: true }],
  ["xml", { name: "XML 1.0", always: true }],
]);

/** What may stand between the parts of one citation: `§5.3 (EOF, CLOSE) and §5.4`. */
const CONNECTION = /^\s?(\([^)]*\) )?(and |or |, |; )?$/;

const WHOLE = "";
const target = join(root, "docs", "rfc-coverage.md");
const problems = [];
/** Document → section → `{ code, tests }`, each a set of paths. */
const found = new Map();

const folders = readdirSync(join(root, "packages")).sort();
for (const folder of folders) {
  readAll(join("packages", folder, "src"), "code", folder);
  readAll(join("packages", folder, "test"), "tests", folder);
}
readAll("test", "tests", undefined);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);

const text = render();
if (process.argv.includes("--check")) {
  if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
    console.error(`${relative(root, target)} is out of date: run "node scripts/rfc-coverage.mjs"`);
    process.exit(1);
  }
  console.log(`${relative(root, target)} is up to date`);
} else {
  writeFileSync(target, text);
  console.log(`${relative(root, target)}: ${found.size} documents`);
}

function readAll(folder, kind, name) {
  const start = join(root, folder);
  if (!existsSync(start)) return;
  for (const entry of readdirSync(start, { recursive: true, withFileTypes: true })) {
    const path = relative(root, join(entry.parentPath, entry.name)).split(sep).join("/");
    if (!entry.isFile() || !/\.(ts|mjs)$/.test(path) || path.includes("/node_modules/")) continue;
    const source = readFileSync(join(root, path), "utf8");
    // What a test expects of an error is not what the test is about.
    const cited = kind === "tests" ? source.replace(/\brfc: "[^"]*"/g, "") : source;
    for (const { document, section } of citations(cited, ownDocuments.get(name), path))
      note(document, section, kind, path);
  }
}

function note(document, section, kind, path) {
  if (!titles.has(document)) {
    problems.push(`${path}: cites "${document}", which has no title in scripts/rfc-coverage.mjs`);
    return;
  }
  if (!found.has(document)) found.set(document, new Map());
  const sections = found.get(document);
  if (!sections.has(section)) sections.set(section, { code: new Set(), tests: new Set() });
  sections.get(section)[kind].add(path);
}

/**
 * The citations of one file: `RFC 6241 §7.2`, `RFC 4251 §5, §6`, `RFC 6241 §6.2.3 to §6.2.5`, `RFC 6241 Appendix C`, `RFC 6979 §A.2.5`,
 * `RFC 8071 §3.1 C5, C7`, `RFC 5277, 8071`, `draft-… §3`. A section without a document belongs to the one cited last before it, or to
 * the package's own.
 */
function* citations(source, own, path) {
  // A citation may be cut by the end of a comment's line.
  const flat = source.replace(/\n\s*(?:\*(?!\/)|\/\/)[ \t]?/g, " ");
  const token =
    /\bRFC (?<rfc>\d{3,5})(?<more>(?:(?:, | and )\d{4}\b)*)|\b(?<draft>draft-[a-z]+(?:-[a-z0-9]+)+)|\b(?<names>Namespaces in XML 1\.0|XML Names 1\.0)|\b(?<other>XML 1\.0|X\.690|NIST SP 800-38D|Web Cryptography API|FIPS 203|OpenSSH PROTOCOL|PROXY protocol)|(?<range> to )?(?:§ ?(?<section>[A-Z](?:\.\d+)+|\d+(?:\.\d+)*)|\bAppendix (?<appendix>[A-Z](?:\.\d+)*))(?<labels>(?:,? C\d+)*)/g;
  let document = own?.name;
  let last;
  let end = 0;
  for (const match of flat.matchAll(token)) {
    const { rfc, more, draft, names, other, section, appendix, range, labels } = match.groups;
    const between = flat.slice(end, match.index);
    end = match.index + match[0].length;
    if (rfc ?? draft ?? names ?? other) {
      document = rfc ? `RFC ${rfc}` : (draft?.replace(/-\d\d$/, "") ?? (names ? "XML Names 1.0" : other));
      const goesOn = /^[^§.;]{0,2}(§|Appendix [A-Z]\b)/.test(flat.slice(end));
      if ((rfc || draft) && !goesOn) yield { document, section: WHOLE };
      for (const number of more?.match(/\d+/g) ?? []) yield { document: `RFC ${number}`, section: WHOLE };
      last = undefined;
      continue;
    }
    if (own?.always && !CONNECTION.test(between)) document = own.name;
    if (document === undefined) {
      if (section) problems.push(`${path}: cites §${section} of no document`);
      continue;
    }
    const here = section ? section.replace(/^(?=[A-Z])/, "Appendix ") : `Appendix ${appendix}`;
    if (range && last) for (const skipped of sectionsBetween(last, here)) yield { document, section: skipped };
    yield { document, section: here };
    for (const label of labels.match(/C\d+/g) ?? []) yield { document, section: `${here} ${label}` };
    last = here;
  }
}

/** `6.2.3` and `6.2.5` have `6.2.4` between them. */
function sectionsBetween(from, to) {
  const [stem, first] = cut(from);
  const [otherStem, end] = cut(to);
  if (stem !== otherStem || Number.isNaN(first + end)) return [];
  return Array.from({ length: Math.max(0, end - first - 1) }, (_, i) => `${stem}${first + 1 + i}`);
}

function cut(section) {
  const at = section.lastIndexOf(".") + 1;
  return [section.slice(0, at), Number(section.slice(at))];
}

function render() {
  const parts = [
    `# RFC coverage

Which sections the code enforces or speaks of, and which tests name them. Made by \`node scripts/rfc-coverage.mjs\` from the citations in
\`packages/*/src\` and in the tests; do not edit. A test that names no section is not seen here, and a citation is no proof of completeness.
"all" stands for the document as a whole. RFC 8071's requirements are named by their labels (C5).`,
  ];
  for (const [document, title] of titles) {
    const sections = found.get(document);
    if (sections === undefined) continue;
    const rows = sorted(sections).map(
      ([section, { code, tests }]) => `| ${nameOf(section)} | ${links(code)} | ${links(tests)} |`,
    );
    parts.push(`## ${document}: ${title}\n\n| section | code | tests |\n|---|---|---|\n${rows.join("\n")}`);
  }
  parts.push(
    `## Cited in the code, in no test\n\nSections that no test names. Some are tested without being named.\n\n${gaps()}`,
  );
  return `${parts.join("\n\n")}\n`;
}

function gaps() {
  const lines = [];
  for (const [document] of titles) {
    const untested = sorted(found.get(document) ?? new Map())
      .filter(([section, { tests }]) => section !== WHOLE && tests.size === 0)
      .map(([section]) => nameOf(section));
    if (untested.length > 0) lines.push(`- ${document}: ${untested.join(", ")}`);
  }
  return lines.length === 0 ? "None." : lines.join("\n");
}

function nameOf(section) {
  if (section === WHOLE) return "all";
  return section.startsWith("Appendix") ? section : `§${section}`;
}

/** Numbers by their value, appendices behind them. */
function sorted(sections) {
  const key = (section) => section.replace(/\d+/g, (digits) => digits.padStart(4, "0"));
  return [...sections].sort(([a], [b]) => (key(a) < key(b) ? -1 : 1));
}

/** `core/session/states.ts`; tests keep their `test/`, so that they are told apart. */
function links(paths) {
  const all = [...paths].sort();
  return all.map((path) => `[${path.replace(/^packages\//, "").replace("/src/", "/")}](../${path})`).join("<br>");
}

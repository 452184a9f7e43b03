import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate with its private key, both in PEM and as files for programs that want those. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface IssueOptions {
  /** As openssl writes it: `/CN=router-7`. */
  readonly subject?: string;
  /** As openssl writes them: `DNS:r7.example.net,IP:192.0.2.7`. */
  readonly altNames?: string;
  /** Days from now on; negative ones are past. Default -1 to 30. */
  readonly from?: number;
  readonly to?: number;
  /** An authority itself. */
  readonly authority?: boolean;
  readonly key?: "ec" | "rsa";
  /** More lines of the extension section. */
  readonly extensions?: readonly string[];
}

/** A certificate authority for tests, made by the openssl command in a folder of its own. */
export interface TestAuthority extends IssuedCertificate {
  readonly folder: string;
  issue(options?: IssueOptions): IssuedCertificate;
  /** A second authority below this one. */
  subordinate(subject: string): TestAuthority;
  revoke(certificate: IssuedCertificate): void;
  /** The revocation list as it is now, in PEM, due for its successor in so many days. Default 30; below 0 it is out of date. */
  crl(days?: number): string;
  remove(): void;
}

/** Makes an authority that signs itself. */
export function testAuthority(subject = "/CN=Test Authority"): TestAuthority {
  const folder = newFolder();
  const own = files(folder, "ca");
  openssl([...request(subject, own, "ec"), "-x509", "-days", "60", ...asAuthority]);
  return authority(folder, read(own), () => rmSync(folder, { recursive: true, force: true }));
}

/** A certificate that nobody but itself vouches for. */
export function selfSigned(folder: string, options: IssueOptions = {}): IssuedCertificate {
  const own = files(mkdtempSync(join(folder, "self-")), "self");
  const altNames = options.altNames === undefined ? [] : ["-addext", `subjectAltName=${options.altNames}`];
  openssl([...request(options.subject ?? "/CN=self", own, "ec"), "-x509", "-days", "30", ...altNames]);
  return read(own);
}

const asAuthority = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];

function authority(folder: string, own: IssuedCertificate, remove: () => void): TestAuthority {
  writeFileSync(join(folder, "index"), "");
  const config = join(folder, "openssl.cnf");
  const base = [
    "[ca]",
    "default_ca=test",
    "[test]",
    `database=${join(folder, "index")}`,
    `new_certs_dir=${folder}`,
    `certificate=${own.certFile}`,
    `private_key=${own.keyFile}`,
    "default_md=sha256",
    "default_crl_days=30",
    "rand_serial=yes",
    "unique_subject=no",
    "policy=any",
    "[any]",
    ...["commonName", "organizationName", "serialNumber", "emailAddress"].map((name) => `${name}=optional`),
  ];
  const ca = (args: readonly string[], extensions: readonly string[] = []): void => {
    writeFileSync(config, [...base, "[extensions]", ...extensions, ""].join("\n"));
    openssl(["ca", "-batch", "-config", config, "-notext", ...args]);
  };
  const issue = (options: IssueOptions = {}): IssuedCertificate => {
    const { subject = "/CN=leaf", altNames, from = -1, to = 30, authority: below = false } = options;
    const issued = files(mkdtempSync(join(folder, "leaf-")), "leaf");
    const csr = `${issued.certFile}.csr`;
    openssl(request(subject, { ...issued, certFile: csr }, options.key ?? "ec"));
    const extensions = [
      below ? "basicConstraints=critical,CA:TRUE" : "basicConstraints=CA:FALSE",
      ...(below ? ["keyUsage=critical,keyCertSign,cRLSign"] : []),
      ...(altNames === undefined ? [] : [`subjectAltName=${altNames}`]),
      ...(options.extensions ?? []),
    ];
    const dates = ["-startdate", opensslTime(from), "-enddate", opensslTime(to)];
    ca(
      ["-preserveDN", "-utf8", ...dates, "-extensions", "extensions", "-in", csr, "-out", issued.certFile],
      extensions,
    );
    return read(issued);
  };
  return {
    ...own,
    folder,
    issue,
    subordinate: (subject) => authority(newFolder(folder), issue({ subject, authority: true }), () => {}),
    revoke: (certificate) => ca(["-revoke", certificate.certFile]),
    crl: (days = 30) => {
      const file = join(folder, "crl.pem");
      const dates = ["-crl_lastupdate", opensslTime(days - 1), "-crl_nextupdate", opensslTime(days)];
      ca(["-gencrl", ...(days < 0 ? dates : ["-crldays", String(days)]), "-out", file]);
      return readFileSync(file, "utf8");
    },
    remove,
  };
}

function newFolder(parent = tmpdir()): string {
  return mkdtempSync(join(parent, "netconf-kit-ca-"));
}

function files(folder: string, name: string): { readonly certFile: string; readonly keyFile: string } {
  return { certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) };
}

function request(subject: string, file: ReturnType<typeof files>, key: "ec" | "rsa"): string[] {
  const algorithm = key === "ec" ? ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : ["rsa:2048"];
  return [
    ...["req", "-newkey", ...algorithm, "-nodes", "-utf8", "-subj", subject],
    ...["-keyout", file.keyFile, "-out", file.certFile],
  ];
}

function read(file: ReturnType<typeof files>): IssuedCertificate {
  return { ...file, cert: readFileSync(file.certFile, "utf8"), key: readFileSync(file.keyFile, "utf8") };
}

function opensslTime(days: number): string {
  const time = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${time.replace(/[-:T]/g, "").slice(0, 14)}Z`;
}

function openssl(args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}

import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { transcriptCases } from "../../packages/ssh/test/replay/transcripts.ts";
import { socketCases } from "../support/socket-cases.ts";
import { type IssuedCertificate, testAuthority } from "../support/test-authority.ts";

const deno = fileURLToPath(new URL("../runtimes/node_modules/.bin/deno", import.meta.url));

/** Runs a script of test/runtimes/deno with the built packages; gives the JSON lines it wrote. */
async function runInDeno(
  script: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<readonly Readonly<Record<string, string>>[]> {
  const file = fileURLToPath(new URL(`../runtimes/deno/${script}`, import.meta.url));
  const args = [
    "run",
    "--no-lock",
    "--node-modules-dir=manual",
    "--allow-net=127.0.0.1",
    "--allow-env",
    "--allow-read",
    file,
  ];
  const { stdout } = await promisify(execFile)(deno, args, {
    timeout: 50_000,
    env: { ...process.env, ...variables, DENO_NO_UPDATE_CHECK: "1" },
  }).catch((cause: { readonly stdout: string; readonly stderr: string }) => {
    throw new Error(`${script} failed after:\n${cause.stdout}${cause.stderr}`, { cause });
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function haveDeno(): boolean {
  if (existsSync(deno)) return true;
  const advice = 'the peer "deno" is not here: run "npm run peers"';
  if (process.env.REQUIRE_PEERS === "1") throw new Error(advice);
  process.stderr.write(`skipped: ${advice}\n`);
  return false;
}

describe.runIf(haveDeno())("in Deno", () => {
  it("its TCP passes every socket case", async () => {
    const results = await runInDeno("socket-cases.ts");
    expect(results).toEqual(socketCases.map(({ name }) => ({ name })));
  });

  it("recorded SSH conversations come out byte for byte", async () => {
    const results = await runInDeno("ssh-transcripts.ts");
    expect(results).toEqual(transcriptCases.map(({ name }) => ({ name })));
  });

  it("a device calls home and is managed, and serves in the usual direction", async () => {
    expect(await runInDeno("road.ts")).toEqual([
      { step: "identified router" },
      { step: "committed" },
      { step: "read back" },
      { step: "ended" },
    ]);
  });

  it("TLS passes every socket case, carries NETCONF in both directions, and refuses whom it has to", async () => {
    const [ca, other] = [testAuthority(), testAuthority("/CN=Other Authority")];
    const pair = ({ cert, key }: IssuedCertificate) => ({ cert, key });
    const certificates = {
      ca: ca.cert,
      fingerprint: `SHA256:${new X509Certificate(ca.cert).fingerprint256}`,
      device: pair(ca.issue({ altNames: "DNS:r7.example.net" })),
      manager: pair(ca.issue({ altNames: "DNS:ops.example.net" })),
      stranger: pair(other.issue()),
    };
    ca.remove();
    other.remove();
    expect(await runInDeno("tls.ts", { TLS_CERTIFICATES: JSON.stringify(certificates) })).toEqual([
      ...socketCases.map(({ name }) => ({ name })),
      { step: "dialled" },
      { step: "wrong name", outcome: "tls wrong-name" },
      { step: "wrong authority", outcome: "tls closed-after-handshake" },
      { step: "called by router" },
    ]);
  });
});

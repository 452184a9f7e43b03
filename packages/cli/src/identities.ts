import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { sshAgent } from "@netconf-kit/node-adapter";
import { type AgentKey, certifiedSigner, connectAgent, isSshError, type Signer, type SshAgent } from "netconf-kit";
import { openKeyFile } from "./key-file.ts";
import { readText } from "./secrets.ts";
import type { Terminal } from "./terminal.ts";

/** Tried when nobody names a key, as `ssh` does. */
const DEFAULT_IDENTITIES = ["id_ed25519", "id_ecdsa", "id_rsa"];

export interface IdentityRequest {
  /** Named on the command line: each has to be usable. */
  readonly named: readonly string[] | undefined;
  /** Named by ssh_config; `undefined` for the usual ones. What is not there is left out. */
  readonly configured: readonly string[] | undefined;
  readonly certificateFiles: readonly string[];
  /** `"required"` by --agent, `"if there"` otherwise; ssh_config may forbid all keys of the agent but those of the files. */
  readonly agent: "required" | "if there";
  readonly agentPath: string | undefined;
  readonly identitiesOnly: boolean;
  readonly keys: KeyCache;
}

/** Key files that were opened already: nobody is asked twice for a passphrase. */
export type KeyCache = Map<string, Promise<Signer | undefined>>;

/** Keys to log in with, and the agent that some of them need while somebody logs in. */
export interface Identities {
  readonly signers: readonly Signer[];
  readonly close: () => Promise<void>;
}

/** Finds the keys to log in with: those that the agent holds before those that ask for a passphrase. */
export async function openIdentities(request: IdentityRequest, terminal: Terminal): Promise<Identities> {
  const agent = await openAgent(request);
  try {
    const held = (await agent?.keys()) ?? [];
    const signers: Signer[] = [];
    // One after another: two questions at once on one terminal are none.
    for (const { path, required } of filesOf(request)) {
      const opening = request.keys.get(path) ?? openKeyFile(path, { held, required }, terminal);
      request.keys.set(path, opening);
      const signer = await opening;
      if (signer !== undefined) signers.push(signer);
    }
    const own = new Set(signers.map(nameOf));
    const all = request.agent === "required" || (request.named === undefined && !request.identitiesOnly);
    const others = all ? held.filter((key) => !own.has(nameOf(key))) : [];
    const inAgent = new Set(held.map(nameOf));
    const ordered = [
      ...signers.filter((signer) => inAgent.has(nameOf(signer))),
      ...others,
      ...signers.filter((signer) => !inAgent.has(nameOf(signer))),
    ];
    const certificates = certificateTexts(request);
    return {
      signers: ordered.flatMap((signer) => [...certified(signer, certificates), signer]),
      close: async () => agent?.close(),
    };
  } catch (error) {
    await agent?.close();
    throw error;
  }
}

async function openAgent({ agent, agentPath }: IdentityRequest): Promise<SshAgent | undefined> {
  const path = agentPath ?? process.env.SSH_AUTH_SOCK;
  if (agent === "required") return connectAgent(await sshAgent(path === undefined || path === "none" ? {} : { path }));
  if (path === undefined || path === "" || path === "none") return undefined;
  // Nobody has asked for it: one that does not answer is not missed.
  return sshAgent({ path }).then(connectAgent, () => undefined);
}

function filesOf(request: IdentityRequest): readonly { readonly path: string; readonly required: boolean }[] {
  if (request.named !== undefined) return request.named.map((path) => ({ path, required: true }));
  if (request.agent === "required" && request.configured === undefined) return [];
  const usual = (): readonly string[] => DEFAULT_IDENTITIES.map((name) => join(homedir(), ".ssh", name));
  const paths = request.configured ?? usual();
  return paths
    .filter((path) => existsSync(path) || existsSync(`${path}.pub`))
    .map((path) => ({ path, required: false }));
}

/** `KEY-cert.pub` beside each key, and CertificateFile. */
function certificateTexts(request: IdentityRequest): readonly string[] {
  const beside = filesOf(request).map(({ path }) => `${path.replace(/\.pub$/, "")}-cert.pub`);
  return [...request.certificateFiles, ...beside]
    .filter((path) => existsSync(path))
    .map((path) => readText(path, "the certificate"));
}

function certified(signer: Signer, certificates: readonly string[]): readonly Signer[] {
  return certificates.flatMap((text) => {
    try {
      return [certifiedSigner(signer, text)];
    } catch (error) {
      if (isSshError(error)) return []; // of another key, or nothing that can be read
      throw error;
    }
  });
}

function nameOf(key: Signer | AgentKey): string {
  return Buffer.from(key.publicBlob).toString("base64");
}

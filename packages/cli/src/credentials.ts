import type { SshConfigSettings } from "@netconf-kit/node-adapter";
import type { AuthenticationMethod, SshCredentials } from "netconf-kit";
import { UsageError } from "./exit-codes.ts";
import { type Identities, type KeyCache, openIdentities } from "./identities.ts";
import { readPassword } from "./secrets.ts";
import type { SessionOptions } from "./session-options.ts";
import type { Terminal } from "./terminal.ts";

/** What logs in, and how to let go of the agent that signs. */
export interface OpenedCredentials {
  readonly credentials: SshCredentials;
  readonly close: () => Promise<void>;
}

export interface CredentialRequest {
  readonly options: SessionOptions;
  readonly username: string;
  /** Of the host, where it is dialled. */
  readonly config?: SshConfigSettings;
  readonly keys: KeyCache;
  readonly terminal: Terminal;
}

/** Who logs in, and with what: keys first, then the password, which also answers a keyboard-interactive prompt. */
export async function readCredentials(request: CredentialRequest): Promise<OpenedCredentials> {
  const { options, username } = request;
  const password = await readPassword(options, `Password of ${username}: `);
  // Who names a password alone wants no keys tried.
  const wantsKeys = password === undefined || options.identity !== undefined || options.agent === true;
  const { signers, close } = wantsKeys ? await openKeys(request) : { signers: [], close: async () => {} };
  const authentication: AuthenticationMethod[] = signers.map((key) => ({ method: "publickey", key }));
  if (password !== undefined) {
    authentication.push({ method: "password", password });
    authentication.push({ method: "keyboard-interactive", respond: ({ prompts }) => prompts.map(() => password) });
  }
  if (authentication.length > 0) return { credentials: { username, authentication }, close };
  await close();
  throw new UsageError("there is nothing to log in with", {
    hint: "name a key with -i, an agent with --agent, or a password with --password-env, --password-file or --ask-password",
  });
}

function openKeys({ options, config, keys, terminal }: CredentialRequest): Promise<Identities> {
  return openIdentities(
    {
      named: options.identity,
      configured: config?.identityFiles,
      certificateFiles: config?.certificateFiles ?? [],
      agent: options.agent === true ? "required" : "if there",
      agentPath: config?.identityAgent,
      identitiesOnly: config?.identitiesOnly ?? false,
      keys,
    },
    terminal,
  );
}

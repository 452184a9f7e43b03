import { importSigner, privateJwk, type WebSubtle } from "@netconf-kit/web-adapter";
import { type AuthenticationMethod, fingerprintSha256, parsePrivateKeyAsync, type Signer } from "netconf-kit";

/** A private key that can sign. Its secret is in WebCrypto, which does not give it out, or else in the memory of the page. */
export interface HeldKey {
  readonly signer: Signer;
  readonly type: string;
  readonly comment: string;
  readonly fingerprint: string;
  readonly holder: "webcrypto" | "page";
}

/** Who logs in, and by what. */
export interface Login {
  readonly username: string;
  readonly password?: string;
  readonly key?: HeldKey;
}

/**
 * Reads a private key and hands it to WebCrypto where the browser takes its type; the text is not kept.
 *
 * @throws SshError `key-format`, `key-encrypted`, `key-passphrase-wrong`, `key-not-supported`
 * @example
 * const key = await holdKey(crypto.subtle, await file.text());
 */
export async function holdKey(subtle: WebSubtle | undefined, text: string, passphrase?: string): Promise<HeldKey> {
  const key = await parsePrivateKeyAsync(text, passphrase === undefined || passphrase === "" ? {} : { passphrase });
  const facts = { type: key.type, comment: key.comment, fingerprint: fingerprintSha256(key.publicBlob) };
  if (subtle !== undefined) {
    try {
      return { ...facts, signer: await importSigner(subtle, privateJwk(key)), holder: "webcrypto" };
    } catch {
      // Not every browser has Ed25519, none has security keys: then the page signs itself.
    }
  }
  return { ...facts, signer: key, holder: "page" };
}

/** The methods to try, best first (RFC 4252 §5). A password also answers the one hidden question of keyboard-interactive. */
export function authenticationOf({ password, key }: Login): readonly AuthenticationMethod[] {
  const methods: AuthenticationMethod[] = [];
  if (key !== undefined) methods.push({ method: "publickey", key: key.signer });
  if (password === undefined || password === "") return methods;
  methods.push({ method: "password", password });
  methods.push({
    method: "keyboard-interactive",
    respond: ({ prompts }) => {
      const [only] = prompts;
      if (only === undefined || prompts.length > 1 || only.echo)
        throw new Error("the device asks more than a password, which this page cannot answer");
      return [password];
    },
  });
  return methods;
}

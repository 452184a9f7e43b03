import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { type HeldKey, holdKey } from "../state/credentials.ts";
import { ErrorBox } from "./error-box.tsx";

/** What the user has filled in. */
export interface LoginDraft {
  readonly username: string;
  readonly password: string;
  readonly key: HeldKey | undefined;
}

export const emptyLogin: LoginDraft = { username: "", password: "", key: undefined };

interface Props {
  readonly draft: LoginDraft;
  readonly onChange: (draft: LoginDraft) => void;
}

const holders = { webcrypto: "held by the browser, cannot be taken out", page: "in the memory of this page" } as const;

/** User, password and key. A key is read here and stays here: only signatures leave the page. */
export function LoginFields({ draft, onChange }: Props): JSX.Element {
  return (
    <fieldset>
      <legend>Log in as</legend>
      <div class="row">
        <label class="grow">
          User
          <input
            required
            name="username"
            autocomplete="username"
            value={draft.username}
            onInput={(event) => onChange({ ...draft, username: event.currentTarget.value })}
          />
        </label>
        <label class="grow">
          Password
          <input
            type="password"
            name="password"
            autocomplete="current-password"
            value={draft.password}
            onInput={(event) => onChange({ ...draft, password: event.currentTarget.value })}
          />
        </label>
      </div>
      {draft.key === undefined ? (
        <KeyReader onKey={(key) => onChange({ ...draft, key })} />
      ) : (
        <p class="row">
          <span class="grow" data-test="held-key">
            Key <code>{draft.key.fingerprint}</code> ({draft.key.type}, {holders[draft.key.holder]})
          </span>
          <button type="button" onClick={() => onChange({ ...draft, key: undefined })}>
            Forget it
          </button>
        </p>
      )}
    </fieldset>
  );
}

function KeyReader({ onKey }: { readonly onKey: (key: HeldKey) => void }): JSX.Element {
  const text = useRef<HTMLTextAreaElement>(null);
  const passphrase = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<unknown>();
  const read = async (pem: string): Promise<void> => {
    try {
      setError(undefined);
      onKey(await holdKey(window.isSecureContext ? crypto.subtle : undefined, pem, passphrase.current?.value));
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <details>
      <summary>Use a private key</summary>
      <label>
        Key file
        <input
          type="file"
          onChange={async (event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file !== undefined) await read(await file.text());
          }}
        />
      </label>
      <label>
        or paste it
        <textarea
          ref={text}
          rows={3}
          name="private-key"
          spellcheck={false}
          autocomplete="off"
          placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
        />
      </label>
      <div class="row">
        <label class="grow">
          Passphrase, if it has one
          <input ref={passphrase} type="password" autocomplete="off" />
        </label>
        <button type="button" onClick={() => void read(text.current?.value ?? "")}>
          Read the key
        </button>
      </div>
      {error !== undefined && <ErrorBox error={error} />}
    </details>
  );
}

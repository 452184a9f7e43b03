import { NetconfError } from "@netconf-kit/core";
import type { AuthAttempt, AuthDecision, AuthorizedKeys } from "@netconf-kit/ssh";

/** Decides about each attempt to log in. */
export type AuthenticateClient = (attempt: AuthAttempt) => AuthDecision | Promise<AuthDecision>;

/** Who may log in, by what. */
export interface AllowLoginOptions {
  /** The only user name that may log in. Without it any name may, by key only. */
  readonly username?: string;
  readonly authorizedKeys?: AuthorizedKeys;
  /** Needs `username`. */
  readonly password?: string;
}

/**
 * Lets in who holds one of the keys, or knows the password. Everything else is refused in the same way, whether or not the user
 * exists. The SSH server itself checks the signature of a key (RFC 4252 §7) before this is final.
 *
 * @example
 * const authenticate = allowLogin({ username: "admin", authorizedKeys: parseAuthorizedKeys(text) });
 */
export function allowLogin(options: AllowLoginOptions): AuthenticateClient {
  const { username, authorizedKeys, password } = options;
  if (password !== undefined && username === undefined) {
    throw new NetconfError("invalid-argument", "cannot allow a password without a user name: any name would do");
  }
  return (attempt) => {
    const knownUser = username === undefined || attempt.username === username;
    switch (attempt.method) {
      case "publickey":
        return { accept: knownUser && authorizedKeys?.find(attempt.publicBlob) !== undefined };
      case "password":
        // Compared for unknown users too: the time must not tell who exists.
        return { accept: secretsEqual(attempt.password, password ?? "") && password !== undefined && knownUser };
      default:
        return { accept: false };
    }
  };
}

/** Compares without stopping at the first difference; how long it takes depends on the given text alone. */
function secretsEqual(given: string, expected: string): boolean {
  const encoder = new TextEncoder();
  const left = encoder.encode(given);
  const right = encoder.encode(expected);
  let difference = left.length ^ right.length;
  for (let i = 0; i < left.length; i++) difference |= (left[i] ?? 0) ^ (right[i % Math.max(1, right.length)] ?? 0);
  return difference === 0;
}

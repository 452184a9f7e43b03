declare const authenticatedBrand: unique symbol;

/** Names of the methods this package speaks (RFC 4252, RFC 4256). */
export type AuthenticationMethodName = "none" | "password" | "publickey" | "keyboard-interactive";

/**
 * Evidence that the login is complete. Made in two places only: by a server when a method has proved the user, by a
 * client when the server has said so.
 */
export interface Authenticated {
  readonly username: string;
  /** The method that completed the login. */
  readonly method: AuthenticationMethodName;
  readonly [authenticatedBrand]: true;
}

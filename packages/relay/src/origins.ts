import { isIP } from "node:net";
import { RelayError } from "./errors.ts";

/**
 * Which pages may open WebSockets (RFC 6455 §10.2). Without a list: those that the relay's own address has served. That is
 * believed for addresses and `localhost` only, because a name of somebody else may lead here for a while (DNS rebinding).
 */
export class AllowedOrigins {
  readonly #listed: ReadonlySet<string> | undefined;

  /** @throws RelayError `bad-option` for what is not `scheme://host[:port]`. */
  constructor(origins: readonly string[] | undefined) {
    this.#listed = origins === undefined || origins.length === 0 ? undefined : new Set(origins.map(checked));
  }

  /** `origin` and `host` are the header fields. Without an origin it is no browser, which would always send one: the token decides. */
  has(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined) return true;
    if (this.#listed !== undefined) return this.#listed.has(origin);
    const own = /^https?:\/\/(.+)$/.exec(origin)?.[1];
    return own !== undefined && own === host?.toLowerCase() && isOwnName(own);
  }
}

function isOwnName(host: string): boolean {
  const name = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return name === "localhost" || isIP(name) !== 0;
}

/** As a browser writes it, so that it can be compared exactly. */
function checked(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : "null";
  if (origin === "null" || origin !== text.toLowerCase().replace(/\/$/, ""))
    throw new RelayError("bad-option", `"${text}" is not an origin: write https://HOST or https://HOST:PORT`);
  return origin;
}

import { RelayError } from "./errors.ts";
import { AllowedOrigins } from "./origins.ts";
import { tokenAmong } from "./page.ts";
import { AllowedTargets, formatTarget, parseTarget, type RelayTarget } from "./targets.ts";
import { TokenCheck } from "./token.ts";

/** What of an upgrade request is judged. */
export interface GateRequest {
  readonly url: string | undefined;
  readonly origin: string | undefined;
  readonly host: string | undefined;
  /** The header field Sec-WebSocket-Protocol. */
  readonly protocols: string | undefined;
}

/** What a WebSocket is for. */
export type Way = { readonly kind: "dial"; readonly target: RelayTarget } | { readonly kind: "wait" };

export interface GateOptions {
  readonly token: string;
  readonly allow?: readonly string[];
  readonly origins?: readonly string[];
  readonly callHome: boolean;
}

/** Decides about upgrade requests. Pure. A stranger learns nothing beyond that he is one: origin and token come first. */
export class Gate {
  readonly #origins: AllowedOrigins;
  readonly #token: TokenCheck;
  readonly #targets: AllowedTargets;
  readonly #callHome: boolean;

  /** @throws RelayError `bad-option`. */
  constructor({ token, allow = [], origins, callHome }: GateOptions) {
    this.#origins = new AllowedOrigins(origins);
    this.#token = new TokenCheck(token);
    this.#targets = new AllowedTargets(allow);
    this.#callHome = callHome;
  }

  /** @throws RelayError with a close code. */
  judge({ url = "", origin, host, protocols = "" }: GateRequest): Way {
    if (!this.#origins.has(origin, host))
      throw new RelayError("origin-refused", `pages of ${origin} may not use this relay`);
    if (!this.#token.matches(tokenAmong(protocols.split(",").map((each) => each.trim()))))
      throw new RelayError("token-refused", "the token of this relay has to be among the sub-protocols");
    const [path, query] = url.split("?", 2);
    if (path === "/wait") return this.#wait();
    if (path === "/dial") return this.#dial(new URLSearchParams(query).getAll("target"));
    throw new RelayError("bad-request", "ask for /dial?target=HOST:PORT or for /wait");
  }

  #wait(): Way {
    if (this.#callHome) return { kind: "wait" };
    throw new RelayError("call-home-off", "this relay does not listen for devices that call home");
  }

  #dial([text, ...more]: readonly string[]): Way {
    const target = text === undefined || more.length > 0 ? undefined : parseTarget(text);
    if (target === undefined) throw new RelayError("bad-request", "the target has to be one HOST:PORT");
    if (!this.#targets.has(target))
      throw new RelayError("target-refused", `${formatTarget(target)} is not on the list of this relay`);
    return { kind: "dial", target };
  }
}

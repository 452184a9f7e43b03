import { readFileSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { listenTcp } from "@netconf-kit/node-adapter";
import { type RelayOptions, randomRelayToken } from "@netconf-kit/relay";
import { type Command, Option } from "commander";
import { collect } from "../collect.ts";
import { UsageError } from "../exit-codes.ts";
import { CALL_HOME_SSH_PORT } from "../ports.ts";
import { readText } from "../secrets.ts";
import { positive, withReporting } from "../session-options.ts";
import { parseListenAddress } from "../target.ts";

/** The options of a relay, as commander names them. */
export interface RelayCommandOptions {
  readonly listen: string;
  readonly allow?: readonly string[];
  readonly origin?: readonly string[];
  readonly callHome?: string;
  readonly tokenFile?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly idleTimeout?: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Adds the options of a relay to a command. */
export function withRelay(command: Command): Command {
  return withReporting(
    command
      .option(
        "--listen <[addr:]port>",
        "where browsers connect; 127.0.0.1 unless an address is given",
        "127.0.0.1:8080",
      )
      .option("--allow <host:port>", "a target that may be dialled, or NETWORK/BITS:PORT (repeatable)", collect)
      .option(
        "--origin <origin>",
        "a page that may connect (repeatable; default: what this very address serves)",
        collect,
      )
      .option("--call-home <[addr:]port>", `take devices that call home; an address alone: ${CALL_HOME_SSH_PORT}`)
      .option(
        "--token-file <file>",
        "holds the token that pages have to show; made, with a new one, when it is not there",
      )
      .option("--cert <file>", "certificate in PEM, for wss and https")
      .option("--key <file>", "its private key, in PEM")
      .addOption(
        new Option("--idle-timeout <seconds>", "without a byte until a connection is ended (default: 3600)").argParser(
          positive,
        ),
      ),
  );
}

/** What `createRelay` takes, but for who is told of events. Where devices call is opened already. */
export async function relayOptionsOf(
  options: RelayCommandOptions,
): Promise<RelayOptions & { readonly isTokenRandom: boolean }> {
  const { tokenFile, idleTimeout, allow, origin, callHome } = options;
  const { host, port } = parseListenAddress(onLoopback(options.listen), 8080);
  const tls = tlsOf(options);
  const calls = callHome === undefined ? undefined : parseListenAddress(callHome, CALL_HOME_SSH_PORT);
  if (allow === undefined && calls === undefined) {
    throw new UsageError("nothing says what the relay leads to", {
      hint: "add --allow HOST:PORT for each device, or --call-home PORT for those that call",
    });
  }
  return {
    host,
    port,
    token: tokenFile === undefined ? randomRelayToken() : tokenIn(tokenFile),
    isTokenRandom: tokenFile === undefined,
    ...(tls !== undefined && { tls }),
    ...(allow !== undefined && { allow }),
    ...(origin !== undefined && { origins: origin }),
    ...(idleTimeout !== undefined && { limits: { idleTime: Math.ceil(idleTimeout * 1000) } }),
    ...(calls !== undefined && { callHome: await listenTcp(calls) }),
  };
}

/** Beyond this machine nothing protects the token, and a page has no WebCrypto: browsers want https for it. */
export function isPlainBeyondLoopback({ host = "", tls }: Pick<RelayOptions, "host" | "tls">): boolean {
  return tls === undefined && host !== "::1" && host !== "localhost" && !(isIP(host) === 4 && host.startsWith("127."));
}

/** A port alone is not an invitation to everybody. */
function onLoopback(listen: string): string {
  return /^\d+$/.test(listen) ? `127.0.0.1:${listen}` : listen;
}

function tlsOf({ cert, key }: RelayCommandOptions): RelayOptions["tls"] {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new UsageError("a certificate and its key belong together", { hint: "give both --cert and --key" });
  return { cert: readText(cert, "the certificate"), key: readText(key, "the private key") };
}

function tokenIn(path: string): string {
  try {
    const token = readFileSync(path, "utf8").trim();
    if (token === "")
      throw new UsageError(`there is no token in "${path}"`, { hint: "delete the file to get a new one" });
    return token;
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) throw cause;
  }
  const token = randomRelayToken();
  // It must not be there by now: another one may be in use already.
  writeFileSync(path, `${token}\n`, { mode: 0o600, flag: "wx" });
  return token;
}

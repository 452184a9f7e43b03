import { memoryPair } from "@netconf-kit/socket";
import { expect } from "vitest";
import type { SshChannel, SshClientConnection, SshClientOptions, SshServerConnection } from "../../src/mod.ts";
import { acceptSsh, connectSsh, type SshServerOptions } from "../../src/mod.ts";
import { hostKey, quickAlgorithms, rightPassword } from "../session/machine-pair.ts";

export const clientDefaults: SshClientOptions = {
  username: "ada",
  verifyHostKey: () => ({ accept: true }),
  authentication: [{ method: "password", password: "secret" }],
  algorithms: quickAlgorithms,
};
export const serverDefaults: SshServerOptions = { hostKeys: [hostKey], authenticate: rightPassword };

export async function connect(
  client: Partial<SshClientOptions> = {},
  server: Partial<SshServerOptions> = {},
  maxReadBytes?: number,
): Promise<[SshClientConnection, SshServerConnection]> {
  const [left, right] = memoryPair(maxReadBytes === undefined ? {} : { maxReadBytes });
  return Promise.all([
    connectSsh(left, { ...clientDefaults, ...client }),
    acceptSsh(right, { ...serverDefaults, ...server }),
  ]);
}

export async function channelPair(
  client: SshClientConnection,
  server: SshServerConnection,
): Promise<readonly [SshChannel, SshChannel]> {
  const opening = client.openSubsystem("netconf");
  const { value } = await server.incoming[Symbol.asyncIterator]().next();
  expect(value?.name).toBe("netconf");
  const accepted = value?.accept();
  return [await opening, accepted];
}

/** The outcome of a connection attempt whose other side is a server with these options. */
export async function failureOf(
  client: Partial<SshClientOptions>,
  server: Partial<SshServerOptions> = {},
): Promise<unknown> {
  const [left, right] = memoryPair();
  const serving = acceptSsh(right, { ...serverDefaults, ...server }).catch((error: unknown) => error);
  const failure = await connectSsh(left, { ...clientDefaults, ...client }).then(
    () => "connected",
    (error: unknown) => error,
  );
  await left.closed.catch(() => {});
  await right.close();
  await serving;
  return failure;
}

/** An SSH implementation under measurement: both ends of it, each in a process of its own. */
export interface SshRival {
  /** Serves on a free port of 127.0.0.1, which it gives. The subsystems are those of `openSubsystem`. */
  serve(): Promise<number>;
  /** Connects and logs in with an ed25519 key. */
  connect(port: number): Promise<SshRivalClient>;
}

export interface SshRivalClient {
  /**
   * - `sink`: takes as many bytes as the client says and answers with one.
   * - `source`: sends as many bytes as the client asks for.
   *
   * The client says so as `LENGTH` in the name: `sink:268435456`.
   */
  openSubsystem(name: string): Promise<SshRivalChannel>;
  close(): Promise<void>;
}

export interface SshRivalChannel {
  /** Resolves when the implementation wants more. */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** Reads until so many bytes have come in all. */
  readAll(bytes: number): Promise<void>;
}

export interface SshRivalOptions {
  /** The only cipher offered, by its SSH name; without it the defaults. */
  readonly cipher?: string;
  /** The only key exchange offered, likewise. */
  readonly keyExchange?: string;
  /** Which kind of an implementation: `node`, `noble`, `addon`, `javascript`, and `nagle` for sockets as they come. */
  readonly flavour: string;
}

/** What both ends of every rival write at a time. */
export const WRITE_BYTES = 256 * 1024;

/** Takes a length out of the name of a subsystem. */
export function parseSubsystem(name: string): { readonly kind: string; readonly bytes: number } {
  const [kind = "", bytes = "0"] = name.split(":");
  return { kind, bytes: Number(bytes) };
}

export async function writeAll(channel: Pick<SshRivalChannel, "write">, bytes: number): Promise<void> {
  const block = new Uint8Array(WRITE_BYTES);
  for (let left = bytes; left > 0; left -= WRITE_BYTES) {
    const ready = channel.write(left >= WRITE_BYTES ? block : block.subarray(0, left));
    if (ready !== undefined) await ready;
  }
}

/** What a server does with a subsystem. */
export async function serveSubsystem(name: string, channel: SshRivalChannel): Promise<void> {
  const { kind, bytes } = parseSubsystem(name);
  if (kind === "source") await writeAll(channel, bytes);
  else if (kind === "sink") {
    await channel.readAll(bytes);
    await channel.write(new Uint8Array(1));
  }
}

/** Moves `bytes` over one new channel and waits until they have arrived. */
export async function moveBulk(client: SshRivalClient, kind: "sink" | "source", bytes: number): Promise<void> {
  const channel = await client.openSubsystem(`${kind}:${bytes}`);
  if (kind === "source") await channel.readAll(bytes);
  else {
    const answer = channel.readAll(1);
    await writeAll(channel, bytes);
    await answer;
  }
}

/** One handshake: TCP, key exchange, login, subsystem. */
export async function handshake(rival: SshRival, port: number): Promise<void> {
  const client = await rival.connect(port);
  await client.openSubsystem("idle");
  await client.close();
}

import type { CryptoProvider } from "@netconf-kit/ssh";
import type { BenchClock } from "./harness.ts";
import type { TcpAdapter } from "./runtimes-links.ts";

/** What a runtime has for those who measure in it; the code is the same in each. What is `undefined` it does not have. */
export interface Guest {
  /** With its version. */
  readonly name: string;
  readonly tcp: TcpAdapter | undefined;
  readonly providers: Readonly<Record<ProviderName, CryptoProvider | undefined>>;
  /** The provider to choose in this runtime: one of those above, or composed of them. */
  readonly ownProvider: { readonly name: string; readonly provider: CryptoProvider };
  readonly processorClock: BenchClock | undefined;
  /** Resident bytes when the garbage is gone. */
  readonly residentBytes: (() => Promise<number>) | undefined;
}

export type ProviderName = "noble" | "WebCrypto" | "node:crypto";

/** What not every runtime has. */
export type Need = "TCP" | "node:crypto" | "processor clock" | "figure of its memory";

/** What a guest says of itself. */
export interface GuestDescription {
  readonly name: string;
  readonly lacks: readonly Need[];
  /** Its own provider, and the cipher that this puts first. */
  readonly own: string;
}

/** Prepares and warms up some work in a guest, and gives what answers each question about it. */
export type GuestTask = (guest: Guest, clock: BenchClock) => Promise<() => Promise<unknown>>;

/** The first line, without a value, and each answer. */
export type GuestLine = { readonly value?: unknown } | { readonly error: string };

/** Says a line when the task is ready, and then answers each question. */
export async function answerQuestions(
  prepare: () => ReturnType<GuestTask>,
  questions: AsyncIterable<string>,
  say: (line: string) => void | Promise<void>,
): Promise<void> {
  const lineOf = async (work: () => Promise<unknown>): Promise<string> => {
    let line: GuestLine;
    try {
      line = { value: await work() };
    } catch (error) {
      line = { error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) };
    }
    return JSON.stringify(line);
  };
  const task = prepare();
  await say(await lineOf(async () => void (await task)));
  for await (const _ of questions) await say(await lineOf(async () => (await task)()));
}

import type { DuplexSocket } from "@netconf-kit/socket";

/** Something on its way to an open connection. */
export interface Login<T> {
  readonly ready: Promise<T>;
  abort(reason: unknown): void;
}

/** Waits for a login under an abort signal. Whatever goes wrong, the socket is closed. */
export async function establish<T>(
  socket: DuplexSocket,
  signal: AbortSignal | undefined,
  begin: () => Login<T>,
): Promise<T> {
  let login: Login<T>;
  try {
    signal?.throwIfAborted();
    login = begin();
  } catch (error) {
    await socket.close(error instanceof Error ? error : undefined);
    throw error;
  }
  // From here on the login closes the socket itself, after its last words.
  return signal === undefined ? login.ready : underSignal(login, signal);
}

function underSignal<T>(login: Login<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason);
      login.abort(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    login.ready.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

import { chmodSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { TransportError } from "netconf-kit";
import { UsageError } from "../exit-codes.ts";

/** Where a running listener is asked and told things: a socket in its state folder, for the owner of the folder only. */
export interface ControlSocket {
  close(): Promise<void>;
}

/** Answers a request. What it throws is told to who asked. */
export type AnswerControl = (request: unknown) => Promise<unknown>;

const MAX_REQUEST = 64 * 1024;
const MAX_CONNECTIONS = 16;
const TIMEOUT = 10_000;

/** Bytes of a socket's path on every system. A longer one would be cut off without a word, and name another place. */
const MAX_PATH = 103;

/** The path of a folder's socket. @throws UsageError when it is too long */
export function controlPath(folder: string): string {
  const path = join(folder, "control.sock");
  if (Buffer.byteLength(path) > MAX_PATH) {
    throw new UsageError(`the path of the state folder is too long for a socket in it: ${path}`, {
      hint: `"${path}" may have ${MAX_PATH} bytes; a path from the current folder may be shorter`,
    });
  }
  return path;
}

/**
 * Listens for requests, each a line of JSON on a connection of its own, answered by a line of JSON.
 *
 * @throws UsageError when a listener with this folder runs already
 */
export async function serveControl(folder: string, answer: AnswerControl): Promise<ControlSocket> {
  const path = controlPath(folder);
  if (await isAnswered(path)) {
    throw new UsageError(`a listener with the state folder "${folder}" runs already`, {
      hint: "stop it, or give this one another folder with --state",
    });
  }
  // Left behind by a listener that was killed.
  await rm(path, { force: true });
  // Who asks has said everything with the request, and waits for the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => void serveOne(socket, answer));
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, path);
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  return {
    close: () => {
      server.close();
      return closed;
    },
  };
}

/**
 * Asks a running listener.
 *
 * @throws TransportError `connection-refused` when none runs with this folder; UsageError with what it answered
 */
export async function askControl(folder: string, request: unknown): Promise<unknown> {
  const socket = createConnection(controlPath(folder)).setTimeout(TIMEOUT);
  socket.once("timeout", () => socket.destroy(new Error(`no answer within ${TIMEOUT} ms`)));
  try {
    socket.end(`${JSON.stringify(request)}\n`);
    const answer: unknown = JSON.parse(await readAll(socket));
    if (isRecord(answer) && "result" in answer) return answer.result;
    const why = isRecord(answer) ? String(answer.error) : "it answers in another language";
    throw new UsageError(`the running listener refused: ${why}`);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TransportError("connection-refused", `no listener answers in the state folder "${folder}": ${reason}`, {
      cause,
    });
  }
}

async function serveOne(socket: Socket, answer: AnswerControl): Promise<void> {
  socket.setTimeout(TIMEOUT, () => socket.destroy());
  try {
    const request: unknown = JSON.parse(await readAll(socket, MAX_REQUEST));
    socket.end(`${JSON.stringify({ result: (await answer(request)) ?? null })}\n`);
  } catch (error) {
    socket.end(`${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`);
  }
}

function readAll(socket: Socket, limit = Number.POSITIVE_INFINITY): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    // Stays: who asks may be gone before the answer.
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      length += chunk.length;
      if (length <= limit) chunks.push(chunk);
      else reject(new Error(`a request has ${limit} bytes at most`));
    });
    socket.once("end", () => resolve(Buffer.concat(chunks).toString()));
    socket.once("close", () => reject(new Error("the connection ended")));
  });
}

/** Whether somebody listens there. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) =>
      reject(new UsageError(`cannot make the socket "${path}": ${cause.message}`, { cause })),
    );
    // The socket is made within the call, and nobody else may ever have been able to open it.
    const before = process.umask(0o177);
    try {
      server.listen(path, resolve);
    } finally {
      process.umask(before);
    }
    // Systems that look at the folder only have no modes here.
    try {
      chmodSync(path, 0o600);
    } catch {
      // The folder is for its owner only.
    }
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

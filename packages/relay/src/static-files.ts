import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { extname, join, relative, sep } from "node:path";

const types: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".json", "application/json"],
  [".webmanifest", "application/manifest+json"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
  [".ico", "image/x-icon"],
  [".woff2", "font/woff2"],
  [".txt", "text/plain; charset=utf-8"],
]);

/**
 * Serves the files of a folder, as they are now, with headers that let a page do nothing but what it is for: scripts and styles
 * from here only, none inline, WebSockets to here only, and no frame around it. They are read once, at this call, so no path of a
 * request ever reaches the file system.
 *
 * @throws the file system's error when the folder cannot be read.
 * @example
 * await createRelay({ token, files: staticFiles("./dist") });
 */
export function staticFiles(folder: string): RequestListener {
  const files = new Map<string, { readonly content: Uint8Array; readonly type: string }>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(folder, file).split(sep).join("/")}`;
    const type = types.get(extname(file)) ?? "application/octet-stream";
    files.set(path, { content: readFileSync(file), type });
    if (path === "/index.html") files.set("/", { content: readFileSync(file), type });
  }
  return (request, response) => {
    const file = files.get((request.url ?? "").split("?", 1)[0] ?? "");
    if (request.method !== "GET" && request.method !== "HEAD") {
      refuse(response, 405, "Method Not Allowed");
    } else if (file === undefined) {
      refuse(response, 404, "Not Found");
    } else {
      response.writeHead(200, {
        ...safetyHeaders(request),
        "Content-Type": file.type,
        "Content-Length": file.content.length,
        "Cache-Control": "no-cache",
      });
      response.end(request.method === "HEAD" ? undefined : file.content);
    }
  };
}

function safetyHeaders({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  // Not every browser takes 'self' for the WebSockets of an origin too.
  const host = /^(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.exec(headers.host ?? "")?.[0];
  const sockets = host === undefined ? "" : ` ws://${host} wss://${host}`;
  return {
    "Content-Security-Policy": [
      "default-src 'self'",
      `connect-src 'self'${sockets}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "object-src 'none'",
    ].join("; "),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  };
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" });
  response.end(`${text}\n`);
}

import { tlsClient, tlsServer } from "@netconf-kit/node-adapter";
import type { Credentials } from "../suite/material.ts";
import type { Tls } from "../suite/runtime.ts";

/** TLS of `node:tls`, which Deno and Bun have as well. */
export function nodeTls(credentials: Credentials): Tls {
  return {
    client: tlsClient,
    server: ({ ca, ...own }) => tlsServer({ ...own, clientCa: ca, certToName: [{ id: 1, mapType: "san-any" }] }),
    credentials,
  };
}

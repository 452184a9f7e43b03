import type { ListenFile } from "../../src/listen-config-shape.ts";

export const HOST_KEY = `SHA256:${"A".repeat(43)}`;
export const CERTIFICATE = `SHA256:${new Array(32).fill("0F").join(":")}`;

/** A configuration with everything in it. */
export const FULL = {
  $schema: "./listen.schema.json",
  listeners: [
    { transport: "ssh", address: "192.0.2.1", port: 4400, balancers: ["10.0.0.0/8", "2001:db8::7"], outboundSsh: true },
    { transport: "tls" },
  ],
  tls: { certificateFile: "own.pem", keyFile: "own.key", authorityFiles: ["ca.pem"] },
  devices: [
    {
      name: "router 7",
      fingerprints: [HOST_KEY, CERTIFICATE],
      certified: { authority: CERTIFICATE, name: "router-7.example" },
      addresses: ["192.0.2.7", "2001:db8::7"],
      unknownKeys: "refuse",
      credentials: { username: "ops", keyFiles: ["ops.key"], agent: true, password: { file: "/run/secrets/ops" } },
      outboundSshSecret: { env: "ROUTER_7" },
    },
    { name: "router 8", addresses: ["192.0.2.8"], unknownKeys: "accept-new" },
  ],
  users: [
    { name: "ops", credentials: { username: "ops", agent: true }, unknownKeys: "accept-new" },
    { name: "old", credentials: { username: "admin", password: { env: "ADMIN" } } },
  ],
  policy: { whenConnected: "replace", unknownDevices: "hold" },
  limits: {
    probeTimeout: 1000,
    firstByteTimeout: 2000,
    secureTimeout: 3000,
    maxConnecting: 4,
    maxWaiting: 5,
    maxSessions: 6,
    admission: {
      maxPending: 7,
      maxPendingPerSource: 8,
      failures: { burst: 9, perSecond: 10 },
      failuresPerSource: { burst: 11, perSecond: 12 },
    },
    pending: { maxDevices: 13, maxPerSource: 14, expireAfter: 15_000 },
    failedUsers: { maxDevices: 16, expireAfter: 17_000 },
  },
} as const satisfies ListenFile;

import { expectSame } from "./bytes.ts";
import {
  callOne,
  hostnameOf,
  manage,
  manageCaller,
  namedServer,
  serveOne,
  sshCallers,
  sshDevice,
  sshManager,
  tlsCallers,
  tlsDevice,
  tlsManager,
} from "./ends.ts";
import { type Feature, feature } from "./feature.ts";

/** Manager and device to ends in Node.js, whoever opens the connection. The ends there know the device in here as "inside". */
export const dialsOutSsh: Feature = feature(
  "out to Node.js over SSH",
  ["reach"],
  [
    {
      name: "manages a device that it dials",
      run: async ({ reach: { dial, credentials } }) => {
        const options = sshManager(dial("ssh device"), credentials.theirFingerprint, credentials);
        expectSame(await manage(options, hostnameOf), "outside");
      },
    },
    {
      name: "is a device that calls a manager (RFC 8071)",
      run: async ({ reach: { dial, credentials } }) => {
        const server = await namedServer("inside");
        await callOne(sshDevice(server, credentials.hostKey, credentials), dial("ssh manager"));
        await server.close();
      },
    },
  ],
);

export const dialsOutTls: Feature = feature(
  "out to Node.js over TLS",
  ["reach", "tls"],
  [
    {
      name: "manages a device that it dials",
      run: async ({ reach, tls }) =>
        expectSame(await manage(tlsManager(reach.dial("tls device"), tls), hostnameOf), "outside"),
    },
    {
      name: "is a device that calls a manager (RFC 8071)",
      run: async ({ reach, tls }) => {
        const server = await namedServer("inside");
        await callOne(tlsDevice(server, tls), reach.dial("tls manager"));
        await server.close();
      },
    },
  ],
);

export const isReachedSsh: Feature = feature(
  "in from Node.js over SSH",
  ["meet"],
  [
    {
      name: "serves a manager that dials",
      run: async ({ meet: { listen, credentials } }) => {
        const server = await namedServer("inside");
        await serveOne(sshDevice(server, credentials.hostKey, credentials), await listen("ssh manager"));
        await server.close();
      },
    },
    {
      name: "manages a device that calls home (RFC 8071)",
      run: async ({ meet: { listen, credentials } }) => {
        const callers = sshCallers(credentials.theirFingerprint, credentials);
        expectSame(await manageCaller(callers, await listen("ssh device"), hostnameOf), "outside");
      },
    },
  ],
);

export const isReachedTls: Feature = feature(
  "in from Node.js over TLS",
  ["meet", "tls"],
  [
    {
      name: "serves a manager that dials",
      run: async ({ meet, tls }) => {
        const server = await namedServer("inside");
        await serveOne(tlsDevice(server, tls), await meet.listen("tls manager"));
        await server.close();
      },
    },
    {
      name: "manages a device that calls home (RFC 8071)",
      run: async ({ meet, tls }) =>
        expectSame(await manageCaller(tlsCallers(tls), await meet.listen("tls device"), hostnameOf), "outside"),
    },
  ],
);

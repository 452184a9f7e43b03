import { connectSsh, describeNegotiated, NETCONF_SUBSYSTEM, type PeerIdentity } from "netconf-kit";
import type { PreparedSsh } from "../open-ssh.ts";
import type { PreparedTls } from "../open-tls.ts";
import type { SessionSettings } from "../opener.ts";
import { Examination, type Layer } from "./examination.ts";
import { examineSession } from "./examine-session.ts";
import { overhear } from "./first-words.ts";
import { layerOf } from "./layer-of.ts";
import { layersOfWay, reach } from "./reach.ts";

/** What was found, and the error that ended it. */
export interface Findings {
  readonly examination: Examination;
  readonly error?: unknown;
}

const NETCONF: readonly Layer[] = ["hello", "framing", "reply", "capability"];

/** Opens a session over SSH, layer by layer. Rejects only when aborted: what goes wrong belongs to the findings. */
export function examineSsh(
  { settings, way, ssh }: PreparedSsh,
  session: SessionSettings,
  signal: AbortSignal,
): Promise<Findings> {
  const layers: readonly Layer[] = [
    ...layersOfWay(settings, way),
    "ssh version",
    "key exchange",
    "host key",
    "login",
    "subsystem",
    ...NETCONF,
  ];
  return examine(layers, signal, async (examination, hear) => {
    const { authentication } = ssh;
    const socket = await reach(settings, way, examination, signal);
    let hostKey = "";
    const connection = await connectSsh(
      hear(socket, (line) => examination.pass("ssh version", line)),
      {
        ...ssh,
        signal,
        verifyHostKey: (offered) => {
          examination.pass("key exchange", "");
          hostKey = `${offered.algorithm} ${offered.fingerprint}`;
          return ssh.verifyHostKey(offered);
        },
        authentication: (host) => {
          examination.pass("host key", hostKey);
          return typeof authentication === "function" ? authentication(host) : authentication;
        },
      },
    );
    try {
      examination.pass("login", `as ${connection.username}`);
      const { kex, cipher, mac } = describeNegotiated(connection.negotiated, connection.serverVersion);
      examination.explain(
        "key exchange",
        // A cipher that authenticates has no MAC beside it.
        [kex, cipher, ...(mac === "implicit" ? [] : [mac])].join(", "),
        connection.negotiated.strictKex ? [] : [NOT_STRICT],
      );
      const channel = await connection.openSubsystem(NETCONF_SUBSYSTEM, { signal });
      examination.pass("subsystem", NETCONF_SUBSYSTEM);
      await examineSession(channel, examination, session, signal);
    } finally {
      await connection.close();
    }
  });
}

const NOT_STRICT =
  "no strict key exchange: whoever sits on the way can take the first messages out (CVE-2023-48795); is there an update of the device's SSH?";

/** Opens a session over TLS, layer by layer, as {@link examineSsh} does. */
export function examineTls(
  { settings, way, tls }: PreparedTls,
  session: SessionSettings,
  signal: AbortSignal,
): Promise<Findings> {
  const layers: readonly Layer[] = [...layersOfWay(settings, way), "tls", "certificate", "login", ...NETCONF];
  return examine(layers, signal, async (examination, hear) => {
    const socket = await reach(settings, way, examination, signal);
    const channel = await tls(hear(socket), { signal });
    try {
      examination.pass("tls", Object.values(channel.security).join(", "));
      examination.pass("certificate", describeCertificate(channel.peer));
      await examineSession(channel.socket, examination, session, signal);
    } finally {
      await channel.close();
    }
  });
}

function describeCertificate(peer: PeerIdentity): string {
  if (peer.kind !== "x509-certificate") return "";
  return [...peer.names, peer.fingerprint].join(", ");
}

type Hear = (...what: Parameters<typeof overhear>) => ReturnType<typeof overhear>["socket"];

async function examine(
  layers: readonly Layer[],
  signal: AbortSignal,
  open: (examination: Examination, hear: Hear) => Promise<void>,
): Promise<Findings> {
  const examination = new Examination(layers, layerOf, () => performance.now());
  let remark = (): string => "";
  try {
    await open(examination, (...what) => {
      const overheard = overhear(...what);
      remark = overheard.remark;
      return overheard.socket;
    });
    return { examination };
  } catch (error) {
    signal.throwIfAborted();
    const { current } = examination;
    examination.fail(error, current === "ssh version" || current === "tls" ? remark() : "");
    return { examination, error };
  }
}

import { nobleCryptography, nodeCryptography, webCryptography } from "./crypto-providers.ts";
import type { Feature } from "./feature.ts";
import { framing } from "./framing.ts";
import { netconfInMemory, netconfOverTcp, netconfOverWebSockets, netconfOverWebStreams } from "./netconf-over-ssh.ts";
import { netconfOverTls } from "./netconf-over-tls.ts";
import { tcpSockets, tlsSockets, webSocketSockets, webStreamSockets } from "./sockets.ts";
import { sshTranscripts } from "./ssh-transcripts.ts";
import { dialsOutSsh, dialsOutTls, isReachedSsh, isReachedTls } from "./with-outside.ts";
import { xml } from "./xml.ts";

/** Every row of the table, in its order. */
export const features: readonly Feature[] = [
  framing,
  xml,
  sshTranscripts,
  nobleCryptography,
  webCryptography,
  nodeCryptography,
  netconfInMemory,
  webStreamSockets,
  netconfOverWebStreams,
  webSocketSockets,
  netconfOverWebSockets,
  tcpSockets,
  netconfOverTcp,
  tlsSockets,
  netconfOverTls,
  dialsOutSsh,
  isReachedSsh,
  dialsOutTls,
  isReachedTls,
];

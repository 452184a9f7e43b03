import { isAuthenticated, type Suite } from "./covering-set.ts";
import { type AlgorithmNames, ourClient, ourServer, type SshPeer } from "./ssh-peers.ts";

/** A row of the matrix and how its conversations went. */
export interface MatrixRow {
  readonly peer: SshPeer;
  readonly suites: readonly Suite[];
  /** Suites whose conversation was not as it has to be; undefined when none was held. */
  readonly failed: readonly Suite[] | undefined;
}

const lists: readonly (readonly [keyof AlgorithmNames, string])[] = [
  ["kex", "Key exchange"],
  ["hostKey", "Host key"],
  ["cipher", "Cipher"],
  ["mac", "MAC"],
];

/** The whole matrix as Markdown that can be read as it is: algorithms, peers, and why something is absent. */
export function matrixTable(rows: readonly MatrixRow[]): string {
  return [algorithmTable(rows), peerTable(rows), absences(rows)].join("\n\n");
}

function algorithmTable(rows: readonly MatrixRow[]): string {
  const names = [...new Set(rows.map(({ peer }) => peer.name))];
  const lines = lists.flatMap(([list, title]) => [
    [`**${title}**`, ...names.map(() => "")],
    ...ourClient[list].map((algorithm) => [algorithm, ...names.map((name) => cell(rows, name, list, algorithm))]),
  ]);
  return markdown([["", ...names], ...lines]);
}

/** Such as `C S`: works with the peer as client, and as server. */
function cell(rows: readonly MatrixRow[], name: string, list: keyof AlgorithmNames, algorithm: string): string {
  const marks = (["client", "server"] as const).map((role) => {
    const row = rows.find(({ peer }) => peer.name === name && peer.role === role);
    const ours = role === "server" ? ourClient : ourServer;
    if (row === undefined || !ours[list].includes(algorithm)) return " ";
    return mark(row, list, algorithm);
  });
  return marks.join(" ");
}

function mark({ peer, suites, failed }: MatrixRow, list: keyof AlgorithmNames, algorithm: string): string {
  if (failed === undefined) return "?";
  if (peer.refuses?.names.includes(algorithm)) return "r";
  if (failed.some((suite) => suite[list] === algorithm)) return "!";
  if (suites.some((suite) => suite[list] === algorithm)) return peer.role === "client" ? "C" : "S";
  return "–";
}

function peerTable(rows: readonly MatrixRow[]): string {
  const lines = rows.map(({ peer, suites }) => [
    peer.name,
    peer.version,
    peer.role,
    String(suites.length),
    peer.strictKex ? "yes" : "no",
    peer.rekeyWhileIdle !== undefined ? "we, idle" : peer.rekeysItself ? "both" : "we",
  ]);
  return markdown([["Peer", "Version", "Role", "Conversations", "Strict", "Rekeying"], ...lines]);
}

/** One line for each reason, with all peers it holds for. */
function absences(rows: readonly MatrixRow[]): string {
  const peersBy = new Map<string, string[]>();
  const note = (text: string, peer: SshPeer): void => {
    peersBy.set(text, [...(peersBy.get(text) ?? []), `${peer.name} (${peer.role})`]);
  };
  for (const { peer } of rows) {
    const ours = Object.values(peer.role === "server" ? ourClient : ourServer).flat();
    for (const { names, why } of peer.absent) {
      const missed = names.filter((name) => ours.includes(name));
      if (missed.length > 0) note(`${why}: ${missed.join(", ")}`, peer);
    }
    if (peer.refuses !== undefined) note(`${peer.refuses.why}: ${peer.refuses.names.join(", ")}`, peer);
    if (peer.supports.cipher.every(isAuthenticated)) note("no MAC is used: the cipher brings its own", peer);
    if (peer.rekeyWhileIdle !== undefined) note(`keys change while idle: ${peer.rekeyWhileIdle}`, peer);
  }
  const who = (peers: readonly string[]): string => (peers.length === rows.length ? "All" : peers.join(", "));
  return [...peersBy].map(([text, peers]) => `- ${who(peers)}: ${text}`).join("\n");
}

function markdown(lines: readonly (readonly string[])[]): string {
  const [head = []] = lines;
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  const format = (cells: readonly string[]): string =>
    `| ${cells.map((each, i) => each.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [format(head), rule, ...lines.slice(1).map(format)].join("\n");
}

import { PACKET_SIZES, type ProviderRates } from "./ciphers-cells.ts";
import { median } from "./harness.ts";
import { findHosts } from "./runtimes-hosts.ts";

const ROUNDS = 7;
/** Less is no reason for another order. */
const FAR_AHEAD = 1.25;

/** What one provider does in one runtime: medians over the rounds. */
export interface CipherReport extends ProviderRates {
  readonly runtime: string;
  /** Which clock was read. */
  readonly clock: "processor" | "wall";
  /** Its ciphers, the fastest first. */
  readonly fastest: readonly string[];
}

/**
 * Packets sealed and opened with each cipher by each provider of each runtime that is here, as the lines of a table; the order that
 * this suggests; and where ours is another one. A cipher is as fast as the geometric mean over the sizes of packets.
 */
export async function reportCiphers(clock: "processor" | "wall"): Promise<readonly CipherReport[]> {
  const { hosts, missing } = await findHosts();
  const reports: CipherReport[] = [];
  for (const { name: runtime, lacks, start } of hosts) {
    const guest = await start("ciphers", { clock });
    const rounds: ProviderRates[][] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push((await guest.ask()) as ProviderRates[]); // that is what the task answers
    await guest.stop();
    const read = lacks.includes("processor clock") ? "wall" : clock;
    for (const rates of mediansOf(rounds))
      reports.push({ runtime, clock: read, ...rates, fastest: fastestOf(rates.rates) });
  }
  const lines = [...tableOf(reports), "", "Ciphers by speed, beside our order:", ...reports.flatMap(ordersOf)];
  console.log([...lines, ...missing.map((line) => `without ${line}`), ""].join("\n"));
  return reports;
}

function mediansOf(rounds: readonly (readonly ProviderRates[])[]): readonly ProviderRates[] {
  return (rounds[0] ?? []).map(({ provider, order, rates }, index) => {
    const ofCipher = (cipher: string): readonly number[] =>
      PACKET_SIZES.map((_, size) => median(rounds.map((round) => round[index]?.rates[cipher]?.[size] ?? Number.NaN)));
    return {
      provider,
      order,
      rates: Object.fromEntries(Object.keys(rates).map((cipher) => [cipher, ofCipher(cipher)])),
    };
  });
}

function fastestOf(rates: ProviderRates["rates"]): readonly string[] {
  return Object.keys(rates).sort((a, b) => speedOf(rates[b]) - speedOf(rates[a]));
}

function speedOf(rates: readonly number[] = []): number {
  return rates.reduce((product, rate) => product * rate, 1) ** (1 / rates.length);
}

/** In Markdown. What we put first is set in bold. */
function tableOf(reports: readonly CipherReport[]): readonly string[] {
  const ciphers = [...new Set(reports.flatMap(({ rates }) => Object.keys(rates)))];
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const sizes = PACKET_SIZES.map((size) => `${size / 1024} KiB`).join(" / ");
  return [
    `ciphers: MB sealed and opened again in a second of ${clocksOf(reports)}, in packets of ${sizes} (median of ${ROUNDS}, compare within a line)`,
    "",
    row(["runtime, provider", ...ciphers.map(shortName), "first"]),
    row(["---", ...ciphers.map(() => "---"), "---"]),
    ...reports.map(({ runtime, provider, order, rates }) => {
      const cells = ciphers.map((cipher) => {
        const figures = rates[cipher]?.map((rate) => (rate / 1e6).toFixed(0)).join(" / ") ?? "–";
        return cipher === order[0] ? `**${figures}**` : figures;
      });
      return row([`${runtime}, ${provider}`, ...cells, order[0] === undefined ? "–" : shortName(order[0])]);
    }),
  ];
}

function clocksOf(reports: readonly CipherReport[]): string {
  const onTheWall = new Set(reports.filter(({ clock }) => clock === "wall").map(({ runtime }) => runtime));
  if (reports.every(({ clock }) => clock === "wall")) return "time";
  return `processor time${onTheWall.size > 0 ? ` (of time: ${[...onTheWall].join(", ")})` : ""}`;
}

/** How fast each is beside our first one, and whether that ought to be one of another family. */
function ordersOf({ runtime, provider, order, rates, fastest }: CipherReport): readonly string[] {
  const [ours] = order;
  const [first] = fastest;
  if (ours === undefined || first === undefined) return [];
  const best = fastest.find((cipher) => familyOf(cipher) === familyOf(ours)) ?? ours;
  const times = (cipher: string, of: string): number => speedOf(rates[cipher]) / speedOf(rates[of]);
  return [
    `${runtime}, ${provider}${times(first, best) < FAR_AHEAD ? "" : `: ${familyOf(first)} ought to be first`}`,
    `  by speed  ${fastest.map((cipher) => `${shortName(cipher)} (${times(cipher, ours).toFixed(2)})`).join(", ")}`,
    `  ours      ${order.map(shortName).join(", ")}`,
  ];
}

/** The length of the key is no question of speed. */
function familyOf(cipher: string): string {
  return shortName(cipher).replace(/\d{3}/, "");
}

function shortName(cipher: string): string {
  return cipher.replace("@openssh.com", "");
}

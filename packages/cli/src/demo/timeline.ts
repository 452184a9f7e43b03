import type { Terminal } from "../terminal.ts";

/** Who does something in the demo. */
export type Actor = "manager" | "device";

/** The layer at which it happens, from the wire upwards. */
export type Layer = "TCP" | "SSH" | "NETCONF" | "data" | "process";

/** Prints what happens as it happens: time since the start, who, at which layer, what. */
export interface Timeline {
  say(actor: Actor, layer: Layer, text: string): void;
  /** Lines that belong to the entry before them. */
  detail(lines: readonly string[]): void;
  /** A heading between parts of the story. */
  chapter(title: string): void;
}

export function timeline(terminal: Terminal, now: () => number): Timeline {
  const start = now();
  const { color } = terminal;
  const paint = { manager: color.cyan, device: color.yellow };
  const print = (line: string): void => void terminal.styled(`${line}\n`);
  return {
    say: (actor, layer, text) => {
      const time = `${((now() - start) / 1000).toFixed(3)} s`;
      print(`${color.dim(time.padStart(8))}  ${paint[actor](actor.padEnd(7))}  ${layer.padEnd(7)}  ${text}`);
    },
    detail: (lines) => {
      for (const line of lines) print(`${" ".repeat(30)}${paintDiff(line, color)}`);
    },
    chapter: (title) => print(`\n${color.bold(title)}`),
  };
}

function paintDiff(line: string, color: Terminal["color"]): string {
  if (line.startsWith("+")) return color.green(line);
  return line.startsWith("-") ? color.red(line) : line;
}

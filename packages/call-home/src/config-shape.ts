import type { ConfigErrorCode, ConfigProblem } from "./config-errors.ts";
import { type JsonNode, placeOf } from "./json-reader.ts";

/** JSON Schema (draft 2020-12), of the keywords used here. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * What a part of a file has to look like: reads it, and is its schema. Both come from one place, so that an editor and we are of one
 * mind. Only `check` and `unique` go beyond what a schema can say.
 *
 * Shapes are made when the module loads. What makes them is marked as free of side effects, so that a bundle that reads no file has none.
 */
export interface Shape<T> {
  readonly schema: JsonSchema;
  /** The value; undefined after a problem. */
  readonly read: (node: JsonNode, at: Reading) => T | undefined;
}

/** Where a reading is, and where its problems go. */
export class Reading {
  readonly #text: string;
  readonly #path: string;
  readonly #problems: ConfigProblem[];

  constructor(text: string, problems: ConfigProblem[], path = "") {
    this.#text = text;
    this.#problems = problems;
    this.#path = path;
  }

  get path(): string {
    return this.#path;
  }

  /** RFC 6901 §3. */
  into(step: string | number): Reading {
    const escaped = String(step).replaceAll("~", "~0").replaceAll("/", "~1");
    return new Reading(this.#text, this.#problems, `${this.#path}/${escaped}`);
  }

  /** Messages repeat no value, which may be a secret in the wrong place; only what two entries have in common. */
  wrong(code: ConfigErrorCode, { offset }: { readonly offset: number }, message: string): undefined {
    if (this.#problems.length >= MAX_PROBLEMS) return;
    this.#problems.push({ code, path: this.#path, ...placeOf(this.#text, offset), message });
  }
}

/** Nobody mends more at a time. */
const MAX_PROBLEMS = 100;

/** A member that need not be there. */
export interface Optional<T> {
  readonly optional: Shape<T>;
}

/* @__NO_SIDE_EFFECTS__ */
export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: shape };
}

/** One shape for each member of `T`, optional where the member is. */
export type Members<T> = {
  readonly [Name in keyof T]-?: object extends Pick<T, Name> ? Optional<Exclude<T[Name], undefined>> : Shape<T[Name]>;
};

/** An object with these members and no others. */
/* @__NO_SIDE_EFFECTS__ */
export function record<T extends object>(
  members: Members<T>,
  check: (value: T, node: JsonNode, at: Reading) => void = () => {},
): Shape<T> {
  // What the mapped type says of each member, for all of them.
  const entries = Object.entries(members) as readonly (readonly [string, Shape<unknown> | Optional<unknown>])[];
  const shapes = new Map(entries.map(([name, member]) => [name, "optional" in member ? member.optional : member]));
  const required = entries.filter(([, member]) => !("optional" in member)).map(([name]) => name);
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries([...shapes].map(([name, { schema }]) => [name, schema])),
      ...(required.length > 0 && { required }),
      additionalProperties: false,
    },
    read: (node, at) => {
      if (node.kind !== "object") return at.wrong("config-value", node, "has to be an object");
      const missing = required.filter((name) => !node.members.has(name));
      for (const name of missing) at.wrong("config-missing-member", node, `${JSON.stringify(name)} is missing`);
      const values = new Map<string, unknown>();
      for (const [name, member] of node.members) {
        const shape = shapes.get(name);
        if (shape === undefined) refuseMember(name, member, at);
        else values.set(name, shape.read(member.node, at.into(name)));
      }
      if (missing.length > 0 || [...values.values()].includes(undefined)) return undefined;
      // Every required member has been read, and each by its own shape.
      const value = Object.fromEntries(values) as T;
      check(value, node, at);
      return value;
    },
  };
}

/** A list; no two of its items may have an entry of `unique` in common. */
/* @__NO_SIDE_EFFECTS__ */
export function list<T>(
  item: Shape<T>,
  options: { readonly atLeast?: number; readonly unique?: (item: T) => readonly string[] } = {},
): Shape<readonly T[]> {
  const { atLeast = 0, unique = () => [] } = options;
  return {
    schema: { type: "array", items: item.schema, ...(atLeast > 0 && { minItems: atLeast }) },
    read: (node, at) => {
      if (node.kind !== "array") return at.wrong("config-value", node, "has to be a list");
      if (node.items.length < atLeast) return at.wrong("config-value", node, "must not be empty");
      const taken = new Map<string, string>();
      const values = node.items.map((entry, index) => {
        const here = at.into(index);
        const value = item.read(entry, here);
        if (value === undefined) return undefined;
        for (const claim of new Set(unique(value))) {
          const other = taken.get(claim);
          if (other !== undefined) here.wrong("config-duplicate", entry, `has the same ${claim} as ${other}`);
          else taken.set(claim, here.path);
        }
        return value;
      });
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

/** A text of a form; without one it must not be blank. */
/* @__NO_SIDE_EFFECTS__ */
export function text(what: string, pattern: RegExp = /\S/): Shape<string> {
  return scalar(`has to be ${what}`, { type: "string", pattern: pattern.source }, (value) =>
    typeof value === "string" && pattern.test(value) ? value : undefined,
  );
}

/* @__NO_SIDE_EFFECTS__ */
export function integer(from: number, to: number): Shape<number> {
  return scalar(
    `has to be a whole number from ${from} to ${to}`,
    { type: "integer", minimum: from, maximum: to },
    (value) => (Number.isInteger(value) && Number(value) >= from && Number(value) <= to ? Number(value) : undefined),
  );
}

/* @__NO_SIDE_EFFECTS__ */
export function flag(): Shape<boolean> {
  return scalar("has to be true or false", { type: "boolean" }, (value) =>
    typeof value === "boolean" ? value : undefined,
  );
}

/* @__NO_SIDE_EFFECTS__ */
export function choice<const T extends string | number>(...values: readonly T[]): Shape<T> {
  const names = values.map((value) => JSON.stringify(value)).join(" or ");
  return scalar(`has to be ${names}`, { enum: values }, (given) => values.find((value) => value === given));
}

/** One of several forms. Who chooses may report a problem instead. */
/* @__NO_SIDE_EFFECTS__ */
export function oneOf<T>(
  shapes: readonly Shape<T>[],
  choose: (node: JsonNode, at: Reading) => Shape<T> | undefined,
): Shape<T> {
  return {
    schema: { oneOf: shapes.map(({ schema }) => schema) },
    read: (node, at) => choose(node, at)?.read(node, at),
  };
}

/** The shape with words for whoever writes the file. */
/* @__NO_SIDE_EFFECTS__ */
export function described<T>(description: string, shape: Shape<T>): Shape<T> {
  return { ...shape, schema: { description, ...shape.schema } };
}

/* @__NO_SIDE_EFFECTS__ */
function scalar<T>(
  message: string,
  schema: JsonSchema,
  take: (value: string | number | boolean | null) => T | undefined,
): Shape<T> {
  return {
    schema,
    read: (node, at) => {
      const value = node.kind === "scalar" ? take(node.value) : undefined;
      return value === undefined ? at.wrong("config-value", node, message) : value;
    },
  };
}

const SECRET_NAME = /^(password|passwd|passphrase|secret|psk|(private|pre-?shared)?-?key)$/i;

function refuseMember(name: string, member: { readonly offset: number }, at: Reading): void {
  if (SECRET_NAME.test(name)) at.wrong("config-inline-secret", member, `${JSON.stringify(name)}: ${NO_SECRETS}`);
  else at.wrong("config-unknown-member", member, `there is no member ${JSON.stringify(name)}`);
}

/** Whoever reads a configuration, a backup or a support case of it would have it. */
export const NO_SECRETS = "a secret does not belong into this file, name the file or the variable that has it";

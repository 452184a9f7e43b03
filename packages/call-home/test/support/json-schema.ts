/** Whether a value fits a schema, for the keywords that this package's schemas use. Any other keyword is an error of the test. */
export function fits(schema: unknown, value: unknown): boolean {
  return Object.entries(schema as Record<string, unknown>).every(([keyword, argument]) => {
    const rule = KEYWORDS[keyword];
    if (rule === undefined) throw new Error(`the schema has the keyword ${keyword}`);
    return rule(argument as never, value, schema as Record<string, unknown>);
  });
}

type Rule = (argument: never, value: unknown, schema: Record<string, unknown>) => boolean;

const KEYWORDS: Readonly<Record<string, Rule>> = {
  $schema: () => true,
  $comment: () => true,
  title: () => true,
  description: () => true,
  type: (type: string, value) => typeOf(value).includes(type),
  enum: (values: readonly unknown[], value) => values.includes(value),
  pattern: (pattern: string, value) => typeof value !== "string" || new RegExp(pattern, "u").test(value),
  minimum: (least: number, value) => typeof value !== "number" || value >= least,
  maximum: (most: number, value) => typeof value !== "number" || value <= most,
  items: (items: unknown, value) => !Array.isArray(value) || value.every((item) => fits(items, item)),
  minItems: (least: number, value) => !Array.isArray(value) || value.length >= least,
  oneOf: (schemas: readonly unknown[], value) => schemas.filter((schema) => fits(schema, value)).length === 1,
  required: (names: readonly string[], value) => !isObject(value) || names.every((name) => Object.hasOwn(value, name)),
  properties: (schemas: Record<string, unknown>, value) =>
    !isObject(value) ||
    Object.entries(value).every(([name, member]) => !Object.hasOwn(schemas, name) || fits(schemas[name], member)),
  additionalProperties: (allowed: boolean, value, { properties }) =>
    allowed || !isObject(value) || Object.keys(value).every((name) => Object.hasOwn(properties as object, name)),
};

function typeOf(value: unknown): readonly string[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  return Number.isInteger(value) ? ["integer", "number"] : [typeof value];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

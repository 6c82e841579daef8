/** What a JSON Schema says, as rows for people to read. References are followed; one that leads back to itself is not. */
import type { Schema, Schemas } from "./openapi";

/** One member of an object, or one parameter. */
export interface Field {
  name: string;
  /** In words, such as "list of Opening" or "time, or null". */
  type: string;
  required: boolean;
  /** Markdown. */
  about: string;
  /** What bounds it, in words. */
  limits: string[];
  /** Every value that it can have, if these are few. */
  values: string[];
  example?: string;
  /** The members of the object that it is, or is a list of. Empty for anything else, and for a shape that stands around it already. */
  inner: Field[];
}

export interface Resolved {
  schema: Schema;
  /** The names of the references that led here. */
  names: string[];
  nullable: boolean;
}

const prefix = "#/components/schemas/";
const maxHops = 16;

/** Follows references and takes "or null" apart. What stands beside a reference outweighs what it leads to. */
export function resolve(schemas: Schemas, schema: Schema): Resolved {
  const names: string[] = [];
  let [at, nullable] = [schema, false];
  for (let hop = 0; hop < maxHops; hop++) {
    const { $ref, oneOf, ...beside } = at;
    const some = oneOf?.filter((one) => one.type !== "null");
    if ($ref !== undefined) {
      const name = $ref.slice(prefix.length);
      names.push(name);
      at = { ...schemas[name], ...beside };
    } else if (some?.length === 1) {
      nullable ||= some.length < oneOf!.length;
      at = { ...some[0], ...beside };
    } else {
      return { schema: at, names, nullable: nullable || isNullable(at) };
    }
  }
  return { schema: {}, names, nullable };
}

/** The members of an object, or of what a list holds: the required ones in the order of the document, then the others. */
export function fieldsOf(schemas: Schemas, schema: Schema, around: readonly string[] = []): Field[] {
  const { schema: at, names } = resolve(schemas, schema);
  if (names.some((name) => around.includes(name))) return [];
  const inside = [...around, ...names];
  if (at.items) return fieldsOf(schemas, at.items, inside);
  const required = at.required ?? [];
  const all = new Set([...required, ...Object.keys(at.properties ?? {})]);
  return [...all].map((name) => fieldOf(schemas, name, at.properties?.[name] ?? {}, required.includes(name), inside));
}

/** One member, with all that is inside it. */
export function fieldOf(schemas: Schemas, name: string, schema: Schema, required: boolean, around: readonly string[] = []): Field {
  const { schema: at } = resolve(schemas, schema);
  const [example] = at.examples ?? [];
  const values = at.enum ?? (at.items ? resolve(schemas, at.items).schema.enum : undefined) ?? [];
  return {
    name,
    type: typeOf(schemas, schema),
    required,
    about: at.description ?? "",
    limits: limitsOf(at),
    values: values.map(String),
    ...(example === undefined ? {} : { example: Array.isArray(example) ? example.join(",") : String(example) }),
    inner: fieldsOf(schemas, schema, around),
  };
}

const formats: Record<string, string> = { "date-time": "time", date: "date", uri: "address" };

/** The type in words. */
export function typeOf(schemas: Schemas, schema: Schema): string {
  const { schema: at, names, nullable } = resolve(schemas, schema);
  return bare(schemas, at, names) + (nullable ? ", or null" : "");
}

function bare(schemas: Schemas, at: Schema, names: string[]): string {
  const [type] = [at.type ?? "anything"].flat().filter((one) => one !== "null");
  if (at.items) return `list of ${typeOf(schemas, at.items)}`;
  if (type === "object") return names.at(-1) ?? "object";
  if (type === "integer") return "whole number";
  if (type === "boolean") return "true or false";
  return (at.format && formats[at.format]) || type || "null";
}

function limitsOf(at: Schema): string[] {
  return [
    span(at.minimum, at.maximum, ""),
    span(at.minLength, at.maxLength, " characters"),
    span(at.minItems, at.maxItems, " entries"),
    at.default === undefined ? "" : `${JSON.stringify(at.default)} unless told`,
  ].filter(Boolean);
}

function span(least: number | undefined, most: number | undefined, unit: string): string {
  const [from, to] = [least?.toLocaleString("en"), most?.toLocaleString("en")];
  if (from !== undefined && to !== undefined) return from === to ? `${from}${unit}` : `${from} to ${to}${unit}`;
  if (to !== undefined) return `at most ${to}${unit}`;
  return from === undefined ? "" : `at least ${from}${unit}`;
}

function isNullable(schema: Schema): boolean {
  return Array.isArray(schema.type) && schema.type.includes("null");
}

/** An example of what a JSON Schema describes, made of the examples that the document gives for its parts. */
import type { Schema, Schemas } from "./openapi";
import { resolve } from "./shape";

/** Values that are known by name, so that an answer speaks of the same things as its request. */
export type Known = Record<string, unknown>;

const formats: Record<string, string> = { "date-time": "2026-11-24T17:05:00Z", date: "2026-11-24" };

/** Makes an example. What has none in the document is "…", or the first value allowed. */
export function exampleOf(schemas: Schemas, schema: Schema, known: Known = {}, name = "", around: readonly string[] = []): unknown {
  const { schema: at, names } = resolve(schemas, schema);
  if (at.examples?.length) return at.examples[0];
  const inside = [...around, ...names];
  if (at.items) {
    const again = resolve(schemas, at.items).names.some((one) => inside.includes(one));
    return again ? [] : [exampleOf(schemas, at.items, known, name, inside)];
  }
  if (at.properties) return exampleOfObject(schemas, at, known, inside);
  return fits(at, known[name]) ? known[name] : exampleOfValue(at, name);
}

/** Whether a value known by name is one that this schema means: names repeat. */
function fits(at: Schema, value: unknown): boolean {
  const types = [at.type ?? []].flat().map((type) => (type === "integer" ? "number" : type));
  return types.includes(typeof value) && (at.enum?.includes(value) ?? true);
}

function exampleOfObject(schemas: Schemas, at: Schema, known: Known, inside: readonly string[]): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const member of at.required ?? []) {
    const schema = at.properties?.[member] ?? {};
    const again = resolve(schemas, schema).names.some((one) => inside.includes(one));
    made[member] = again ? null : exampleOf(schemas, schema, known, member, inside);
  }
  return made;
}

function exampleOfValue(at: Schema, name: string): unknown {
  if (at.enum?.length) return at.enum[0];
  if (at.default !== undefined) return at.default;
  const [type] = [at.type ?? "null"].flat();
  if (type === "integer" || type === "number") return Math.max(1, at.minimum ?? 1);
  if (type === "boolean") return true;
  if (type === "object") return {};
  if (type !== "string") return null;
  return (at.format && formats[at.format]) || (name.endsWith("_id") ? `${name.slice(0, -3)}_…` : "…");
}

/** Every plain value in an example, by name. */
export function valuesIn(example: unknown): Known {
  if (typeof example !== "object" || example === null || Array.isArray(example)) return {};
  return Object.fromEntries(Object.entries(example).flatMap(([name, value]) => (typeof value === "object" ? Object.entries(valuesIn(value)) : [[name, value]])));
}

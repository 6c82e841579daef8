/** As much of an OpenAPI 3.1 document as this page shows, and how it is read. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  enum?: unknown[];
  examples?: unknown[];
  default?: unknown;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  additionalProperties?: boolean | Schema;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

type Content = Record<string, { schema?: Schema }>;

export interface OperationObject {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Content; required?: boolean };
  responses?: Record<string, { description?: string; content?: Content }>;
  security?: Record<string, string[]>[];
}

export interface Document {
  info: { title: string; version: string; description?: string };
  servers?: { url: string; description?: string }[];
  tags?: { name: string; description?: string }[];
  paths: Record<string, Record<string, OperationObject>>;
  components?: { schemas?: Record<string, Schema>; securitySchemes?: Record<string, { type: string; in?: string; description?: string }> };
}

export interface Operation extends OperationObject {
  id: string;
  method: string;
  path: string;
  tag: string;
}

const methods = ["get", "put", "post", "delete", "patch"];

/** All operations, as the document orders its tags, and within a tag by path. */
export function operationsOf(doc: Document): Operation[] {
  const tags = doc.tags?.map((tag) => tag.name) ?? [];
  const all: Operation[] = [];
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const method of methods) {
      const one = item[method];
      if (one) all.push({ ...one, method: method.toUpperCase(), path, id: one.operationId ?? `${method}-${path}`, tag: one.tags?.[0] ?? "Other" });
    }
  }
  const place = (tag: string) => (tags.indexOf(tag) + tags.length + 1) % (tags.length + 1); // an unlisted tag comes last
  return all.sort((a, b) => place(a.tag) - place(b.tag) || a.path.localeCompare(b.path) || methods.indexOf(a.method.toLowerCase()) - methods.indexOf(b.method.toLowerCase()));
}

/** Finds operations by words: every word must stand somewhere in path, method, summary, description or parameters. */
export function search(operations: readonly Operation[], text: string): Operation[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return operations.filter((o) => {
    const hay = [o.method, o.path, o.summary, o.description, o.tag, ...(o.parameters ?? []).map((p) => p.name)].join(" ").toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}

/** Follows a reference into the document's components; a reference that leads nowhere is an empty schema. */
export function resolve(doc: Document, schema: Schema | undefined): Schema {
  const name = schema?.$ref?.split("/").at(-1);
  return (name ? doc.components?.schemas?.[name] : schema) ?? {};
}

/** Tells "this or null" apart from everything else. */
export function orNull(doc: Document, schema: Schema): { schema: Schema; nullable: boolean } {
  const some = schema.oneOf?.filter((one) => one.type !== "null");
  if (schema.oneOf && some?.length === 1) return { schema: { description: schema.description, ...resolve(doc, some[0]) }, nullable: some.length < schema.oneOf.length };
  return { schema: resolve(doc, schema), nullable: Array.isArray(schema.type) && schema.type.includes("null") };
}

/** Formats that say how a machine stores a number, not what it may be. */
const machineFormats = new Set(["int32", "int64", "float", "double"]);

/** A schema's type and limits in a few words, such as "integer, 1 to 5000". */
export function typeWords(doc: Document, schema: Schema): string {
  const { schema: s, nullable } = orNull(doc, schema);
  const kind = Array.isArray(s.type) ? s.type.filter((t) => t !== "null").join(" or ") : (s.type ?? "any");
  const words = [kind === "array" && s.items ? `list of ${typeWords(doc, s.items).split(",")[0]}` : kind];
  if (s.format && !machineFormats.has(s.format)) words.push(s.format);
  if (s.minimum !== undefined || s.maximum !== undefined) words.push(`${s.minimum ?? "…"} to ${s.maximum ?? "…"}`);
  if (s.maxLength !== undefined) words.push(`up to ${s.maxLength} characters`);
  if (s.maxItems !== undefined) words.push(`up to ${s.maxItems}`);
  if (s.default !== undefined) words.push(`${JSON.stringify(s.default)} if left out`);
  if (nullable) words.push("or null");
  return words.join(", ");
}

const deepest = 6;

/** An example that a schema allows, from the examples in it. */
export function example(doc: Document, given: Schema | undefined, depth = 0): unknown {
  if (!given || depth > deepest) return null;
  const { schema } = orNull(doc, given);
  if (schema.examples?.length) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.enum?.length) return schema.enum[0];
  const type = Array.isArray(schema.type) ? schema.type.find((t) => t !== "null") : schema.type;
  switch (type) {
    case "object":
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, of]) => [name, example(doc, of, depth + 1)]));
    case "array":
      return [example(doc, schema.items, depth + 1)];
    case "integer":
    case "number":
      return schema.minimum ?? 0;
    case "boolean":
      return true;
    case "string":
      return exampleText(schema);
  }
  return null;
}

function exampleText(schema: Schema): string {
  if (schema.format === "date-time") return "2026-11-24T12:00:00Z";
  if (schema.format === "date") return "2026-11-24";
  return "…";
}

/** The JSON body that an answer or a request has, if it has one. */
export const bodyOf = (content: Content | undefined): Schema | undefined => content?.["application/json"]?.schema;

/** A line for a shell that does what the operation does. */
export function curl(doc: Document, o: Operation, server: string): string {
  const value = (p: Parameter) => String(example(doc, p.schema) ?? "…");
  const path = (o.parameters ?? []).filter((p) => p.in === "path").reduce((at, p) => at.replace(`{${p.name}}`, encodeURIComponent(value(p))), o.path);
  const query = (o.parameters ?? []).filter((p) => p.in === "query" && p.required).map((p) => `${p.name}=${encodeURIComponent(value(p))}`);
  const lines = [`curl ${o.method === "GET" ? "" : `-X ${o.method} `}'${server}${path}${query.length ? `?${query.join("&")}` : ""}'`];
  const scheme = Object.keys(o.security?.[0] ?? {})[0];
  const kind = scheme ? doc.components?.securitySchemes?.[scheme]?.type : undefined;
  if (kind === "http") lines.push(`-H 'Authorization: Bearer '"$LOCKHOUSE_KEY"`);
  if (kind === "apiKey") lines.push("-b cookies.txt");
  const body = bodyOf(o.requestBody?.content);
  if (body) lines.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(example(doc, body)).replaceAll("'", "'\\''")}'`);
  return lines.join(" \\\n  ");
}

/** The codes with which an operation may refuse, as its answers name them. */
export function refusalsOf(o: Operation): { status: string; code: string }[] {
  return Object.entries(o.responses ?? {})
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([status, answer]) => [...(answer.description ?? "").matchAll(/`([a-z_]+)`/g)].map(([, code]) => ({ status, code: code ?? "" })));
}

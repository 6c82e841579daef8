/** The OpenAPI document, read for people: operations by tag, each with what its callers need to know. */
import { callersOf, type Caller } from "./callers";
import { curlOf } from "./curl";
import { exampleOf, valuesIn, type Known } from "./example";
import type { Content, OpenAPI, Parameter, PathOperation, Schema, Schemas } from "./openapi";
import { explanations, unexplained, type Explanation } from "./problems";
import { fieldOf, fieldsOf, typeOf, type Field } from "./shape";

/** A body in either direction. */
export interface Body {
  type: string;
  fields: Field[];
  example: unknown;
}

export interface Answer {
  /** One status or more, such as "200 or 201". */
  status: string;
  words: string;
  body?: Body;
}

export interface Refusal {
  status: string;
  words: string;
  codes: string[];
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  /** Markdown. */
  about: string;
  callers: Caller[];
  inPath: Field[];
  inQuery: Field[];
  body?: Body;
  answers: Answer[];
  refusals: Refusal[];
  /** Absent where curl can't ask. */
  curl?: string;
  /** Everything to search in, in small letters. */
  words: string;
}

export interface Group {
  id: string;
  name: string;
  about: string;
  operations: Operation[];
}

export interface Problem extends Explanation {
  code: string;
  statuses: string[];
}

export interface Reference {
  version: string;
  /** Where the network is reached. */
  base: string;
  /** Markdown. */
  about: string;
  groups: Group[];
  problems: Problem[];
  /** The members of every problem. */
  problem?: Body;
}

/** Reads the document. */
export function read(doc: OpenAPI): Reference {
  const base = doc.servers[0]?.url ?? "";
  const common = examplesOf(Object.values(doc.paths).flatMap((methods) => Object.values(methods).flatMap((op) => op.parameters ?? [])));
  const source = { schemas: doc.components.schemas, base, common };
  const operations = Object.entries(doc.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, op]) => ({ tag: op.tags[0], operation: operationOf(source, method.toUpperCase(), path, op) })),
  );
  const groups = doc.tags.map(({ name, description }) => ({
    id: `tag-${name.toLowerCase()}`,
    name,
    about: description,
    operations: operations.filter((one) => one.tag === name).map((one) => one.operation).sort(inWalkingOrder),
  }));
  const all = groups.flatMap((group) => group.operations);
  return { version: doc.info.version, base, about: doc.info.description, groups, problems: problemsOf(all), problem: problemBody(doc) };
}

const order = ["PUT", "GET", "POST", "DELETE"];

/** The API before the server's own health, short addresses before those that go on from them, and what makes a thing before what reads and ends it. */
function inWalkingOrder(a: Operation, b: Operation): number {
  const ours = (op: Operation) => Number(op.path.startsWith("/v1/"));
  return ours(b) - ours(a) || a.path.localeCompare(b.path) || order.indexOf(a.method) - order.indexOf(b.method);
}

/** What all operations are read with. */
interface Source {
  schemas: Schemas;
  base: string;
  /** Examples of parameters anywhere: they stand in for fields of the same name that have none. */
  common: Known;
}

function operationOf({ schemas, base, common }: Source, method: string, path: string, op: PathOperation): Operation {
  const callers = callersOf(op);
  const parameters = op.parameters ?? [];
  const schema = schemaOf(op.requestBody?.content);
  const examples = examplesOf(parameters);
  const body = schema && bodyOf(schemas, schema, { ...common, ...examples });
  const fields = (place: string) => parametersIn(parameters, place).map((p) => fieldOf(schemas, p.name, p.schema, p.required ?? false));
  const known = { ...common, ...valuesIn(body?.example), ...examples };
  const answers = answersOf(schemas, op, known);
  const read = {
    id: op.operationId,
    method,
    path,
    summary: op.summary,
    about: op.description ?? "",
    callers,
    inPath: fields("path"),
    inQuery: fields("query"),
    ...(body ? { body } : {}),
    answers,
    refusals: refusalsOf(op),
    ...(answers.some((answer) => answer.status.startsWith("2")) ? { curl: curlFor(base, method, path, op, body) } : {}),
  };
  return { ...read, words: wordsOf(read) };
}

function parametersIn(parameters: Parameter[], place: string): Parameter[] {
  return parameters.filter((p) => p.in === place);
}

function examplesOf(parameters: Parameter[]): Known {
  return Object.fromEntries(parameters.filter((p) => p.schema.examples?.length).map((p) => [p.name, p.schema.examples![0]]));
}

function schemaOf(content: Content | undefined): Schema | undefined {
  return Object.values(content ?? {})[0]?.schema;
}

function bodyOf(schemas: Schemas, schema: Schema, known: Known): Body {
  return { type: typeOf(schemas, schema), fields: fieldsOf(schemas, schema), example: exampleOf(schemas, schema, known) };
}

function curlFor(base: string, method: string, path: string, op: PathOperation, body: Body | undefined): string {
  const parameters = op.parameters ?? [];
  const [scheme] = op.security.flatMap((one) => Object.keys(one));
  return curlOf({
    method,
    base,
    path,
    inPath: examplesOf(parametersIn(parameters, "path")),
    query: examplesOf(parametersIn(parameters, "query").filter((p) => p.required)),
    ...(body ? { body: body.example } : {}),
    credential: scheme === "session" ? "session" : scheme === undefined ? "none" : "key",
  });
}

/** The successes; two that answer with the same shape are one. */
function answersOf(schemas: Schemas, op: PathOperation, known: Known): Answer[] {
  const answers: Answer[] = [];
  for (const [status, response] of Object.entries(op.responses).filter(([status]) => Number(status) < 400)) {
    const schema = schemaOf(response.content);
    const body = schema && bodyOf(schemas, schema, known);
    const same = answers.find((answer) => body && answer.body?.type === body.type);
    if (same) Object.assign(same, { status: `${same.status} or ${status}`, words: `${same.words} or ${response.description}` });
    else answers.push({ status, words: response.description, ...(body ? { body } : {}) });
  }
  return answers;
}

function refusalsOf(op: PathOperation): Refusal[] {
  return Object.entries(op.responses)
    .filter(([status]) => Number(status) >= 400)
    .map(([status, { description }]) => ({ status, words: description, codes: [...description.matchAll(/`(\w+)`/g)].map((found) => found[1]!) }));
}

function wordsOf(op: Omit<Operation, "words">): string {
  const fields = [op.inPath, op.inQuery, op.body?.fields ?? [], ...op.answers.map((answer) => answer.body?.fields ?? [])].flat();
  const codes = op.refusals.flatMap((refusal) => refusal.codes);
  return [op.id, op.method, op.path, op.summary, op.about, ...fields.flatMap(namesIn), ...codes].join(" ").toLowerCase();
}

function namesIn(field: Field): string[] {
  return [field.name, ...field.inner.flatMap(namesIn)];
}

/** Every code that is explained or met, with the statuses under which it travels. */
function problemsOf(operations: Operation[]): Problem[] {
  const statuses = new Map<string, Set<string>>(Object.keys(explanations).map((code) => [code, new Set()]));
  for (const { status, codes } of operations.flatMap((op) => op.refusals)) {
    for (const code of codes) statuses.set(code, (statuses.get(code) ?? new Set()).add(status));
  }
  return [...statuses].map(([code, met]) => ({ code, statuses: [...met].sort(), ...(explanations[code] ?? unexplained) }));
}

function problemBody(doc: OpenAPI): Body | undefined {
  const responses = Object.values(doc.paths).flatMap((methods) => Object.values(methods).flatMap((op) => Object.values(op.responses)));
  const schema = responses.find((response) => response.content?.["application/problem+json"])?.content?.["application/problem+json"]?.schema;
  return schema && { ...bodyOf(doc.components.schemas, schema, { status: 409 }), type: "Problem" };
}

import { describe, expect, it } from "vitest";
import { curl, example, operationsOf, refusalsOf, search, typeWords, type Document } from "./openapi";
import { blocks } from "./prose";

const doc: Document = {
  info: { title: "T", version: "1" },
  tags: [{ name: "Holds" }, { name: "Parcels" }],
  paths: {
    "/v1/parcels/{ref}": { get: { operationId: "getParcel", tags: ["Parcels"], summary: "A parcel", parameters: [{ name: "ref", in: "path", required: true, schema: { type: "string", examples: ["a b"] } }] } },
    "/v1/holds": {
      post: {
        operationId: "place", tags: ["Holds"], summary: "Keep room", security: [{ key: [] }],
        requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Hold" } } } },
        responses: { "201": { description: "Created" }, "409": { description: "Refused: `full`, `closed`" } },
      },
      get: { operationId: "list", tags: ["Holds"], parameters: [{ name: "day", in: "query", required: true, schema: { type: "string", format: "date" } }, { name: "limit", in: "query", schema: { type: "integer" } }] },
    },
    "/healthz": { get: { operationId: "health", tags: ["Elsewhere"] } },
  },
  components: {
    securitySchemes: { key: { type: "http" } },
    schemas: {
      Hold: { type: "object", required: ["site"], properties: { site: { type: "string", examples: ["it's"] }, again: { $ref: "#/components/schemas/Hold" }, days: { type: "integer", minimum: 1, maximum: 30 } } },
    },
  },
};
const all = operationsOf(doc);
const named = (id: string) => all.find((o) => o.id === id)!;

describe("the document", () => {
  it("is read in the order of its tags, what has none last", () =>
    expect(all.map((o) => o.id)).toEqual(["list", "place", "getParcel", "health"]));

  it("is searched by all of the words", () => {
    expect(search(all, "post hold").map((o) => o.id)).toEqual(["place"]);
    expect(search(all, "limit").map((o) => o.id)).toEqual(["list"]);
    expect(search(all, "hold parcel")).toEqual([]);
    expect(search(all, "  ")).toHaveLength(4);
  });

  it("names its refusals", () =>
    expect(refusalsOf(named("place"))).toEqual([{ status: "409", code: "full" }, { status: "409", code: "closed" }]));
});

describe("a schema", () => {
  it("that contains itself still has an example", () =>
    expect(JSON.stringify(example(doc, { $ref: "#/components/schemas/Hold" })).length).toBeLessThan(1000));

  it("is said in words with its limits", () => {
    expect(typeWords(doc, { type: "integer", minimum: 1, maximum: 30 })).toBe("integer, 1 to 30");
    expect(typeWords(doc, { type: ["string", "null"], format: "date-time" })).toBe("string, date-time, or null");
    expect(typeWords(doc, { oneOf: [{ $ref: "#/components/schemas/Hold" }, { type: "null" }] })).toBe("object, or null");
    expect(typeWords(doc, { type: "array", items: { type: "string", maxLength: 4 } })).toBe("list of string");
    expect(typeWords(doc, { $ref: "#/components/schemas/Nowhere" })).toBe("any");
  });
});

describe("a curl line", () => {
  it("fills the path and the parameters that are needed", () => {
    expect(curl(doc, named("getParcel"), "http://n")).toBe("curl 'http://n/v1/parcels/a%20b'");
    expect(curl(doc, named("list"), "http://n")).toBe("curl 'http://n/v1/holds?day=2026-11-24'");
  });

  it("keeps the shell from reading an example's quotes", () => {
    const line = curl(doc, named("place"), "http://n");
    expect(line).toContain("-X POST");
    expect(line).toContain(`Bearer '"$LOCKHOUSE_KEY"`);
    expect(line).toContain(`it'\\''s`);
  });
});

describe("a description", () => {
  it("becomes paragraphs, lists, bold and code, and never markup", () => {
    expect(blocks("One\nline <b>.\n\n- **a** `b`\n- c")).toEqual([
      { kind: "p", items: [[{ kind: "text", text: "One line <b>." }]] },
      { kind: "ul", items: [[{ kind: "bold", text: "a" }, { kind: "text", text: " " }, { kind: "code", text: "b" }], [{ kind: "text", text: "c" }]] },
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { exampleOf, valuesIn } from "./example";
import { document } from "./fixture";

const { schemas } = document.components;
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe("exampleOf", () => {
  it("takes the document's examples, and leaves out what may be left out", () => {
    expect(exampleOf(schemas, ref("Order"))).toEqual({ site_id: "site_…", parcel: { length_mm: 300 } });
  });

  it("speaks of the same things as the request, and ends where a shape comes round again", () => {
    expect(exampleOf(schemas, ref("Hold"), { reference: "order-1041" })).toEqual({
      reference: "order-1041",
      state: "placed",
      lapses_at: "2026-11-24T17:05:00Z",
      before: null,
      later: [],
    });
  });

  it("takes a known value only where it can stand", () => {
    const known = { day: "2026-11-24", count: "two" };
    const schema = { properties: { day: { type: "string", enum: ["monday"] }, count: { type: "integer" }, at: {} }, required: ["day", "count", "at"] };
    expect(exampleOf({}, schema, known)).toEqual({ day: "monday", count: 1, at: null });
  });

  it("stays within a schema's bounds", () => {
    expect(exampleOf({}, { type: "integer", minimum: 5 })).toBe(5);
    expect(exampleOf({}, { type: "integer", default: 10, maximum: 50 })).toBe(10);
    expect(exampleOf({}, { type: "array", items: { type: "boolean" } })).toEqual([true]);
  });
});

describe("valuesIn", () => {
  it("finds values at any depth of an object", () => {
    expect(valuesIn({ a: 1, b: { c: "x" }, d: [2] })).toEqual({ a: 1, c: "x" });
  });
});

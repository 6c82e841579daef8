import { describe, expect, it } from "vitest";
import { document } from "./fixture";
import { fieldsOf, resolve, typeOf } from "./shape";

const { schemas } = document.components;
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe("resolve", () => {
  it("follows a reference, and lets what stands beside it win", () => {
    const { schema, names } = resolve(schemas, { ...ref("Dimensions"), description: "How large." });
    expect(schema.description).toBe("How large.");
    expect(schema.required).toEqual(["length_mm"]);
    expect(names).toEqual(["Dimensions"]);
  });

  it("takes a choice with null apart", () => {
    const { schema, nullable } = resolve(schemas, { oneOf: [ref("Dimensions"), { type: "null" }] });
    expect(nullable).toBe(true);
    expect(schema.type).toBe("object");
  });

  it("gives up on a reference that leads to itself, and on one that leads nowhere", () => {
    expect(resolve(schemas, ref("Ring")).schema).toEqual({});
    expect(resolve(schemas, ref("Nothing")).schema).toEqual({});
  });
});

describe("fieldsOf", () => {
  it("lists required members in the document's order, then the others", () => {
    expect(fieldsOf(schemas, ref("Order")).map(({ name, required }) => [name, required])).toEqual([
      ["site_id", true],
      ["parcel", true],
      ["note", false],
    ]);
  });

  it("goes into what is inside", () => {
    const parcel = fieldsOf(schemas, ref("Order")).find((field) => field.name === "parcel");
    expect(parcel?.about).toBe("How large.");
    expect(parcel?.inner).toEqual([
      { name: "length_mm", type: "whole number", required: true, about: "", limits: ["1 to 5,000"], values: [], example: "300", inner: [] },
    ]);
  });

  it("does not go round in circles, by members or by lists", () => {
    const fields = fieldsOf(schemas, ref("Hold"));
    expect(fields.map(({ name, type, inner }) => [name, type, inner.length])).toEqual([
      ["reference", "string", 0],
      ["state", "string", 0],
      ["lapses_at", "time, or null", 0],
      ["before", "Hold, or null", 0],
      ["later", "list of Hold", 0],
    ]);
    expect(fields[1]?.values).toEqual(["placed", "lapsed"]);
  });

  it("says what bounds a value", () => {
    const schema = { type: "object", properties: { a: { type: "string", minLength: 4, maxLength: 4 }, b: { type: "integer", minimum: 0, default: 10 }, c: { type: "array", maxItems: 13, items: { type: "string", enum: ["x"] } } } };
    expect(fieldsOf({}, schema).map(({ limits, values }) => [limits, values])).toEqual([
      [["4 characters"], []],
      [["at least 0", "10 unless told"], []],
      [["at most 13 entries"], ["x"]],
    ]);
  });
});

describe("typeOf", () => {
  it.each([
    [{ type: "array", items: { type: "string", format: "date" } }, "list of date"],
    [{ type: ["boolean", "null"] }, "true or false, or null"],
    [{ type: "null" }, "null"],
    [{}, "anything"],
  ])("puts %j in words", (schema, words) => expect(typeOf(schemas, schema)).toBe(words));
});

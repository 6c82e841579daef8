import { describe, expect, it } from "vitest";
import { anchorNamed, find } from "./find";
import { document } from "./fixture";
import { read } from "./reference";

const reference = read(document);
const operations = reference.groups.flatMap((group) => group.operations);
const place = operations.find((op) => op.id === "placeHold")!;

describe("read", () => {
  it("groups by tag, and puts what makes a thing first", () => {
    expect(reference.groups.map((group) => [group.id, group.operations.map((op) => op.id)])).toEqual([
      ["tag-holds", ["placeHold", "releaseHold"]],
      ["tag-receipts", ["line", "carry"]],
    ]);
  });

  it("says who may call", () => {
    expect(operations.map((op) => op.callers)).toEqual([["shop"], ["shop"], ["anybody"], ["own page"]]);
  });

  it("joins answers of the same shape, in the words of the request", () => {
    expect(place.answers).toHaveLength(1);
    expect(place.answers[0]).toMatchObject({ status: "200 or 201", words: "OK or Created", body: { type: "Hold", example: { reference: "order-1041" } } });
  });

  it("gives a line to paste, but not for what curl can't ask", () => {
    expect(place.curl).toContain('"https://lockers.example/v1/holds/order-1041"');
    expect(place.curl).toContain('"length_mm": 300');
    expect(operations.find((op) => op.id === "line")?.curl).toBeUndefined();
  });

  it("has every code, even one that it can't explain", () => {
    expect(place.refusals).toEqual([{ status: "409", words: "Refused: `full`, `brand_new`", codes: ["full", "brand_new"] }]);
    const statuses = Object.fromEntries(reference.problems.map((problem) => [problem.code, problem.statuses]));
    expect(statuses).toMatchObject({ full: ["409"], brand_new: ["409"], forbidden: ["403"], past: [] });
    expect(reference.problem?.example).toEqual({ code: "full" });
  });
});

describe("find", () => {
  const ids = (wish: string) => find(reference, wish).groups.flatMap((group) => group.operations.map((op) => op.id));

  it("finds by every word, in fields and codes too", () => {
    expect(ids("")).toEqual(["placeHold", "releaseHold", "line", "carry"]);
    expect(ids("  KEEP length_mm ")).toEqual(["placeHold"]);
    expect(ids("brand_new")).toEqual(["placeHold"]);
    expect(ids("keep receipts carry")).toEqual([]);
  });

  it("finds problems, and counts operations", () => {
    const found = find(reference, "problem full");
    expect(found.problems.map((problem) => problem.code)).toContain("full");
    expect(find(reference, "holds").count).toBe(2);
  });
});

describe("anchorNamed", () => {
  it("knows operations and codes, and nothing else", () => {
    expect(anchorNamed(reference, "POST /v1/receipts")).toBe("carry");
    expect(anchorNamed(reference, "full")).toBe("problem-full");
    expect(anchorNamed(reference, "PUT /v1/receipts")).toBeUndefined();
  });
});

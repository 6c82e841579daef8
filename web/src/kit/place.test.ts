import { describe, expect, it } from "vitest";
import type { Compartment } from "./contract";
import { layOut, placeOf } from "./place";

const box = (number: number, column: number, floor_mm: number, height_mm = 190): Compartment => ({
  number,
  size: "M",
  column,
  row: 1,
  floor_mm,
  width_mm: 380,
  height_mm,
});
const front = [box(1, 1, 200), box(2, 1, 400), box(3, 2, 700), box(4, 3, 1100), box(5, 4, 1400), box(6, 5, 1700)];

describe("placeOf", () => {
  it("says side, column and height", () => {
    expect(placeOf(front, 1)).toEqual({ side: "left", column: 1, height: "ground" });
    expect(placeOf(front, 2)).toEqual({ side: "left", column: 1, height: "knee" });
    expect(placeOf(front, 3)).toEqual({ side: "left", column: 2, height: "hip" });
    expect(placeOf(front, 4)).toEqual({ side: "middle", column: 3, height: "chest" });
    expect(placeOf(front, 5)).toEqual({ side: "right", column: 4, height: "eye" });
    expect(placeOf(front, 6)).toEqual({ side: "right", column: 5, height: "above" });
  });
  it("knows nothing of a compartment that the locker has not", () => {
    expect(placeOf(front, 99)).toBeUndefined();
  });
});

describe("layOut", () => {
  it("puts columns side by side, whatever their order in the list", () => {
    const laid = layOut([...front].reverse());
    expect(laid.widthMM).toBe(5 * 380);
    expect(laid.topMM).toBe(1890);
    expect(laid.boxes.get(4)).toEqual({ leftMM: 760, floorMM: 1100, widthMM: 380, heightMM: 190 });
  });
  it("lets a door reach over a shelf, and not over a gap", () => {
    const { boxes } = layOut([box(1, 1, 200), box(2, 1, 415), box(3, 1, 900)]);
    expect([1, 2, 3].map((number) => boxes.get(number)?.heightMM)).toEqual([215, 190, 190]);
  });
});

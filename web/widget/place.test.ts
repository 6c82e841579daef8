import { describe, expect, it } from "vitest";
import { apart } from "./map.ts";
import { distanceM, distanceText, offsetM, readPoint, walkMin } from "./place.ts";

const capitol = { lat: 38.8899, lon: -77.0091 };
const monument = { lat: 38.8895, lon: -77.0353 };

describe("a point", () => {
  it.each([
    ["38.9,-77.03", { lat: 38.9, lon: -77.03 }],
    [" 0 , 0 ", { lat: 0, lon: 0 }],
    ["-90,180", { lat: -90, lon: 180 }],
  ])("is read from %s", (text, point) => expect(readPoint(text)).toEqual(point));

  it.each([null, undefined, "", "38.9", "38.9;-77", "91,0", "0,181", "1e3,0", "38.9,-77,1", "NaN,0"])("is not read from %s", (text) =>
    expect(readPoint(text)).toBeUndefined());
});

describe("a distance", () => {
  it("agrees with the map within 1 %", () => {
    expect(distanceM(capitol, monument)).toBeGreaterThan(2268 * 0.99);
    expect(distanceM(capitol, monument)).toBeLessThan(2268 * 1.01);
  });

  it("goes the shorter way over the date line", () => {
    expect(offsetM({ lat: 0, lon: 179.9 }, { lat: 0, lon: -179.9 }).east).toBeCloseTo(22_239, -2);
  });

  it("is written as the country counts", () => {
    expect(distanceText(1609.344, "US", "en")).toBe("1 mi");
    expect(distanceText(1500, "IN", "en")).toBe("1.5 km");
    expect(distanceText(123_400, "ES", "es")).toBe("123 km");
  });

  it("is walked in minutes, but not by anybody who would drive", () => {
    expect(walkMin(0)).toBe(1);
    expect(walkMin(800)).toBe(13);
    expect(walkMin(3_700)).toBe(60);
    expect(walkMin(4_000)).toBeUndefined();
  });
});

describe("pins", () => {
  it("of sites at one address do not hide each other", () => {
    const pins = apart(Array.from({ length: 6 }, () => ({ x: 10, y: 10 })));
    for (const [i, a] of pins.entries()) {
      for (const b of pins.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(8);
    }
  });

  it("that lie apart stay where they are", () => {
    const pins = [
      { x: 0, y: 0 },
      { x: 40, y: 0 },
    ];
    expect(apart(pins)).toEqual(pins);
  });
});

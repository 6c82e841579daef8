import { describe, expect, it } from "vitest";
import { columns, dayOf, percent, seconds, type Doing } from "./figures";

const day = (p50: number | null, p95: number | null) => ({ tap_to_door: { p50_ms: p50, p95_ms: p95 } }) as Doing;

describe("figures", () => {
  it("says seconds with two places, and nothing of what is not known", () => {
    expect(seconds(423, "en")).toBe("0.42 s");
    expect(seconds(423, "es")).toBe("0,42 s");
    expect(seconds(null, "en")).toBe("–");
  });

  it("rounds no share up to all of it", () => {
    expect(percent(1, "en")).toBe("100%");
    expect(percent(0.99999, "en")).toBe("99.99%");
    expect(percent(0.9, "en")).toBe("90%");
    expect(percent(0, "en")).toBe("0%");
    expect(percent(null, "en")).toBe("–");
  });

  it("says days by UTC", () => expect(dayOf("2026-11-23", "en-GB")).toBe("23 Nov"));

  it("draws the last days at the right, against the highest", () => {
    const drawn = columns([day(9000, 9000), day(100, 400), day(null, null), day(200, 200)], 3);
    expect(drawn.map((c) => [c.place, c.p50, c.p95])).toEqual([[0, 0.25, 1], [1, 0, 0], [2, 0.5, 0.5]]);
    expect(columns([day(1, 1)], 30)[0]?.place).toBe(29);
    expect(columns([], 30)).toEqual([]);
  });
});

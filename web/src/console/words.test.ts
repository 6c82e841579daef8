import { describe, expect, it } from "vitest";
import type { LockerDetail, LockerSummary, OperatorSite } from "./shapes";
import { ago, fillOf, healthOf, healthOfSite, inside, keepingOf, listed, outcomeWords, panelWords, plain, when } from "./words";

const nowMS = Date.parse("2026-11-24T12:00:00Z");
const before = (s: number) => new Date(nowMS - s * 1000).toISOString();
const well: LockerSummary = { id: "lk_1", name: "A", heard_at: before(5), fault: "", compartments: 44, occupied: 3, open: 0, retired: false };

describe("codes", () => {
  it.each([
    ["parcel.dropped_off", "Parcel dropped off"],
    ["door_left_open", "Door left open"],
    ["", ""],
  ])("%s reads as words", (code, words) => expect(plain(code)).toBe(words));
});

describe("time", () => {
  it.each([
    [null, "never"],
    [before(-30), "now"], // the network's clock may be ahead
    [before(40), "40 s ago"],
    [before(600), "10 min ago"],
    [before(7200), "2 h ago"],
    [before(400_000), "5 days ago"],
  ])("since %s", (at, words) => expect(ago(at, nowMS)).toBe(words));

  it("names the date only when it is another day's", () => {
    expect(when(before(60), nowMS)).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(when(before(200_000), nowMS)).toMatch(/Nov/);
    expect(when(null, nowMS)).toBe("–");
  });
});

describe("health", () => {
  it.each<[string, Partial<LockerSummary>, string, string]>([
    ["a fault comes before all else", { fault: "disk full", heard_at: null, open: 2 }, "bad", "Its disk is full"],
    ["one that was never heard is not well", { heard_at: null }, "warn", "Never heard"],
    ["silence is not health", { heard_at: before(100) }, "warn", "Silent, 2 min ago"],
    ["an open door is said", { open: 1 }, "warn", "A door is open"],
    ["several are counted", { open: 3 }, "warn", "3 doors are open"],
    ["else it is well", {}, "good", "Well"],
  ])("%s", (_, change, tone, words) => expect(healthOf({ ...well, ...change }, nowMS)).toEqual({ tone, words }));

  it("of a site is that of its worst locker, and none without one", () => {
    const site = (lockers: LockerSummary[]) => ({ lockers }) as OperatorSite;
    expect(healthOfSite(site([well, { ...well, fault: "x" }, { ...well, open: 1 }]), nowMS).tone).toBe("bad");
    expect(healthOfSite(site([]), nowMS)).toEqual({ tone: "warn", words: "No locker" });
  });

  it("is not asked of a locker that is retired", () => {
    const over = { ...well, retired: true, heard_at: null, fault: "board" };
    expect(healthOf(over, nowMS)).toEqual({ tone: "good", words: "Retired" });
    expect(healthOfSite({ lockers: [over, well] } as OperatorSite, nowMS).words).toBe("Well");
  });
});

describe("what was asked of a locker", () => {
  const locker = (desired_version: number, actual_version: number, heard_at = before(5)) => ({ ...well, heard_at, desired_version, actual_version }) as LockerDetail;
  it.each([
    [locker(0, 0), "good", "Nothing was"],
    [locker(4, 4), "good", "It keeps to it (version 4)"],
    [locker(4, 3), "warn", "It keeps to version 3 of 4, and is told now"],
    [locker(4, 3, before(500)), "warn", "It keeps to version 3 of 4, and is told when its line is up again"],
  ])("%#", (one, tone, words) => expect(keepingOf(one, nowMS)).toEqual({ tone, words }));

  it("waits for the compartments that are full", () => {
    const doors = [1, 2, 3, 7].map((number) => ({ number, parcel_id: number === 2 ? null : `par_${number}` }));
    expect(listed(inside({ doors } as LockerDetail))).toBe("1, 3 and 7");
    expect(["", "3", "3 and 7"]).toEqual([listed([]), listed([3]), listed([3, 7])]);
  });
});

describe("what a locker has for people without a smartphone", () => {
  const none = { keys: false, scanner: false, screen: false, voice: false, height_mm: null };
  it.each([
    [null, "has not said"],
    [none, "nothing: it takes phones alone"],
    [{ ...none, keys: true }, "keys"],
    [{ ...none, keys: true, screen: true, scanner: true }, "keys, a scanner and a screen"],
  ])("%#", (panel, words) => expect(panelWords(panel)).toBe(words));
});

describe("a queue", () => {
  const by = (length: number, bound: number, oldest_s = 0, max_age_s = 0) => ({ name: "q", beyond: "", length, bound, oldest_s, max_age_s });
  it.each([
    ["is empty", by(0, 10), "good", "Empty"],
    ["flows", by(4, 10), "good", "Flows"],
    ["fills up", by(5, 10), "warn", "Filling up"],
    ["is full", by(10, 10), "bad", "Full"],
    ["is judged by age where that is the bound", by(1, 0, 60, 100), "warn", "Filling up"],
    ["without a bound is never full", by(9, 0), "good", "Flows"],
  ])("%s", (_, queue, tone, words) => expect(fillOf(queue)).toEqual({ tone, words }));
});

describe("what became of a command", () => {
  it.each([
    ["done", "It has reported."],
    ["foreign", "It did not: foreign."],
  ])("%s", (outcome, words) => expect(outcomeWords(outcome)).toBe(words));
});

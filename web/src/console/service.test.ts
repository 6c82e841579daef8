import { describe, expect, it } from "vitest";
import { awaiting, sayingOf } from "./service";
import type { Service, ServiceState } from "./shapes";

const s = (change: Partial<Service>): Service => ({
  ref: "a", state: "asked", locker_id: "l", locker_name: "A", site_id: "s", site: "Here", compartment: 3, reason: "cleaning", occupied: false, mine: false, asked_by: "key_1",
  asked_at: "2026-11-24T12:00:00Z", asked_name: "night desk", approve_by: "2026-11-24T12:15:00Z", answer_name: "", approved_at: null, declined_at: null, declined_by: null,
  open_by: null, opened_at: null, phone_key: "p", ...change,
});

describe("an opening for service", () => {
  it("waits for the one who did not ask, and for nobody else", () => {
    const all = [s({}), s({ mine: true }), s({ state: "approved" }), s({ state: "lapsed" })];
    expect(awaiting(all)).toEqual([all[0]]);
    expect(sayingOf(s({}), false).word).toBe("Waits for you");
    expect(sayingOf(s({ mine: true }), true).word).toBe("Waits for a second person");
  });

  it("tells the phone that may open it from those that may not", () => {
    const approved = s({ state: "approved", answer_name: "day desk", open_by: "2026-11-24T12:30:00Z" });
    expect(sayingOf(approved, true).sentence).toContain("this phone may open the door, once");
    expect(sayingOf(approved, false).sentence).toContain("this is another");
    expect(sayingOf(approved, false).sentence).toContain("by “day desk”");
  });

  it("tells a second person’s no from taking it back", () => {
    expect(sayingOf(s({ state: "declined", declined_by: "key_2", answer_name: "night desk" }), false).word).toBe("Declined");
    expect(sayingOf(s({ state: "declined", declined_by: "key_1" }), false).word).toBe("Taken back");
  });

  it.each<ServiceState>(["opened", "declined", "lapsed", "missed", "void"])("that is %s says what comes next, or that nothing does", (state) => {
    expect(sayingOf(s({ state }), true).sentence).toMatch(/can’t be opened by this again|Nothing was opened|Ask anew/);
  });
});

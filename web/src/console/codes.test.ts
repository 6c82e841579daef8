import { describe, expect, it } from "vitest";
import { codeState, commandFor, freshCodes } from "./codes";
import type { Code } from "./shapes";

const nowMS = Date.parse("2026-11-24T12:00:00Z");
const at = (hours: number) => new Date(nowMS + hours * 3_600_000).toISOString();
const code = (change: Partial<Code>): Code => ({ id: "a", name: "B", expires_at: at(20), used_at: null, locker_id: null, ...change });

describe("a code for a new locker", () => {
  it.each<[string, Partial<Code>, string]>([
    ["waits", {}, "waits"],
    ["has its locker", { used_at: at(-1), locker_id: "lkr_1" }, "came"],
    ["has its locker, and its day is over", { used_at: at(-1), expires_at: at(-0.5) }, "came"],
    ["is over to the second", { expires_at: at(0) }, "lapsed"],
  ])("%s", (_, change, word) => expect(codeState(code(change), nowMS).word).toBe(word));

  it("is shown while it waits, and for a day after it ended", () => {
    const all = [code({}), code({ used_at: at(-23) }), code({ used_at: at(-25) }), code({ expires_at: at(-23) }), code({ expires_at: at(-25) })];
    expect(freshCodes(all, nowMS)).toEqual([all[0], all[1], all[3]]);
  });

  it("is typed as the guide says", () => {
    expect(commandFor("K7QF-3M9T-XR2D-8HNC-4VJW", "https://parcels.example")).toBe(
      "runuser -u lockhouse-agent -- lockhouse-agent enrol --network https://parcels.example K7QF-3M9T-XR2D-8HNC-4VJW",
    );
  });
});

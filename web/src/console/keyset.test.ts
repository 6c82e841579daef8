import { describe, expect, it } from "vitest";
import { keysetWords, mayRekey, rekeyWords } from "./keyset";
import type { Keyset } from "./shapes";

const k = (change: Partial<Keyset>): Keyset => ({ number: 0, asked_at: null, known: false, changed_at: null, takes_former: false, ...change });
const at = "2026-11-24T12:00:00Z";

describe("a locker’s keys", () => {
  it.each<[Partial<Keyset>, RegExp, boolean]>([
    [{}, /^As they came/, true],
    [{ asked_at: at }, /^It is asked/, false],
    [{ asked_at: at, known: true }, /^It has made new ones/, false],
    [{ changed_at: at, takes_former: true }, /the former ones still opens/, false],
    [{ changed_at: at, number: 1 }, /^Changed .* November/, true],
  ])("%#", (change, words, may) => {
    expect(keysetWords(k(change))).toMatch(words);
    expect(mayRekey(k(change))).toBe(may);
  });

  it("says what the locker answered, whatever it is", () => {
    expect([rekeyWords("unheard"), rekeyWords("no_time")]).toEqual(["Its line is not up. It is told when it is.", "It is told again until it does."]);
  });
});

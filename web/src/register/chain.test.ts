import { describe, expect, it } from "vitest";
import { fromBase64url, toBase64url } from "../latch/bytes";
import { beginning, Broken, follow, hashOf, type Entry } from "./chain";

/** The entry that register_test.go pins. */
const pinned: Entry = {
  n: 7, at: "2026-11-25T12:00:00.12345Z", kind: "service.asked", site_id: "site_police", site: "Police station", locker_id: "lkr_0000000000000001", locker: "A",
  compartment: 3, reason: "stuck_door", ref: "a0a1a2a3a4a5a6a7", prev: toBase64url(new Uint8Array([1, 2, 3, ...Array<number>(29).fill(0)])),
  hash: "cDjR89kdYdCoOF8yu5ujFM1YO8XF0BJkcuqSwhpdUEE",
};

async function chain(length: number): Promise<Entry[]> {
  const all: Entry[] = [];
  for (let n = 1, prev = beginning.hash; n <= length; n++) {
    const entry = { ...pinned, n, prev };
    prev = entry.hash = await hashOf(entry);
    all.push(entry);
  }
  return all;
}

describe("an entry's hash", () => {
  it("is what the network works out", async () => expect(await hashOf(pinned)).toBe(pinned.hash));

  it.each<[keyof Entry, unknown]>([
    ["n", 8], ["at", "2026-11-25T12:00:00.123451Z"], ["kind", "service.approved"], ["site_id", "site_x"], ["locker_id", "lkr_x"], ["compartment", 4], ["reason", "cleaning"], ["ref", ""], ["prev", beginning.hash],
  ])("changes with its %s", async (field, value) => {
    expect(await hashOf({ ...pinned, [field]: value })).not.toBe(pinned.hash);
  });

  it("does not take one field's end for the next one's beginning", async () => {
    expect(await hashOf({ ...pinned, reason: `${pinned.reason}a`, ref: pinned.ref.slice(1) })).not.toBe(pinned.hash);
  });
});

describe("the chain", () => {
  it("holds, in one piece or in several", async () => {
    const all = await chain(5);
    const end = { n: 5, hash: all[4]!.hash };
    expect(await follow(beginning, all)).toEqual(end);
    expect(await follow(await follow(beginning, all.slice(0, 2)), all.slice(2))).toEqual(end);
    expect(await follow(beginning, [])).toEqual(beginning);
  });

  it.each<[string, number, (all: Entry[]) => Entry[]]>([
    ["a field is changed", 3, (all) => all.with(2, { ...all[2]!, reason: "cleaning" })],
    ["one is left out", 3, (all) => all.toSpliced(2, 1)],
    ["two change places", 3, (all) => all.with(2, all[3]!).with(3, all[2]!)],
    ["the first is missing", 1, (all) => all.slice(1)],
    ["a hash is changed", 5, (all) => all.with(4, { ...all[4]!, hash: flipped(all[4]!.hash) })],
    ["a time is none", 2, (all) => all.with(1, { ...all[1]!, at: "yesterday" })],
  ])("breaks when %s", async (_, n, change) => {
    await expect(follow(beginning, change(await chain(5)))).rejects.toMatchObject({ name: "Broken", n });
  });

  it("breaks where somebody works all hashes anew behind what was seen", async () => {
    const [seen, anew] = [await chain(3), await chain(2)];
    const third = { ...seen[2]!, reason: "cleaning" };
    third.hash = await hashOf(third);
    expect(await follow(beginning, [...anew, third])).not.toEqual({ n: 3, hash: seen[2]!.hash });
    expect(new Broken(3).message).toMatch("3");
  });
});

function flipped(hash: string): string {
  const bytes = fromBase64url(hash);
  bytes[0]! ^= 1;
  return toBase64url(bytes);
}

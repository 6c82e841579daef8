import { describe, expect, it } from "vitest";
import { faultOf } from "./faults";

describe("a fault", () => {
  it.each([
    ["board", "A lock board does not answer", false],
    ["board 2 silent", "Lock board 2 does not answer", false],
    ["disk", "Its disk fails", false],
    ["disk read-only", "Its disk takes no more", false],
    ["journal lost", "It has lost its journal", false],
    ["compartment 5 not in the table", "A parcel lies in compartment 5, which it no longer knows", false],
    ["bluetooth away", "Phones can’t find it", false],
    ["bluetooth unsteady", "Its Bluetooth goes again and again", false],
    ["panel: keys, scanner", "Its panel lacks keys, scanner", false],
    ["flash worn", "Its flash disk is nearly worn out", false],
    ["certificate ends 2027-01-30", "This network’s certificate ends on 2027-01-30", false],
    ["authority ends 2027-01-30", "The authority by which it knows this network ends on 2027-01-30", false],
    ["update v9 given up", "It gave up version v9", false],
    ["forced", "A door was forced", true],
    ["keysets", "Its new keys contradict each other", true],
    ["unknown_keys", "It uses keys that are not known here", false],
    ["something_new", "Something new", false],
  ])("%s", (fault, words, alarm) => {
    const said = faultOf(fault);
    expect([said.words, said.alarm]).toEqual([words, alarm]);
    expect(said.next).toMatch(/\.$/);
  });
});

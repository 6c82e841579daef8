// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Doors } from "./doors.svelte";
import type { Door } from "./street";

class FakeSource {
  static last: FakeSource;
  onmessage: (event: { data: string }) => void = () => {};
  onerror: () => void = () => {};
  closed = false;
  constructor(readonly url: string) {
    FakeSource.last = this;
  }
  close() {
    this.closed = true;
  }
  say(...doors: Partial<Door>[]) {
    this.onmessage({ data: JSON.stringify({ doors: doors.map((d, i) => ({ number: i + 1, open: false, inside: false, fault: "", ...d })) }) });
  }
}

let hands: string[];
let answer: () => Response;

beforeEach(() => {
  hands = [];
  answer = () => new Response(null, { status: 204 });
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("fetch", async (url: URL) => {
    hands.push(url.pathname);
    return answer();
  });
});

afterEach(() => vi.unstubAllGlobals());

describe("a click on a door", () => {
  it("does nothing to a shut one, and says what would open it", async () => {
    const doors = new Doors("lk_1");
    FakeSource.last.say({});
    await doors.click(1);
    expect(hands).toEqual([]);
    expect(doors.said).toContain("Only a phone");
  });

  it("puts the parcel into an empty one, and then shuts it", async () => {
    const doors = new Doors("lk_1");
    FakeSource.last.say({ open: true });
    await doors.click(1);
    FakeSource.last.say({ open: true, inside: true });
    await doors.click(1);
    expect(hands).toEqual(["/api/lockers/lk_1/doors/1/put", "/api/lockers/lk_1/doors/1/shut"]);
  });

  it("takes the parcel out of a full one, and then shuts it", async () => {
    const doors = new Doors("lk_1");
    FakeSource.last.say({ open: true, inside: true });
    await doors.click(1);
    FakeSource.last.say({ open: true });
    await doors.click(1);
    expect(hands).toEqual(["/api/lockers/lk_1/doors/1/take", "/api/lockers/lk_1/doors/1/shut"]);
  });

  it("begins anew when the door opens the next time", async () => {
    const doors = new Doors("lk_1");
    FakeSource.last.say({ open: true });
    await doors.click(1);
    FakeSource.last.say({ inside: true });
    FakeSource.last.say({ open: true, inside: true });
    expect(doors.said).toBe("Door 1 swings open.");
    expect(doors.next(1)).toBe("take");
  });

  it("that is refused says why, and counts for nothing", async () => {
    answer = () => new Response(JSON.stringify({ code: "conflict", detail: "Something is in the way." }), { status: 409 });
    const doors = new Doors("lk_1");
    FakeSource.last.say({ open: true });
    await doors.click(1);
    expect(doors.said).toBe("Something is in the way.");
    expect(doors.next(1)).toBe("put");
  });
});

describe("the line to the street", () => {
  it("says when it is lost and when it is back, and ends with the page", () => {
    const doors = new Doors("lk 1");
    expect(FakeSource.last.url).toBe("/api/lockers/lk%201/doors");
    FakeSource.last.onerror();
    expect(doors.lost).toBe(true);
    FakeSource.last.say({});
    expect(doors.lost).toBe(false);
    doors.end();
    expect(FakeSource.last.closed).toBe(true);
  });
});

// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Book, mattersOf } from "./book.svelte";
import { beginning, hashOf, type Entry } from "./chain";

let served: Entry[];

async function add(kind: Entry["kind"], ref: string, reason = "cleaning"): Promise<void> {
  const last = served.at(-1);
  const entry: Entry = { n: served.length + 1, at: "2026-11-25T12:00:00Z", kind, site_id: "s", site: "Here", locker_id: "l", locker: "A", compartment: 3, reason, ref, prev: last?.hash ?? beginning.hash, hash: "" };
  served.push({ ...entry, hash: await hashOf(entry) });
}

beforeEach(async () => {
  served = [];
  localStorage.clear();
  vi.stubGlobal("fetch", async (url: URL) => {
    const after = Number(url.searchParams.get("after"));
    return new Response(JSON.stringify({ entries: served.slice(after, after + Number(url.searchParams.get("limit"))) }));
  });
  for (const kind of ["service.asked", "service.approved", "service.opened"] as const) await add(kind, "a");
});
afterEach(() => vi.unstubAllGlobals());

async function read(): Promise<Book> {
  const book = new Book();
  await book.read();
  return book;
}

describe("the register", () => {
  it("holds, and holds when it has grown", async () => {
    expect(await read()).toMatchObject({ verdict: "holds", head: { n: 3 }, seen: undefined });
    await add("service.shut", "a");
    expect(await read()).toMatchObject({ verdict: "holds", head: { n: 4 }, seen: { n: 3 } });
  });

  it("is read to its end, page by page", async () => {
    for (let i = 0; i < 450; i++) await add("service.asked", `m${i}`);
    expect(await read()).toMatchObject({ verdict: "holds", head: { n: 453 } });
  });

  it("says where it breaks, and shows it all the same", async () => {
    served[1] = { ...served[1]!, reason: "safety" };
    expect(await read()).toMatchObject({ verdict: "broken", brokenAt: 2, entries: { length: 3 } });
  });

  it("is found out when it was written anew behind what was seen", async () => {
    await read();
    served = [];
    for (const kind of ["service.asked", "service.approved", "service.opened"] as const) await add(kind, "a", "inspection");
    expect((await read()).verdict).toBe("changed");
    expect((await read()).verdict).toBe("changed"); // what was seen is not forgotten for it
  });

  it("is found out when its end was cut off", async () => {
    await read();
    served.pop();
    expect((await read()).verdict).toBe("shorter");
  });

  it("is empty, and holds, where nothing was done", async () => {
    served = [];
    expect(await read()).toMatchObject({ verdict: "holds", head: { n: 0 } });
  });

  it("says that the network does not answer, and takes nothing as checked", async () => {
    vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("no line")));
    expect(await read()).toMatchObject({ verdict: "reading", error: "unreachable" });
  });
});

describe("matters", () => {
  it("are what belongs together, the last touched first", async () => {
    await add("service.asked", "b");
    await add("locker.retired", "");
    await add("service.shut", "a");
    expect(mattersOf(served).map((m) => m.entries.map((e) => e.n))).toEqual([[1, 2, 3, 6], [5], [4]]);
  });
});

import { describe, expect, it } from "vitest";
import { toBase64url } from "../latch/bytes";
import { keyOf } from "../latch/device-key";
import { FakeLocker, type Script } from "../latch/fake-locker";
import type { Radio } from "../latch/radio";
import { StopVisit, type Tools } from "./stop-visit.svelte";
import type { Manifest, Remembered } from "./tasks";

const ref = (index: number) => `b0b1b2b3b4b5b6b${index}`;

/** A stop with three parcels to store; doors are numbered 10 and up as they are asked for. */
async function stage(remembered: Record<string, Remembered> = {}, links: number[] = [], verb: "store" | "take_out" = "store", kind: Radio["kind"] = "demo") {
  const phone = await keyOf((await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"])) as CryptoKeyPair);
  const asks: { index: number; rank: number; misfit: boolean }[] = [];
  const doors: number[] = [];
  let connections = 0;
  const script: Script = {
    ask: (index, rank, misfit) => {
      asks.push({ index, rank, misfit });
      script.ref = ref(index);
      if (!misfit) doors[index] = 10 + asks.length - 1;
      script.doors = [
        { event: "opened", receipt: "opened", afterMS: 0 },
        { event: "closed", receipt: misfit ? "misfit" : verb === "store" ? "stored" : "taken_out", afterMS: 5 },
      ];
      return { status: 0, compartment: doors[index]! };
    },
    doors: [],
  };
  const locker = await FakeLocker.make(script);
  const radio: Radio = { kind, connect: async () => (connections++, locker.connect(links.shift())) };
  const kept: Record<string, Remembered>[] = [];
  const tools: Tools = { radio: () => radio, phone: async () => phone, carry: async () => undefined, remember: (tasks) => void kept.push(tasks) };
  const manifest: Manifest = {
    grant: toBase64url(new Uint8Array(300)),
    mail: null,
    locker: { id: locker.id, name: "A", static_key: toBase64url(locker.staticKey), receipt_key: toBase64url(locker.receiptKey), advert_names: [], compartments: [] },
    targets: [0, 1, 2].map((index) => ({ index, verb, ref: ref(index), tracking_number: `LX${index}`, size: "M" })),
    more: 0,
    expires_at: "2026-11-24T00:00:00Z",
  };
  const visit = new StopVisit(manifest, remembered, tools);
  const task = (index: number) => visit.tasks.find((one) => one.index === index)!;
  return { visit, task, asks, locker, kept, connections: () => connections };
}

describe("a stop over the network", () => {
  it("shows the code once, and asks for the locker's word before each further door", async () => {
    const { visit, task, asks, connections } = await stage({}, [], "store", "line");
    for (const index of [0, 1, 2]) {
      await visit.open(task(index));
      await expect.poll(() => task(index).state).toBe("done");
    }
    expect(connections()).toBe(1);
    expect(asks.map(({ index }) => index)).toEqual([0, 1, 2]);
  });
});

describe("a stop", () => {
  it("goes on with the sheet that was fetched before the locker changed its keys", async () => {
    const { visit, task, locker } = await stage();
    await locker.rekey();
    await visit.open(task(0));
    await expect.poll(() => task(0).state).toBe("done");
    await expect.poll(() => visit.receipts.map(({ kind }) => kind)).toContain("stored");
  });

  it("stores parcel after parcel over one connection", async () => {
    const { visit, task, connections } = await stage();
    for (const index of [2, 0, 1]) {
      await visit.open(task(index));
      await expect.poll(() => task(index).state).toBe("done");
    }
    expect(visit.left).toBe(0);
    expect(connections()).toBe(1);
    await expect.poll(() => visit.receipts.map(({ kind }) => kind).filter((kind) => kind === "stored")).toHaveLength(3);
    await visit.leave();
    expect(visit.tie).toBe("apart");
  });

  it("opens one door at a time", async () => {
    const { visit, task, asks } = await stage();
    await Promise.all([visit.open(task(0)), visit.open(task(1))]);
    await expect.poll(() => task(0).state).toBe("done");
    expect(asks).toHaveLength(1);
    expect(task(1).state).toBe("todo");
  });

  it("frees a compartment after a misfit, and asks for a bigger one", async () => {
    const { visit, task, asks } = await stage();
    await visit.open(task(0));
    await expect.poll(() => task(0).state).toBe("done");
    await visit.misfit(task(0));
    await expect.poll(() => task(0).state).toBe("free");
    await visit.open(task(0), 3);
    await expect.poll(() => task(0).state).toBe("done");
    expect(asks.map(({ rank, misfit }) => [rank, misfit])).toEqual([
      [0, false],
      [0, true],
      [3, false],
    ]);
  });

  it("learns from the receipts what became of a parcel when the line broke", async () => {
    const { visit, task, asks, locker } = await stage({}, [3]); // two frames to be admitted, the third asks for the door
    await visit.open(task(0));
    expect(task(0).state).toBe("unknown");
    await expect.poll(() => locker.receipts).toHaveLength(3); // authorised, opened, stored
    await visit.open(task(0));
    await expect.poll(() => task(0).state).toBe("done");
    expect(asks).toHaveLength(1);
  });

  it("says that a refusal is about the parcel, and goes on with the next", async () => {
    const { visit, task, locker } = await stage();
    const ask = locker.script.ask;
    locker.script.ask = () => ({ status: 11, compartment: 0 });
    await visit.open(task(0));
    expect(task(0)).toMatchObject({ state: "failed", trouble: "full" });
    locker.script.ask = ask;
    await visit.open(task(1));
    await expect.poll(() => task(1).state).toBe("done");
  });

  it("remembers what was done when the page is loaded again", async () => {
    const { visit, task, kept } = await stage();
    await visit.open(task(1));
    await expect.poll(() => task(1).state).toBe("done");
    const again = await stage(kept.at(-1));
    expect(again.task(1)).toMatchObject({ state: "done", door: 10 });
    await again.visit.open(again.task(1));
    expect(again.asks).toEqual([]);
  });

  it("takes out what it stored itself: that it was stored is another thing", async () => {
    const { visit, task, kept } = await stage();
    await visit.open(task(1));
    await expect.poll(() => task(1).state).toBe("done");
    const back = await stage(kept.at(-1), [], "take_out");
    expect(back.task(1).state).toBe("todo");
    await back.visit.open(back.task(1));
    await expect.poll(() => back.task(1).state).toBe("done");
    expect(back.asks).toHaveLength(1);
  });

  it("does not take the receipt of storing for that of taking out", async () => {
    const { visit, task, locker, asks } = await stage({ [`take_out ${ref(0)}`]: { state: "unknown" } }, [], "take_out");
    locker.script.ref = ref(0);
    await locker.receipt("stored", 10);
    await visit.open(task(0));
    await expect.poll(() => task(0).state).toBe("done");
    expect(asks).toHaveLength(1);
  });

  it("asks for no second door when the receipts say that the first stands open", async () => {
    const { visit, task, locker, asks } = await stage({ [`store ${ref(0)}`]: { state: "unknown" } });
    locker.script.ref = ref(0);
    await locker.receipt("opened", 10);
    await visit.open(task(0));
    expect(task(0)).toMatchObject({ state: "open", door: 10 });
    expect(asks).toEqual([]);
  });
});

import { describe, expect, it, vi } from "vitest";
import { toBase64url } from "../latch/bytes";
import { keyOf } from "../latch/device-key";
import { FakeLocker, type Script } from "../latch/fake-locker";
import type { Link, Radio } from "../latch/radio";
import type { Receipt } from "../latch/receipts";
import { RadioError } from "../latch/refusals";
import { Opening, type Doorway, type Tools } from "./opening.svelte";

const ref = "a0a1a2a3a4a5a6a7";
const opens: Script["doors"] = [{ event: "opened", receipt: "opened", afterMS: 0 }];
const collects: Script["doors"] = [...opens, { event: "closed", receipt: "collected", afterMS: 5 }];

/** A door, number 12, of a locker, and a phone in front of it. `links` says at which write each connection breaks. */
async function stage(doors: Script["doors"], links: number[] = []) {
  const pair = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"])) as CryptoKeyPair;
  const phone = await keyOf(pair);
  const locker = await FakeLocker.make({ ask: () => ({ status: 0, compartment: 12 }), doors, ref, phone: phone.publicKey });
  const radio: Radio = {
    kind: "demo",
    connect: async (_sought, onStep) => {
      onStep("looking");
      onStep("connecting");
      return locker.connect(links.shift());
    },
  };
  const notes: Receipt[] = [];
  const carried: Uint8Array[] = [];
  const tools: Tools = { radio: () => radio, phone: async () => phone, carry: async (raw) => void carried.push(raw), onDone: (receipt) => void notes.push(receipt) };
  const door: Doorway = {
    ref,
    locker: { id: locker.id, name: "A", static_key: toBase64url(locker.staticKey), receipt_key: toBase64url(locker.receiptKey), advert_names: [], compartments: [] },
    compartment: 12,
    grant: toBase64url(new Uint8Array(178)),
  };
  return { locker, radio, opening: new Opening(door, tools), notes, carried };
}

const asked = (locker: FakeLocker) => locker.asked[0] ?? 0;

describe("an opening", () => {
  it("goes from the tap to the receipt, and carries what the locker signed", async () => {
    const { opening, notes, carried } = await stage(collects);
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("done");
    expect(notes).toMatchObject([{ kind: "collected", seq: 43, compartment: 12 }]);
    await expect.poll(() => carried.length).toBeGreaterThanOrEqual(3);
    expect(opening.mayReopen).toBe(true);
  });

  it("opens with what was fetched before the locker changed its keys", async () => {
    const { opening, locker, notes, carried } = await stage(collects);
    await locker.rekey();
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("done");
    expect(notes).toMatchObject([{ kind: "collected", compartment: 12 }]);
    await expect.poll(() => carried.length).toBeGreaterThanOrEqual(3);
  });

  it("opens once, however often it is tapped meanwhile", async () => {
    const { opening, locker } = await stage(collects);
    await Promise.all([opening.tap(), opening.tap(), opening.tap()]);
    await expect.poll(() => opening.phase).toBe("done");
    expect(asked(locker)).toBe(1);
  });

  it("says that the door did not open, and may be tapped again", async () => {
    const { opening, locker } = await stage([{ event: "timeout", receipt: "not_opened", afterMS: 0 }]);
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("failed");
    expect(opening.trouble).toBe("not_opened");
    locker.script.doors = collects;
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("done");
  });

  it("lets one visit end before the next begins: both have one link", async () => {
    const { opening, radio, locker } = await stage([{ event: "timeout", receipt: "not_opened", afterMS: 0 }]);
    const order: string[] = [];
    const connect = radio.connect.bind(radio);
    vi.spyOn(radio, "connect").mockImplementation(async (...asked) => {
      order.push("connect");
      const link = await connect(...asked);
      const close = link.close.bind(link);
      return Object.assign(link, { close: () => (order.push("close"), close()) });
    });
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("failed");
    locker.script.doors = opens;
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("open");
    expect(order).toEqual(["connect", "close", "connect"]);
  });

  it("asks the locker before it opens again when nobody heard the answer", async () => {
    const { opening, locker, notes } = await stage(collects, [2]); // the second frame is the last of the first message
    await opening.tap();
    expect(opening.phase).toBe("unsure");
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("done");
    expect(asked(locker)).toBe(1);
    expect(notes).toMatchObject([{ kind: "collected" }]);
  });

  it("asks the locker first even when it was not reached in between", async () => {
    const { opening, radio, locker } = await stage(collects, [2]);
    await opening.tap();
    expect(opening.phase).toBe("unsure");
    vi.spyOn(radio, "connect").mockRejectedValueOnce(new RadioError("out_of_reach"));
    await opening.tap();
    expect(opening).toMatchObject({ phase: "failed", trouble: "out_of_reach" });
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("done");
    expect(asked(locker)).toBe(1);
  });

  it("opens at the second tap when the locker knows of nothing", async () => {
    const { opening, locker } = await stage([], [2]);
    await opening.tap();
    expect(opening.phase).toBe("unsure");
    locker.script.doors = collects;
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("done");
    expect(asked(locker)).toBe(2);
  });

  it("keeps to what it saw when the link breaks while the door is open", async () => {
    const { opening, radio, locker } = await stage(opens);
    const connect = vi.spyOn(radio, "connect");
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("open");
    ((await connect.mock.results[0]!.value) as Link).close();
    expect(opening.phase).toBe("away");
    await locker.receipt("collected", 12);
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("done");
    expect(asked(locker)).toBe(1);
  });

  it("for service is over when it is shut, and is not opened again", async () => {
    const { opening, notes } = await stage([...opens, { event: "closed", receipt: "service", afterMS: 5 }]);
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("done");
    expect(notes).toMatchObject([{ kind: "service" }]);
    expect(opening.mayReopen).toBe(false);
  });

  it("believes no receipt of another locker", async () => {
    const { opening, locker, notes, carried } = await stage(collects);
    const other = await FakeLocker.make({ ...locker.script });
    vi.spyOn(locker, "receipt").mockImplementation((kind, door) => other.receipt(kind, door));
    await opening.tap();
    await expect.poll(() => opening.phase).toBe("unsure");
    expect(notes).toEqual([]);
    expect(carried).toEqual([]);
  });

  it("tells the person why there is no connection, and nothing was opened", async () => {
    const { opening, radio, locker } = await stage(collects);
    vi.spyOn(radio, "connect").mockRejectedValueOnce(new RadioError("out_of_reach"));
    await opening.tap();
    expect(opening).toMatchObject({ phase: "failed", trouble: "out_of_reach" });
    expect(asked(locker)).toBe(0);
  });
});

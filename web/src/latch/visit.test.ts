import { describe, expect, it } from "vitest";
import type { Bytes } from "./bytes";
import { keyOf } from "./device-key";
import { FakeLocker, type Script } from "./fake-locker";
import type { DoorNews } from "./messages";
import { ReceiptKeys, verifyReceipt } from "./receipts";
import { Visit, VisitFailed, type Credentials } from "./visit";

const obeys: Script = {
  ask: (index) => ({ status: 0, compartment: 12 + index }),
  doors: [
    { event: "opened", receipt: "opened", afterMS: 0 },
    { event: "closed", receipt: "collected", afterMS: 5 },
  ],
  ref: "a0a1a2a3a4a5a6a7",
};

async function phone() {
  return keyOf((await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"])) as CryptoKeyPair);
}

async function arrive(script: Script = obeys, mtu = 247) {
  const locker = await FakeLocker.make(script, undefined, mtu);
  const bring: Credentials = { lockerId: locker.id, staticKey: locker.staticKey, receiptKeys: new ReceiptKeys(locker.id, [locker.receiptKey]), grant: new Uint8Array(178).fill(7), phone: await phone() };
  const doors: DoorNews[] = [];
  const receipts: Bytes[] = [];
  let gone = 0;
  const news = { onDoor: (one: DoorNews) => void doors.push(one), onReceipt: (one: Bytes) => void receipts.push(one), onGone: () => void gone++ };
  return { locker, bring, news, doors, receipts, gone: () => gone };
}

describe("a visit", () => {
  it.each([23, 247, 517])("opens one door with one message, at an MTU of %i", async (mtu) => {
    const { locker, bring, news, doors, receipts } = await arrive(obeys, mtu);
    const visit = await Visit.begin(await locker.connect(), bring, 0, news);
    expect(visit.admission.compartment).toBe(12);
    await expect.poll(() => doors.map((d) => d.event)).toEqual(["opened", "closed"]);
    const kinds = await Promise.all(receipts.map(async (raw) => (await verifyReceipt(locker.receiptKey, raw)).kind));
    expect(kinds).toEqual(["authorised", "opened", "collected"]);
    expect(locker.asked).toEqual([1]);
  });

  it("opens door after door in one session, and asks for the tail", async () => {
    const { locker, bring, news, doors } = await arrive();
    const visit = await Visit.begin(await locker.connect(), bring, null, news);
    expect((await visit.open(0)).compartment).toBe(12);
    expect((await visit.open(1, 2)).compartment).toBe(13);
    await visit.misfit(1);
    await expect.poll(() => doors.filter((d) => d.event === "closed").length).toBe(3);
    expect(await visit.tail(4)).toHaveLength(4);
    await visit.bye();
  });

  it("opens with the keys of before the locker changed them, and learns by which receipts are signed now", async () => {
    const { locker, bring, news, doors, receipts } = await arrive();
    const before = await locker.receipt("opened", 3);
    await locker.rekey();
    await Visit.begin(await locker.connect(), bring, 0, news);
    await expect.poll(() => doors.map((d) => d.event)).toEqual(["opened", "closed"]);
    const kinds = await Promise.all([before, ...receipts].map(async (raw) => (await bring.receiptKeys.verified(raw))?.kind));
    expect(kinds).toEqual(["opened", "authorised", "opened", "collected"]);
    expect(locker.asked).toEqual([1]);
  });

  it("believes no other receipt key than the one that the former one named", async () => {
    const { locker, bring, news } = await arrive();
    const stranger = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"])) as CryptoKeyPair;
    await locker.rekey(stranger.privateKey);
    await expect(Visit.begin(await locker.connect(), bring, null, news)).rejects.toMatchObject({ trouble: "not_ours" });
    expect(await bring.receiptKeys.verified(await locker.receipt("opened", 3))).toBeUndefined();
  });

  it("gets no answer once the keys of before are forgotten", async () => {
    const { locker, bring, news } = await arrive();
    await locker.rekey();
    locker.former = undefined;
    await expect(Visit.begin(await locker.connect(), bring, 0, news)).rejects.toMatchObject({ name: "VisitFailed" });
    expect(locker.asked).toEqual([]);
  });

  it("says why the locker refuses", async () => {
    const { locker, bring, news } = await arrive({ ...obeys, admitted: 4 });
    await expect(Visit.begin(await locker.connect(), bring, 0, news)).rejects.toMatchObject({ name: "Refused", code: "wrong_phone" });
    locker.script = { ...obeys, ask: () => ({ status: 10, compartment: 0 }) };
    await expect(Visit.begin(await locker.connect(), bring, 0, news)).rejects.toMatchObject({ name: "Refused", code: "busy" });
  });

  it("shows nothing to another locker", async () => {
    const { bring, news } = await arrive();
    const other = await FakeLocker.make(obeys, "lkr_0000000000000009");
    const link = await other.connect();
    await expect(Visit.begin(link, bring, 0, news)).rejects.toMatchObject({ trouble: "not_ours", sent: false });
    expect(link.writes).toBe(0);
  });

  it("knows whether the locker may have acted when the link breaks", async () => {
    const { locker, bring, news, gone } = await arrive({ ...obeys, doors: [] }, 100);
    const early = await Visit.begin(await locker.connect(1), bring, 0, news).catch((cause: unknown) => cause as VisitFailed);
    expect(early).toMatchObject({ name: "VisitFailed", sent: false });
    const link = await locker.connect(4);
    const late = await Visit.begin(link, bring, 0, news).catch((cause: unknown) => cause as VisitFailed);
    expect(link.writes).toBe(4);
    expect(late).toMatchObject({ name: "VisitFailed", trouble: "lost", sent: true });
    expect(gone()).toBe(2);
    expect(locker.asked).toEqual([1]);
  });

  it("carries mail to a locker that takes it, and to no other", async () => {
    const mail = new Uint8Array(205).fill(9);
    for (const [takesMail, brought] of [[true, mail], [false, null]] as const) {
      const { locker, bring, news } = await arrive({ ...obeys, takesMail, timeless: true });
      const told: boolean[] = [];
      await Visit.begin(await locker.connect(), { ...bring, mail: async (info) => (told.push(info.timeless), mail) }, null, news);
      expect(locker.mails).toEqual([brought]);
      expect(told).toEqual(takesMail ? [true] : []);
    }
  });

  it("begins all the same when there is no mail, or more than a message holds", async () => {
    for (const mail of [async () => null, async () => new Uint8Array(1537), () => Promise.reject(new Error("no line"))]) {
      const { locker, bring, news } = await arrive({ ...obeys, takesMail: true });
      await Visit.begin(await locker.connect(), { ...bring, mail }, null, news);
      expect(locker.mails).toEqual([null]);
    }
  });
});

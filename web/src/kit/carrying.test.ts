import { IDBFactory } from "fake-indexeddb";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Carrying } from "./carrying.svelte";
import { Cupboard } from "./cupboard";

const receipt = (n: number) => Uint8Array.of(0xd2, n);

/** A network that answers each post of receipts as told. */
function network(...answers: (() => Response | Promise<Response>)[]) {
  vi.stubGlobal("location", { origin: "http://network.test" });
  const posts: string[][] = [];
  vi.stubGlobal("fetch", async (_url: URL, init: RequestInit) => {
    posts.push(JSON.parse(String(init.body)).receipts);
    return (answers.shift() ?? (() => Response.json({ accepted: 1 })))();
  });
  return posts;
}

async function carrying() {
  const cupboard = new Cupboard("test", new IDBFactory());
  return { cupboard, carrying: new Carrying(cupboard) };
}

afterEach(() => vi.unstubAllGlobals());

describe("carrying", () => {
  it("keeps receipts until the network has them, each once", async () => {
    const posts = network(() => Promise.reject(new TypeError("no line")));
    const { carrying: phone } = await carrying();
    await phone.take(receipt(1));
    await phone.take(receipt(1));
    await phone.take(receipt(2));
    await phone.post();
    expect(phone.waiting).toBe(2);
    await phone.post();
    expect(phone.waiting).toBe(0);
    expect(posts.map((one) => one.length)).toEqual([2, 2]);
  });

  it("lets go of the one that the network will never take, and hands over the others", async () => {
    const bad = () => Response.json({ code: "malformed", detail: "Receipt 1 was not signed.", index: 0 }, { status: 400 });
    network(bad);
    const { carrying: phone, cupboard } = await carrying();
    await phone.take(receipt(1));
    await phone.take(receipt(2));
    await phone.post();
    expect(await cupboard.count("receipts")).toBe(0);
  });

  it("keeps everything where the network refuses for another reason", async () => {
    network(() => Response.json({ code: "too_many", detail: "Later." }, { status: 429 }));
    const { carrying: phone } = await carrying();
    await phone.take(receipt(1));
    await phone.post();
    expect(phone.waiting).toBe(1);
  });
});

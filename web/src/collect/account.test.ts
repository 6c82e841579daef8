import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Cupboard } from "../kit/cupboard";
import { Account } from "./account.svelte";
import type { MyParcel, Note } from "./parcel";

const parcel = (over: Partial<MyParcel> = {}) =>
  ({ id: "par_1", ref: "a0", state: "dropped_off", grant: "Z3JhbnQ", place: { compartment: 12 }, grant_expires_at: "2026-11-24T00:00:00Z", ...over }) as unknown as MyParcel;
const note = (over: Partial<Note> = {}): Note => ({ kind: "collected", seq: 9, at: "", compartment: 12, lockerName: "A", reopenUntilMS: Date.now() + 60_000, ...over });

let said: Record<string, () => Response | Promise<Response>>;
let asked: { path: string; body: Record<string, string> }[];

beforeEach(() => {
  said = { "/v1/recipient/parcels": () => Response.json({ parcels: [parcel()] }) };
  asked = [];
  vi.stubGlobal("location", { origin: "http://network.test" });
  vi.stubGlobal("fetch", async (url: URL, init: RequestInit) => {
    asked.push({ path: url.pathname, body: init.body ? JSON.parse(String(init.body)) : {} });
    return (said[url.pathname] ?? (() => Response.json({})))();
  });
});
afterEach(() => vi.unstubAllGlobals());

const down = () => Promise.reject(new TypeError("no line"));
const signedOut = () => Response.json({ code: "unauthorised", detail: "Sign in first." }, { status: 401 });

describe("an account", () => {
  it("signs in with the link and this phone's key, which stays the same", async () => {
    const cupboard = new Cupboard("one", new IDBFactory());
    const account = new Account(cupboard);
    await account.begin("a-token");
    const [signIn] = asked.filter(({ path }) => path.endsWith("sign-in"));
    expect(signIn?.body).toMatchObject({ token: "a-token", phone_key: expect.stringMatching(/^B[\w-]{86}$/) });
    expect(account).toMatchObject({ standing: "signed_in", offline: false });
  });

  it("shows the phone's copy when the network is silent", async () => {
    const cupboard = new Cupboard("two", new IDBFactory());
    await new Account(cupboard).begin("");
    said["/v1/recipient/parcels"] = down;
    const again = new Account(cupboard);
    await again.begin("");
    expect(again).toMatchObject({ standing: "signed_in", offline: true });
    expect(again.parcels.map(({ grant }) => grant)).toEqual(["Z3JhbnQ"]);
  });

  it("signs out the other phones and stays signed in, and says so where that failed", async () => {
    const account = new Account(new Cupboard("others", new IDBFactory()));
    await account.begin("");
    await account.signOutOthers();
    expect(asked.slice(-2).map(({ path }) => path)).toEqual(["/v1/recipient/sign-out-others", "/v1/recipient/parcels"]); // PINs are others now
    expect(account).toMatchObject({ standing: "signed_in" });
    said["/v1/recipient/sign-out-others"] = () => Response.json({ code: "too_many", detail: "No." }, { status: 429 });
    await expect(account.signOutOthers()).rejects.toMatchObject({ code: "too_many" });
  });

  it("keeps nothing of somebody who is signed out", async () => {
    const cupboard = new Cupboard("three", new IDBFactory());
    await new Account(cupboard).begin("");
    said["/v1/recipient/parcels"] = signedOut;
    const again = new Account(cupboard);
    await again.begin("");
    expect(again).toMatchObject({ standing: "signed_out", parcels: [] });
    expect(await cupboard.get("shelf", "parcels")).toBeUndefined();
  });

  it("says why a link is refused", async () => {
    said["/v1/recipient/sign-in"] = () => Response.json({ code: "used", detail: "Used already." }, { status: 409 });
    said["/v1/recipient/parcels"] = signedOut;
    const account = new Account(new Cupboard("four", new IDBFactory()));
    await account.begin("old");
    expect(account.refusal?.code).toBe("used");
    expect(account.standing).toBe("signed_out");
  });

  it("keeps place and grant for the minutes in which the door may be opened again, and not longer", async () => {
    const account = new Account(new Cupboard("five", new IDBFactory()));
    await account.begin("");
    await account.note("par_1", note());
    said["/v1/recipient/parcels"] = () => Response.json({ parcels: [parcel({ state: "collected", grant: null, place: null })] });
    await account.refresh();
    expect(account.parcels[0]).toMatchObject({ state: "collected", grant: "Z3JhbnQ" });
    await account.note("par_1", note({ reopenUntilMS: Date.now() - 1 }));
    await account.refresh();
    expect(account.parcels[0]?.grant).toBeNull();
  });

  it("keeps the receipt for collecting when the door was opened once more", async () => {
    const account = new Account(new Cupboard("six", new IDBFactory()));
    await account.begin("");
    await account.note("par_1", note({ seq: 9 }));
    await account.note("par_1", note({ kind: "shut", seq: 12 }));
    expect(account.notes.par_1?.seq).toBe(9);
  });
});

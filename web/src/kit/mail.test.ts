import { afterEach, describe, expect, it, vi } from "vitest";
import { toBase64url } from "../latch/bytes";
import type { Info } from "../latch/info";
import { carried, carriedOrAsked } from "./mail";

const info = (timeless: boolean) => ({ timeless, nonce: new Uint8Array(16).fill(5) }) as Info;
const kept = Uint8Array.of(1, 2, 3);
const fresh = Uint8Array.of(4, 5);

afterEach(() => vi.unstubAllGlobals());

function network(answer: () => Response | Promise<Response>) {
  const asked: { path: string; body: unknown }[] = [];
  vi.stubGlobal("location", { origin: "http://network.test" });
  vi.stubGlobal("fetch", async (url: URL, init: { body: string }) => {
    asked.push({ path: new URL(url).pathname, body: JSON.parse(init.body) });
    return answer();
  });
  return asked;
}

describe("mail", () => {
  it("is what came with the grant", async () => {
    expect(await carried(toBase64url(kept))(info(true))).toEqual(kept);
    expect(await carried(null)(info(true))).toBeNull();
    expect(await carried(undefined)(info(true))).toBeNull();
  });

  it("is asked for on the spot where the locker does not know how late it is", async () => {
    const asked = network(() => Response.json({ mail: toBase64url(fresh) }));
    expect(await carriedOrAsked("lkr_1", toBase64url(kept))(info(false))).toEqual(kept);
    expect(asked).toEqual([]);
    expect(await carriedOrAsked("lkr_1", toBase64url(kept))(info(true))).toEqual(fresh);
    expect(asked).toEqual([{ path: "/v1/lockers/lkr_1/mail", body: { nonce: toBase64url(info(true).nonce) } }]);
  });

  it("is what came with the grant where the network does not answer, or wants no mail", async () => {
    network(() => Promise.reject(new TypeError("offline")));
    expect(await carriedOrAsked("lkr_1", toBase64url(kept))(info(true))).toEqual(kept);
    network(() => Response.json({ code: "not_found" }, { status: 404 }));
    expect(await carriedOrAsked("lkr_1", null)(info(true))).toBeNull();
  });
});

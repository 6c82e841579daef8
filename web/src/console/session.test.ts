// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Live } from "./live.svelte";
import { Session, sentence } from "./session.svelte";

let keys: (string | null)[];
let status: number;

beforeEach(() => {
  keys = [];
  status = 200;
  sessionStorage.clear();
  vi.stubGlobal("fetch", async (_: URL, init: RequestInit) => {
    keys.push(new Headers(init.headers).get("Authorization"));
    return new Response(JSON.stringify(status === 200 ? { events: [] } : { code: "unauthorised", detail: "This key was revoked." }), { status });
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the operator's key", () => {
  it("is kept in the tab once the network knows it, and sent with each call", async () => {
    const session = new Session();
    await session.signIn("lho_a");
    await session.ask("/v1/operator/sites");
    expect(keys).toEqual(["Bearer lho_a", "Bearer lho_a"]);
    expect(new Session().key).toBe("lho_a");
  });

  it("is not kept when the network does not know it", async () => {
    status = 401;
    const session = new Session();
    await expect(session.signIn("lho_b")).rejects.toThrow();
    expect([session.key, sessionStorage.length]).toEqual(["", 0]);
  });

  it("that was revoked meanwhile ends the session, and says why", async () => {
    const session = new Session();
    await session.signIn("lho_a");
    status = 401;
    await expect(session.ask("/v1/operator/sites")).rejects.toThrow();
    expect([session.key, session.refused, sessionStorage.length]).toEqual(["", "This key was revoked.", 0]);
  });

  it("stays when the network is only out of reach", async () => {
    const session = new Session();
    await session.signIn("lho_a");
    vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("no line")));
    const why = await session.ask("/v1/operator/sites").catch((e: unknown) => e);
    expect([session.key, sentence(why)]).toEqual(["lho_a", "The network does not answer."]);
  });
});

describe("something live", () => {
  it("keeps its last answer when one fails, and stops when nobody looks any more", async () => {
    vi.useFakeTimers();
    const ask = vi.fn(async () => "first");
    const live = new Live<string>(ask, 100);
    await vi.advanceTimersByTimeAsync(10);
    ask.mockRejectedValueOnce(new Error("no"));
    await vi.advanceTimersByTimeAsync(100);
    expect([live.value, live.error]).toEqual(["first", "The network does not answer."]);
    await vi.advanceTimersByTimeAsync(100);
    expect(live.error).toBe("");
    live.end();
    const asked = ask.mock.calls.length;
    await vi.advanceTimersByTimeAsync(1000);
    expect(ask.mock.calls.length).toBe(asked);
  });
});

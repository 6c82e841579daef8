import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { call, Problem, Unreachable } from "./api";

const answering = (answer: () => Response | Promise<Response>) => vi.stubGlobal("fetch", vi.fn(async () => answer()));

beforeEach(() => vi.stubGlobal("location", { origin: "http://network.test" }));
afterEach(() => vi.unstubAllGlobals());

describe("call", () => {
  it("gives what the network says", async () => {
    answering(() => Response.json({ parcels: [] }));
    expect(await call("/v1/recipient/parcels")).toEqual({ parcels: [] });
    answering(() => new Response(null, { status: 204 }));
    expect(await call("/v1/recipient/sign-out", { method: "POST" })).toBeUndefined();
  });

  it("throws the network's refusal with its code, sentence and facts", async () => {
    answering(() => Response.json({ type: "x", status: 409, code: "full", detail: "No room.", size: "M" }, { status: 409, headers: { "Retry-After": "7" } }));
    const refusal = await call("/v1/holds/1").catch((cause: unknown) => cause);
    expect(refusal).toBeInstanceOf(Problem);
    expect(refusal).toMatchObject({ status: 409, code: "full", detail: "No room.", facts: { size: "M" }, retryAfterS: 7 });
  });

  it("takes silence and a gateway's page for silence", async () => {
    answering(() => Promise.reject(new TypeError("failed")));
    await expect(call("/v1/about")).rejects.toBeInstanceOf(Unreachable);
    answering(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await expect(call("/v1/about")).rejects.toBeInstanceOf(Unreachable);
  });

  it("sends a key only as a bearer secret", async () => {
    answering(() => Response.json({}));
    await call("/v1/courier/stops", { key: "lhc_x", query: { limit: 5, none: undefined } });
    const [url, init] = vi.mocked(fetch).mock.calls[0]!;
    expect(String(url)).toBe("http://network.test/v1/courier/stops?limit=5");
    expect((init?.headers as Record<string, string>).Authorization).toBe("Bearer lhc_x");
  });
});

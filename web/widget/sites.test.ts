// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LockhouseSites } from "./sites.ts";
import type { Site } from "./network.ts";

const network = "https://lockers.example";

function site(id: string, change: Partial<Site> = {}): Site {
  return {
    id, name: `Site ${id}`, host: "City", kind: "police", street: "1 Main Street", country: "US", zone: "America/New_York", lat: 38.9, lon: -77.01,
    safety: "Lit.", guarded: true, step_free: true, artwork: { title: "", artist: "", picture: "/art/a.svg" }, open_now: true, next_opening: null,
    always_open: true, distance_m: 800, without_phone: null, ...change,
  };
}

/** Answers of the network and the shop; each test changes what it is about. */
let sites: Site[];
let holds: (siteID: string) => Response;
let asked: URL[];
let posted: string[];

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

beforeEach(() => {
  sites = [site("a"), site("b", { kind: "library", guarded: false })];
  asked = [];
  posted = [];
  holds = () => json({ lapses_at: new Date(Date.now() + 600_000).toISOString() });
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    if (url === "/hold") {
      const { site_id } = JSON.parse(String(init.body)) as { site_id: string };
      posted.push(site_id);
      return holds(site_id);
    }
    const at = new URL(url);
    asked.push(at);
    const without = (at.searchParams.get("not_kind") ?? "").split(",");
    return json({ sites: sites.filter((one) => !without.includes(one.kind)), none_because: null });
  });
  // happy-dom knows no form-associated elements; what the widget tells the form is looked at here.
  const internals = {
    setFormValue: (value: string | null) => (formValue = value),
    setValidity: (flags: ValidityStateFlags) => (missing = flags.valueMissing === true),
  };
  Object.defineProperty(HTMLElement.prototype, "attachInternals", { configurable: true, value: () => internals });
});

let formValue: string | null;
let missing: boolean;

afterEach(() => {
  document.body.replaceChildren();
  document.head.replaceChildren();
  Reflect.deleteProperty(globalThis, "lockhouseWords");
  sessionStorage.clear();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function widget(attributes: Record<string, string> = {}): Promise<LockhouseSites> {
  const w = document.createElement("lockhouse-sites") as LockhouseSites;
  const all = { src: network, key: "lhp_x", reference: "cart-1", day: "2026-11-24", near: "38.9,-77.0", "near-label": "ZIP 20003", "hold-url": "/hold", lang: "en",
    parcel: '{"length_mm":300,"width_mm":200,"height_mm":100,"weight_g":850}', required: "", ...attributes };
  for (const [name, value] of Object.entries(all)) w.setAttribute(name, value);
  document.body.append(w);
  await settled(w);
  return w;
}

async function settled(w: LockhouseSites): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((done) => setTimeout(done));
    await w.updateComplete;
  }
}

const radios = (w: LockhouseSites) => [...w.renderRoot.querySelectorAll<HTMLInputElement>("input[type=radio]")];
const chips = (w: LockhouseSites) => [...w.renderRoot.querySelectorAll<HTMLInputElement>("input[type=checkbox]")];
const text = (w: LockhouseSites) => (w.renderRoot.querySelector(".frame")?.textContent ?? "").replace(/\s+/g, " ");

async function pick(w: LockhouseSites, i: number): Promise<void> {
  radios(w)[i]!.dispatchEvent(new Event("change"));
  await settled(w);
}

describe("a wish for sites without a smartphone", () => {
  it("is asked of the network, and a choice that does not grant it is dropped", async () => {
    sites = [site("a", { without_phone: {} }), site("b")];
    const w = await widget();
    w.wish({ without_phone: true });
    await vi.waitFor(() => expect(asked.at(-1)?.searchParams.get("without_phone")).toBe("true"));
    await w.choose(sites[0]!);
    await w.updateComplete;
    expect(w.shadowRoot!.textContent).toContain("Without a smartphone");
    w.memory = { ...w.memory, site: sites[1] };
    w.wish({ without_phone: true });
    expect(w.memory.site).toBeUndefined();
  });
});

describe("<lockhouse-sites>", () => {
  it("asks for this parcel, on this day, for this cart", async () => {
    await widget();
    const q = asked[0]!;
    expect(q.origin + q.pathname).toBe(`${network}/v1/sites`);
    expect(Object.fromEntries(q.searchParams)).toEqual({
      lat: "38.90000", lon: "-77.00000", length_mm: "300", width_mm: "200", height_mm: "100", weight_g: "850", day: "2026-11-24", reference: "cart-1", limit: "10",
    });
  });

  it("lets no form go without a choice, and none whose room is not kept yet", async () => {
    let answer = (_: Response) => {};
    holds = () => new Promise<Response>((done) => (answer = done)) as unknown as Response;
    const w = await widget();
    expect(missing).toBe(true);
    await pick(w, 0);
    expect([missing, formValue]).toEqual([true, null]);
    answer(json({ lapses_at: null }));
    await settled(w);
    expect([missing, formValue]).toEqual([false, "a"]);
  });

  it("says until when room is kept, and tells the page", async () => {
    const w = await widget();
    const told = new Promise<CustomEvent>((done) => w.addEventListener("lockhouse-choose", (e) => done(e as CustomEvent)));
    await pick(w, 1);
    expect((await told).detail.site.id).toBe("b");
    expect(text(w)).toMatch(/Room is kept for you until \d+:\d\d/);
    expect(posted).toEqual(["b"]);
  });

  it("takes a full site's word for it and offers where there is room", async () => {
    holds = () => json({ code: "full", detail: "No room.", alternatives: [site("c")] }, 409);
    const w = await widget();
    await pick(w, 0);
    expect(missing).toBe(true);
    expect(text(w)).toContain("There is no room there any more. These have room:");
    expect(radios(w).map((r) => [r.value, r.checked])).toEqual([["c", false]]);
  });

  it("does not take silence for a yes", async () => {
    holds = () => { throw new TypeError("no line"); };
    const w = await widget();
    await pick(w, 0);
    expect([missing, formValue]).toEqual([true, null]);
    expect(text(w)).toContain("The pickup network does not answer.");
    holds = () => json({ lapses_at: null });
    [...w.renderRoot.querySelectorAll("button")].find((b) => b.textContent === "Try again")!.click();
    await settled(w);
    expect(formValue).toBe("a");
  });

  it("takes up the choice again after a reload, and keeps room anew", async () => {
    await pick(await widget(), 1);
    document.body.replaceChildren();
    const w = await widget();
    expect(radios(w).map((r) => r.checked)).toEqual([false, true]);
    expect([posted, formValue]).toEqual([["b", "b"], "b"]);
    document.body.replaceChildren();
    expect(radios(await widget({ reference: "cart-2" })).map((r) => r.checked)).toEqual([false, false]);
  });

  it("keeps the choice when the address changes and the site is no longer among the nearest", async () => {
    const w = await widget();
    await pick(w, 1);
    sites = [site("far")];
    w.setAttribute("near", "39.0,-77.2");
    await settled(w);
    expect(radios(w).map((r) => [r.value, r.checked])).toEqual([["b", true], ["far", false]]);
    expect(text(w)).toContain("Your choice");
    expect(formValue).toBe("b");
  });

  it("leaves out a kind of host with one tap, and with it a choice of that kind", async () => {
    const w = await widget();
    await pick(w, 0);
    const police = chips(w)[0]!;
    police.checked = true;
    police.dispatchEvent(new Event("change"));
    await settled(w);
    expect(asked.at(-1)!.searchParams.get("not_kind")).toBe("police");
    expect(radios(w).map((r) => r.value)).toEqual(["b"]);
    expect([missing, formValue]).toEqual([true, null]);
    expect(text(w)).toContain("Without police stations");
  });

  it("says which limit a parcel passes that fits nowhere", async () => {
    vi.stubGlobal("fetch", async () =>
      json({ sites: [], none_because: { code: "too_large", sentence: "x", facts: { limit: "longest_edge_mm", is: 1400, most: 640, over: 760 } } }));
    expect(text(await widget())).toContain("The parcel fits no compartment: 140 cm, and the most that fits is 64 cm.");
  });

  it("looks near a new address, though the device's position was used before", async () => {
    vi.stubGlobal("navigator", { ...navigator, language: "en", geolocation: { getCurrentPosition: (done: (p: unknown) => void) => done({ coords: { latitude: 38.5, longitude: -77.5 } }) } });
    const w = await widget();
    w.locate();
    await settled(w);
    expect(asked.at(-1)!.searchParams.get("lat")).toBe("38.50000");
    w.setAttribute("near", "38.8,-76.9");
    await settled(w);
    expect(asked.at(-1)!.searchParams.get("lat")).toBe("38.80000");
  });

  it("speaks the page's language, once it has come", async () => {
    const es = { ...(await import("./words/es.ts")) };
    const w = await widget({ lang: "es-MX" });
    expect(document.head.querySelector("script")?.src).toBe(`${network}/widget.es.js`);
    await pick(w, 0);
    Object.assign(globalThis, { lockhouseWords: { es } });
    w.requestUpdate();
    await settled(w);
    expect(text(w)).toContain("Le guardamos espacio hasta las");
  });

  it("remembers nothing of where the person is", async () => {
    vi.stubGlobal("navigator", { ...navigator, language: "en", geolocation: { getCurrentPosition: (done: (p: unknown) => void) => done({ coords: { latitude: 38.87654, longitude: -77.01234 } }) } });
    const w = await widget();
    w.locate();
    await settled(w);
    expect(asked.at(-1)!.searchParams.get("lat")).toBe("38.87654");
    await pick(w, 0);
    expect(JSON.stringify(sessionStorage)).not.toContain("87654");
  });
});

/** The widget's two questions: the network's, which sites have room, and the shop's, to keep room at one of them. */
import type { Point } from "./place.ts";

export interface Site extends Point {
  id: string;
  name: string;
  host: string;
  kind: string;
  street: string;
  country: string;
  zone: string;
  safety: string;
  guarded: boolean;
  step_free: boolean;
  /** What every locker there has for people without a smartphone; null where some of them have nothing. */
  without_phone?: object | null;
  artwork: { title: string; artist: string; picture: string };
  open_now: boolean;
  next_opening: string | null;
  always_open: boolean;
  distance_m: number;
}

export interface Wishes {
  step_free: boolean;
  guarded: boolean;
  without_phone: boolean;
  not_kind: string[];
}

export interface Found {
  /** The moment up to which all that was written is in the answer; alternatives to a site that refused come without. */
  as_of?: string;
  sites: Site[];
  none_because: { code: string; sentence: string; facts?: { limit?: string; is?: number; most?: number } } | null;
}

/** A no that was said in earnest; anything else that goes wrong is an ordinary error. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    sentence: string,
    readonly alternatives: Site[] = [],
  ) {
    super(sentence);
  }
}

const patienceMS = 10_000;
const maxSites = 10;

export interface Question {
  network: string;
  key: string;
  near: Point;
  parcel: Record<string, number>;
  day: string;
  reference: string;
  wishes: Wishes;
}

export function findSites(q: Question, signal: AbortSignal): Promise<Found> {
  const asked = new URLSearchParams({
    lat: q.near.lat.toFixed(5), // a metre is near enough, and says less about the person
    lon: q.near.lon.toFixed(5),
    day: q.day,
    limit: String(maxSites),
  });
  for (const name of ["length_mm", "width_mm", "height_mm", "weight_g"]) asked.set(name, String(q.parcel[name] ?? ""));
  if (q.reference) asked.set("reference", q.reference);
  if (q.wishes.step_free) asked.set("step_free", "true");
  if (q.wishes.guarded) asked.set("guarded", "true");
  if (q.wishes.without_phone) asked.set("without_phone", "true");
  if (q.wishes.not_kind.length > 0) asked.set("not_kind", q.wishes.not_kind.join(","));
  return ask<Found>(`${q.network}/v1/sites?${asked}`, { headers: { Authorization: `Bearer ${q.key}` } }, signal);
}

/** Asks the shop's own back end to keep room; the shop's answer is the network's. Gives when the room lapses. */
export async function keepRoom(holdUrl: string, site: string, signal: AbortSignal): Promise<Date | undefined> {
  const headers = { "Content-Type": "application/json" };
  const hold = await ask<{ lapses_at?: string | null }>(holdUrl, { method: "POST", headers, body: JSON.stringify({ site_id: site }) }, signal);
  return hold.lapses_at ? new Date(hold.lapses_at) : undefined;
}

async function ask<T>(url: string, init: RequestInit, signal: AbortSignal): Promise<T> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMS)]) });
  const body = (await answer.json()) as T & { code?: string; detail?: string; alternatives?: Site[] };
  if (answer.ok) return body;
  throw new Refusal(body.code ?? "", body.detail ?? answer.statusText, body.alternatives);
}

/** How lockers do, as the network says it: what they measured of themselves. */

export interface Took {
  /** Null: too few to say. */
  p50_ms: number | null;
  p95_ms: number | null;
}

/** A day, or several. */
export interface Doing {
  day: string;
  openings: number;
  unopened: number;
  tap_to_door: Took;
  tap_to_authorised: Took;
  tap_to_pulse: Took;
  /** Shares of the time; null where there was none. */
  uptime: number | null;
  line_up: number | null;
  time: { unknown_s: number; down_s: number; starts: number };
}

export interface LockerFigures {
  id: string;
  name: string;
  month: Doing;
  days: Doing[];
}

export interface SiteFigures {
  site_id: string;
  name: string;
  street: string;
  city: string;
  /** The last day that counts. */
  through: string;
  lockers: LockerFigures[];
}

/** "0.42 s"; a dash where there is nothing to say. */
export function seconds(ms: number | null, language: string): string {
  if (ms === null) return "–";
  return `${new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(ms / 1000)} s`;
}

/** "99.98 %": cut off, not rounded, so that only all of it is 100 %. */
export function percent(share: number | null, language: string): string {
  if (share === null) return "–";
  const cut = Math.floor(share * 10_000 + 1e-6) / 10_000;
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 }).format(cut);
}

/** "23 Nov" */
export function dayOf(day: string, language: string): string {
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(day));
}

/** Columns of a chart: each day's p50 and p95 as shares of the highest, in a fixed number of places of which the last is the last day. */
export function columns(days: readonly Doing[], places: number): { day: Doing; place: number; p50: number; p95: number }[] {
  const shown = days.slice(-places);
  const highest = Math.max(1, ...shown.map((d) => d.tap_to_door.p95_ms ?? 0));
  return shown.map((day, i) => ({
    day,
    place: places - shown.length + i,
    p50: (day.tap_to_door.p50_ms ?? 0) / highest,
    p95: (day.tap_to_door.p95_ms ?? 0) / highest,
  }));
}

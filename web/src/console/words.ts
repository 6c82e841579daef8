/** How the console says things: codes and times as an operator reads them. */
import type { Panel } from "../kit/contract";
import { faultOf } from "./faults";
import type { LockerDetail, LockerSummary, OperatorSite, Queue } from "./shapes";

/** "parcel.dropped_off" and "door_left_open" as words. */
export function plain(code: string): string {
  const words = code.replace(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const stamp = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const dayMS = 24 * 60 * 60 * 1000;

/** A moment, short: the time if it is less than a day away, the date too otherwise. */
export function when(at: string | null | undefined, nowMS = Date.now()): string {
  if (!at) return "–";
  const then = new Date(at);
  return (Math.abs(nowMS - then.getTime()) < dayMS ? clock : stamp).format(then);
}

const long = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });

/** A moment with its day in full: for what is read later, and elsewhere. */
export const day = (at: string): string => long.format(new Date(at));

/** "2 min ago"; "never" for null. */
export function ago(at: string | null, nowMS = Date.now()): string {
  if (!at) return "never";
  const s = Math.max(0, Math.round((nowMS - Date.parse(at)) / 1000));
  return s < 10 ? "now" : `${lasts(s)} ago`;
}

/** So many seconds, as long as one says it. */
export function lasts(s: number): string {
  if (s < 90) return `${s} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  if (s < 129_600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86_400)} days`;
}

/** After this long without a word a locker counts as silent. */
const silentMS = 90_000;

export type Tone = "good" | "warn" | "bad";
export interface Health {
  tone: Tone;
  words: string;
}

/** How a locker is, the worst first. */
export function healthOf(locker: LockerSummary, nowMS = Date.now()): Health {
  if (locker.retired) return { tone: "good", words: "Retired" };
  if (locker.fault) return { tone: "bad", words: faultOf(locker.fault).words };
  if (!locker.heard_at) return { tone: "warn", words: "Never heard" };
  if (nowMS - Date.parse(locker.heard_at) > silentMS) return { tone: "warn", words: `Silent, ${ago(locker.heard_at, nowMS)}` };
  if (locker.open > 0) return { tone: "warn", words: locker.open === 1 ? "A door is open" : `${locker.open} doors are open` };
  return { tone: "good", words: "Well" };
}

const order: readonly Tone[] = ["bad", "warn", "good"];

/** How a site is: as its worst locker at work. */
export function healthOfSite(site: OperatorSite, nowMS = Date.now()): Health {
  const all = site.lockers.filter((locker) => !locker.retired).map((locker) => healthOf(locker, nowMS)).sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone));
  return all[0] ?? { tone: "warn", words: "No locker" };
}

/** From which part of its bound a queue is worth a look, and from which it is full for those who come. */
const filling = 0.5;
const full = 0.95;

/** How full a queue is: by number or, where that is the bound, by age. */
export function fillOf(q: Queue): Health {
  const share = q.bound > 0 ? q.length / q.bound : q.max_age_s > 0 ? q.oldest_s / q.max_age_s : 0;
  if (share >= full) return { tone: "bad", words: "Full" };
  if (share >= filling) return { tone: "warn", words: "Filling up" };
  return { tone: "good", words: q.length === 0 ? "Empty" : "Flows" };
}

const outcomes: Readonly<Record<string, string>> = {
  done: "It has reported.",
  expired: "The command came too late. Ask again.",
  no_time: "It does not know how late it is, and does nothing before it does. Ask again in a minute.",
  busy: "It has too much to do. Ask again in a minute.",
};

/** What has become of a command, as a locker says. */
export const outcomeWords = (outcome: string): string => outcomes[outcome] ?? `It did not: ${plain(outcome).toLowerCase()}.`;

/** "3", "3 and 7", "3, 5 and 7" */
export function listed(all: readonly (number | string)[]): string {
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}

/** What a locker has for people without a smartphone. */
export function panelWords(panel: Panel | null): string {
  if (!panel) return "has not said";
  const parts = [panel.keys && "keys", panel.scanner && "a scanner", panel.screen && "a screen", panel.voice && "a voice"].filter((part) => part !== false);
  return parts.length > 0 ? listed(parts) : "nothing: it takes phones alone";
}

/** The compartments of a locker in which a parcel lies. */
export const inside = (locker: LockerDetail): number[] => locker.doors.filter((d) => d.parcel_id).map((d) => d.number);

/** Whether a locker keeps to what was asked of it. */
export function keepingOf({ desired_version: desired, actual_version: actual, heard_at }: LockerDetail, nowMS = Date.now()): Health {
  if (desired === 0) return { tone: "good", words: "Nothing was" };
  if (actual === desired) return { tone: "good", words: `It keeps to it (version ${desired})` };
  const silent = !heard_at || nowMS - Date.parse(heard_at) > silentMS;
  return { tone: "warn", words: `It keeps to version ${actual} of ${desired}, and is told ${silent ? "when its line is up again" : "now"}` };
}

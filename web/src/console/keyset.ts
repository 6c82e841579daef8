/** Where a locker stands with its own keys. */
import type { Keyset } from "./shapes";
import { day } from "./words";

/** In a sentence. */
export function keysetWords(k: Keyset): string {
  if (k.takes_former && k.changed_at) return `Changed ${day(k.changed_at)}; what was made for the former ones still opens, for 45 days`;
  if (k.asked_at && k.known) return "It has made new ones, and uses them as soon as nobody is at it";
  if (k.asked_at) return "It is asked for new ones, and makes them when it hears of it";
  return k.changed_at ? `Changed ${day(k.changed_at)}` : "As they came with it";
}

/** Whether it can be asked to change them now. */
export const mayRekey = (k: Keyset): boolean => !k.asked_at && !k.takes_former;

const outcomes: Readonly<Record<string, string>> = {
  done: "It has heard, and makes them.",
  unheard: "Its line is not up. It is told when it is.",
  unknown: "Its agent is older than this. Bring it up to date; it changes its keys then.",
};

/** What the locker says to it. */
export const rekeyWords = (outcome: string): string => outcomes[outcome] ?? "It is told again until it does.";

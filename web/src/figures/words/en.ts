/** The page of lockers' figures, in English. */
import { en as kit } from "../../kit/words/en";

export const en = {
  kit,
  title: "How the lockers do",
  lead: "What each locker measured of itself in the last 30 days: how long its doors took to open, and for how much of the time they could have.",
  choose: "Choose a site",
  all: "All sites",
  more: "More sites",
  noSites: "There are no sites yet.",
  unknownSite: "There is no such site. These there are:",
  locker: (name: string) => `Locker ${name}`,
  until: (day: string) => `Until the end of ${day}, by UTC.`,
  register: "What was opened by others: the public register",
  rules: "How this is measured",
  rulesText:
    "From the moment when your phone’s message has reached the locker until its door is open, by the locker’s own stopwatch. So that nobody can tell when a neighbour collected, today is left out, openings are rounded down to tens, and of fewer than ten nothing is said of how long they took. Doors open without a connection to the network.",
};

export type Words = typeof en;

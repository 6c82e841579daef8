/** The public register, in English. */
import { en as kit } from "../../kit/words/en";
import type { Kind } from "../chain";

const steps: Record<Kind, string> = {
  "service.asked": "One person asked for it",
  "service.approved": "A second person approved it",
  "service.declined": "It was declined, or taken back",
  "service.opened": "The door was open, the locker says",
  "service.shut": "The door was shut again, the locker says",
  "locker.retired": "An operator retired it",
};

const reasons: Record<string, string> = {
  stuck_door: "The door sticks",
  cleaning: "Cleaning",
  inspection: "Inspection",
  safety: "Something in it smells, leaks or smokes",
  assistance: "Its recipient was there and could not open it",
  empty: "Retired, with nothing inside",
  forced: "Retired, with parcels inside, which can still be collected",
  stolen: "Retired as stolen: nothing that it says counts any more",
  destroyed: "Retired, and destroyed: nothing that it says counts any more",
  silent: "Retired, and not heard of any more",
};

export const en = {
  kit,
  title: "The register",
  lead: "When somebody who is neither its courier nor its recipient wants a compartment opened, it stands here before the door opens: where, why, and when. It takes two people, one who asks and one who approves. Lockers that were retired stand here too. Nobody is named, and nothing is ever taken out.",
  reading: (n: number) => `Your browser checks the chain: ${n} entries so far.`,
  holds: "The chain holds",
  holdsMore: (n: number) => (n === 1 ? "Your browser has just checked the only entry." : `Your browser has just checked all ${n} entries: each names the one before it by its hash.`),
  holdsEmpty: "Nothing stands in it yet: no compartment was ever opened for service.",
  seen: (n: number) => (n === 1 ? "The entry that this browser saw last time is there, unchanged." : `The ${n} entries that this browser saw last time are there, unchanged.`),
  broken: "The chain does not hold",
  brokenMore: (n: number) => `Entry ${n} does not follow from the one before it: something was changed or left out. Keep a picture of this page, and ask the network’s operator.`,
  changed: "The register was changed",
  changedMore: (n: number) => `It holds in itself, but entry ${n} is not the one that this browser saw last time. Keep a picture of this page, and ask the network’s operator.`,
  shorter: "Entries are missing",
  shorterMore: (n: number) => `Last time this browser saw ${n} entries, and now there are fewer. Ask the network’s operator: an old backup may have been restored.`,
  part: "Only the beginning was checked",
  partMore: (n: number) => `There are more than the ${n} entries that this page reads. Those it read hold. A program can read all of them at /v1/register.`,
  everywhere: "All sites",
  site: "Site",
  door: (number: number, locker: string) => `Compartment ${number} of locker ${locker}`,
  locker: (name: string) => `Locker ${name}`,
  steps,
  reasons,
  pending: "Nothing was opened so far.",
  none: "Nothing stands here for this site.",
  more: "Show earlier ones",
  how: "How it is checked",
  howText: [
    "Each entry holds the SHA-256 of the one before, over all of its fields. So no entry can be changed or left out without changing every one after it. Your browser has worked out each of them itself, on this page.",
    "What this can’t show you alone is whether all of it was written anew. For that, keep the last hash that you saw: this browser does so by itself, and compares. Write it down, or give it to a newspaper.",
  ],
  lastHash: (n: number) => `Hash of entry ${n}`,
  chained: "As it is chained",
  figures: "How the lockers do",
};

export type Words = typeof en;

/** The landing page in English. */
import { en as kit } from "../../kit/words/en";

export const en = {
  kit,
  claim: "Your parcel, safe where you choose.",
  lead: "Collect it from a locker at a guarded place nearby. Your phone opens the door, even without a network, and nobody at the site learns your name.",
  runs: (network: string, version: string) => `${network}, version ${version}`,
  collect: "Collect a parcel",
  collectMore: "What waits for you, where, and until when.",
  courier: "Courier",
  courierMore: "Your stops, door after door.",
  console: "Operator",
  consoleMore: "Sites, lockers and parcels of this network.",
  docs: "API",
  docsMore: "For shops that offer these sites.",
  figures: "How the lockers do",
  register: "The public register",
  front: "Front of a locker with a painting across its doors; one door is open",
};

export type Words = typeof en;

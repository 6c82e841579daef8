/** What is wrong with a locker, in words, and what to do about it. The network passes on the locker's own few words (edge/agent/boards.go, disk.go). */

export interface Fault {
  words: string;
  /** What to do next. */
  next: string;
  /** It stands until an operator says that somebody has looked. */
  alarm: boolean;
}

const look = "Then say here that somebody has looked.";

/** Faults that receipts betray, and no locker takes back; estate/fleet/health.go. */
const alarms: Readonly<Record<string, [words: string, next: string]>> = {
  forced: ["A door was forced", `A door was open, and nobody had been let through. Have somebody go there and see what is missing. ${look}`],
  contradiction: ["Receipts contradict each other", `Two receipts have one number: the locker was set back, or somebody else signs in its name. If others may have its computer, retire it as stolen. ${look}`],
  chain: ["A receipt does not follow", `It names another receipt before it than the one that came. If others may have its computer, retire it as stolen. ${look}`],
  keysets: ["Its new keys contradict each other", `It named two sets of next keys, or somebody did who has its present ones. Have somebody go there; then have it change its keys anew with lockhouse locker rekey. ${look}`],
  gap: ["Receipts are missing", `The locker does not have them any more. Look into its compartments first: what waits behind the gap has its effect once you say that somebody has looked.`],
};

const doctor = "lockhouse-agent doctor, run at the locker, says more.";

/** The locker's own words, and ours for them. The first that fits counts. */
const faults: readonly [RegExp, words: (found: RegExpMatchArray) => string, next: string][] = [
  [
    /^unknown_keys$/,
    () => "It uses keys that are not known here",
    "Was this network restored from a backup? Then it is from before the locker changed its keys; they find together within minutes. If this stays, have it say its keys again with lockhouse locker rekey; until then its receipts wait in it. If nothing was restored, somebody has its former keys: retire it as stolen.",
  ],
  [/^board(?: (\d+) silent)?$/, ([, n]) => (n ? `Lock board ${n} does not answer` : "A lock board does not answer"), `Its doors stay as they are until it does: look at its power and its cable. ${doctor}`],
  [/^disk full$/, () => "Its disk is full", `It opens nothing that it can’t write down. ${doctor}`],
  [/^disk read-only$/, () => "Its disk takes no more", `It opens nothing that it can’t write down. The disk is probably worn out. ${doctor}`],
  [/^disk/, () => "Its disk fails", `It opens nothing that it can’t write down. ${doctor}`],
  [/^journal lost$/, () => "It has lost its journal", `It does not know what lies behind its doors. Look into its compartments. ${doctor}`],
  [/^journal/, () => "Its journal fails", `It opens nothing that it can’t write down, and starts again by itself. ${doctor}`],
  [/^compartment (\d+) not in the table$/, ([, n]) => `A parcel lies in compartment ${n}, which it no longer knows`, `Nobody can fetch it until its line is back in the locker’s compartments.csv. ${doctor}`],
  [/^bluetooth away$/, () => "Phones can’t find it", `Its Bluetooth has been away for minutes: is the adapter in its place? Its panel and the way over its line work meanwhile. ${doctor}`],
  [
    /^bluetooth unsteady$/,
    () => "Its Bluetooth goes again and again",
    `The adapter is loose or failing, or somebody there keeps phones away. Its panel and the way over its line work meanwhile. ${doctor}`,
  ],
  [/^panel: (.+)$/, ([, what]) => `Its panel lacks ${what}`, `Phones open as ever; who comes with a PIN or a pass may not be able to. ${doctor}`],
  [/^flash worn$/, () => "Its flash disk is nearly worn out", `It works until the disk fails: change it before, and its state directory moves with it. ${doctor}`],
  [/^certificate ends (.+)$/, ([, day]) => `This network’s certificate ends on ${day}`, "Then no locker reaches it. Renew it here: no locker has to be visited."],
  [/^authority ends (.+)$/, ([, day]) => `The authority by which it knows this network ends on ${day}`, `Put its successor beside it (the locker’s ca_file), before this network changes. ${doctor}`],
  [/^update (.+) given up$/, ([, version]) => `It gave up version ${version}`, "It went back to the version before, and works. Its log says why."],
];

/** What a fault means. */
export function faultOf(fault: string): Fault {
  const alarm = alarms[fault];
  if (alarm) return { words: alarm[0], next: alarm[1], alarm: true };
  for (const [form, words, next] of faults) {
    const found = fault.match(form);
    if (found) return { words: words(found), next, alarm: false };
  }
  const words = fault.replace(/[._]/g, " ");
  return { words: words.charAt(0).toUpperCase() + words.slice(1), next: doctor, alarm: false };
}

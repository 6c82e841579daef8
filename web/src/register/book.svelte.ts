/** The whole register: read page by page, checked as it comes, and put together into what belongs together. */
import { call, Problem } from "../kit/api";
import { beginning, Broken, follow, type Entry, type Head } from "./chain";

const pageSize = 200;
/** So many are read and checked; a network that has more is read by a program. */
const maxEntries = 20_000;
const keptUnder = "lockhouse-register";

export type Verdict = "reading" | "holds" | "broken" | "changed" | "shorter" | "part";

/** What was done in one matter, oldest first. */
export interface Matter {
  id: string;
  entries: Entry[];
}

export class Book {
  entries = $state.raw<Entry[]>([]);
  verdict = $state<Verdict>("reading");
  /** The last entry that was checked. */
  head = $state.raw<Head>(beginning);
  /** The entry that does not follow. */
  brokenAt = $state(0);
  /** What this browser saw last time; entries up to it were compared with that. */
  seen = $state.raw<Head | undefined>(lastSeen());
  error = $state("");

  /** Reads what there is beyond what was read. */
  async read(): Promise<void> {
    this.error = "";
    try {
      await this.#read();
    } catch (why) {
      if (why instanceof Broken) [this.verdict, this.brokenAt] = ["broken", why.n];
      else this.error = why instanceof Problem ? why.detail : "unreachable";
    }
  }

  async #read(): Promise<void> {
    for (let more = true; more && this.entries.length < maxEntries; ) {
      const { entries } = await call<{ entries: Entry[] }>("/v1/register", { query: { after: this.head.n, limit: pageSize } });
      this.entries = [...this.entries, ...entries]; // what does not hold is shown too
      this.head = await follow(this.head, entries);
      more = entries.length === pageSize;
    }
    this.verdict = this.#compare();
    if (this.verdict === "holds") localStorage.setItem(keptUnder, JSON.stringify(this.head));
  }

  /** A chain that holds in itself may be another than the one that was here: what was seen has to be in it. */
  #compare(): Verdict {
    const part = this.entries.length >= maxEntries;
    if (this.seen && this.seen.n > this.head.n) return part ? "part" : "shorter";
    if (this.seen && this.seen.n > 0 && this.entries[this.seen.n - 1]?.hash !== this.seen.hash) return "changed";
    return part ? "part" : "holds";
  }
}

function lastSeen(): Head | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(keptUnder) ?? "null") as Head | null;
    return kept && Number.isInteger(kept.n) && typeof kept.hash === "string" ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Puts together what belongs together, what was touched last first. */
export function mattersOf(entries: readonly Entry[]): Matter[] {
  const matters = new Map<string, Matter>();
  for (const entry of entries) {
    const id = entry.ref || `entry ${entry.n}`;
    const matter = matters.get(id) ?? { id, entries: [] };
    matter.entries.push(entry);
    matters.delete(id);
    matters.set(id, matter);
  }
  return [...matters.values()].reverse();
}

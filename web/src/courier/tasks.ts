/** What a courier does at a locker, parcel by parcel. */
import type { Locker, ParcelState, Site } from "../kit/contract";
import type { Trouble } from "../latch/refusals";

/** A stop as the network lists it. */
export interface Stop {
  site: Site;
  lockers: { id: string; name: string }[];
  deliver: Listed[];
  take_out: Listed[];
}

export interface Listed {
  parcel_id: string;
  ref: string;
  tracking_number: string;
  size: string;
  state: ParcelState;
  locker_id?: string;
  compartment?: number;
}

/** The grant for one locker, and what it allows. */
export interface Manifest {
  /** base64url; null when there is nothing to do. */
  grant: string | null;
  locker: Locker;
  targets: Target[];
  more: number;
  expires_at: string;
  /** What this phone may carry to the locker, base64url; null where there is nothing. */
  mail: string | null;
}

export interface Target {
  index: number;
  verb: "store" | "take_out";
  ref: string;
  tracking_number: string;
  size: string;
  compartment?: number;
}

/**
 * todo → asked → open → done. `free`: it was taken out again after a misfit, and wants another compartment. `failed`: its door
 * did not open, or the locker refused. `unknown`: the line broke in between; the locker's receipts will say.
 */
export type TaskState = "todo" | "asked" | "open" | "left_open" | "done" | "free" | "failed" | "unknown";

export interface Task extends Target {
  state: TaskState;
  /** Whose door was opened for it. */
  door?: number;
  /** Number of the receipt that says done. */
  seq?: number;
  trouble?: Trouble;
  /** The courier said that it does not stay; the door is open to take it out again. */
  misfit?: boolean;
}

/** What a phone remembers of a task when the page is loaded again. */
export type Remembered = Pick<Task, "state" | "door" | "seq">;

/** Finds the task that a scanned or typed number means: the whole number, or its last digits if they mean one alone. */
export function taskOf(tasks: readonly Task[], typed: string): Task | undefined {
  const wanted = typed.trim().toUpperCase();
  if (wanted === "") return undefined;
  const whole = tasks.find((task) => task.tracking_number.toUpperCase() === wanted);
  if (whole) return whole;
  const ends = tasks.filter((task) => task.tracking_number.toUpperCase().endsWith(wanted));
  return wanted.length >= 3 && ends.length === 1 ? ends[0] : undefined;
}

/** Whose fault it is that a door stays shut; never the courier's where it is the locker's. */
export type Fault = "locker" | "phone" | "grant" | "none";

const faults: Partial<Record<Trouble, Fault>> = {
  not_opened: "locker",
  door_unknown: "locker",
  board_silent: "locker",
  unavailable: "locker",
  clock_unsure: "locker",
  full: "locker",
  closed: "locker",
  stuck: "phone",
  off: "phone",
  out_of_reach: "phone",
  grant_invalid: "grant",
  wrong_locker: "grant",
  wrong_phone: "grant",
  lapsed: "grant",
};

export function faultOf(trouble: Trouble): Fault {
  return faults[trouble] ?? "none";
}

export type Ranked = { name: string; rank: number };

/** The rank above that of a size, among the network's sizes in ascending order; undefined where there is none. */
export function rankAbove(sizes: readonly Ranked[], size: string): number | undefined {
  const at = sizes.findIndex(({ name }) => name === size);
  return at < 0 ? undefined : sizes[at + 1]?.rank;
}

/** The shapes of the operator's part of the API. */
import type { Compartment, Locker, Panel, ParcelState, Site } from "../kit/contract";

export interface LockerSummary {
  id: string;
  name: string;
  /** When its line was last up; null when never. */
  heard_at: string | null;
  /** Empty when there is none. */
  fault: string;
  compartments: number;
  occupied: number;
  /** Doors that stand open. */
  open: number;
  /** It is over: it has forgotten its keys, or is not believed any more. */
  retired: boolean;
}

/** A locker as it was last heard. */
export interface LockerDetail extends LockerSummary {
  doors: DoorView[];
  /** Of the agent that it said it runs; empty when it has said none. */
  agent_version: string;
  /** Of how it is to be, and of what it says it keeps to. */
  desired_version: number;
  actual_version: number;
  /** From where it takes new versions; empty: as it was set up. */
  update_channel: string;
  /** What it has for people without a smartphone; null: it has not said. */
  panel: Panel | null;
  keys: Keyset;
  retirement: Retirement;
}

/** Where it stands with its own keys. */
export interface Keyset {
  /** How often it has changed them. */
  number: number;
  asked_at: string | null;
  /** Its next ones are known, and were not used yet. */
  known: boolean;
  changed_at: string | null;
  /** What was made for its former keys still opens. */
  takes_former: boolean;
}

export interface Retirement {
  /** Null: it is at work. */
  asked_at: string | null;
  done_at: string | null;
  stolen: boolean;
}

export interface OperatorSite {
  site: Site;
  closed: boolean;
  holding_days: number;
  lockers: LockerSummary[];
}

export interface DoorView extends Compartment {
  door: "shut" | "open" | "unknown";
  out_of_service: boolean;
  parcel_id: string | null;
}

export interface SiteDetail {
  site: Site;
  closed: boolean;
  holding_days: number;
  lockers: LockerDetail[];
  room: { day: string; sizes: { size: string; capacity: number; kept: number }[] }[];
}

/** A code for a new locker; the code itself is shown once. */
export interface Code {
  id: string;
  /** That the locker will have. */
  name: string;
  expires_at: string;
  used_at: string | null;
  locker_id: string | null;
}

export interface NewCode {
  id: string;
  code: string;
  expires_at: string;
}

/** Why a door is opened for service. */
export const reasons = ["stuck_door", "cleaning", "inspection", "safety", "assistance"] as const;
export type ServiceReason = (typeof reasons)[number];
export type ServiceState = "asked" | "approved" | "opened" | "declined" | "lapsed" | "missed" | "void";

/** A compartment that is to be opened by somebody who is neither courier nor recipient. */
export interface Service {
  ref: string;
  state: ServiceState;
  locker_id: string;
  locker_name: string;
  site_id: string;
  site: string;
  compartment: number;
  reason: ServiceReason;
  /** A parcel lies in it. */
  occupied: boolean;
  /** The key of this session asked for it, and so can't approve it. */
  mine: boolean;
  asked_by: string;
  asked_at: string;
  asked_name: string;
  approve_by: string;
  /** Of who approved or declined it; empty while nobody has. */
  answer_name: string;
  approved_at: string | null;
  declined_at: string | null;
  /** Where it is the key that asked, it was taken back. */
  declined_by: string | null;
  open_by: string | null;
  opened_at: string | null;
  /** Of the phone that may open it. */
  phone_key: string;
}

export interface ServiceDetail extends Service {
  locker: Locker;
  /** Null while it may not be opened. */
  grant: string | null;
}

export interface ParcelRow {
  id: string;
  ref: string;
  shop: string;
  reference: string;
  tracking_number: string;
  site_id: string;
  size: string;
  state: ParcelState;
  locker_id: string;
  compartment: number;
  announced_at: string | null;
  dropped_off_at: string | null;
  collect_by: string | null;
  ended_at: string | null;
}

export interface ParcelDetail extends ParcelRow {
  timeline: { kind: string; at: string; note: string; compartment?: number }[];
  receipts: { locker_id: string; seq: number; kind: string; at: string; compartment: number; generation: number; signed: string }[];
  notices: { kind: string; at: string; tries: number; done_at: string | null; next_at: string | null; error: string }[];
}

export interface EventRow {
  seq: number;
  kind: string;
  at: string;
  parcel_id?: string;
  site_id?: string;
  locker_id?: string;
  compartment?: number;
  note: string;
}

export interface Queue {
  name: string;
  length: number;
  /** Entries that may wait; 0 where it is their age that is bounded. */
  bound: number;
  /** How old an entry may become; 0 where it is their number that is bounded. */
  max_age_s: number;
  oldest_s: number;
  /** What happens to the next one. */
  beyond: string;
}

/** Scopes of keys that can be made here; an operator's key is made at the terminal of the network's machine. */
export const scopes = ["checkout", "shop", "courier"] as const;
export type NewScope = (typeof scopes)[number];
export type Scope = NewScope | "operator";

export interface Key {
  id: string;
  scope: Scope;
  label: string;
  shop_id?: string;
  courier_id?: string;
  created_at: string;
  revoked_at: string | null;
}

export const parcelStates: readonly ParcelState[] = [
  "announced", "in_transit", "dropped_off", "collected", "overdue", "recalled", "diverted", "returned", "refused", "lost",
];

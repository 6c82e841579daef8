/** The shapes of the operator's part of the API. */
import type { Compartment, ParcelState, Site } from "../kit/contract";

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
  lockers: (LockerSummary & { doors: DoorView[] })[];
  room: { day: string; sizes: { size: string; capacity: number; kept: number }[] }[];
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

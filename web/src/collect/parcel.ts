/** What the network tells a recipient about a parcel. */
import type { Locker, Panel, ParcelState, Site } from "../kit/contract";
import type { Receipt } from "../latch/receipts";

export interface MyParcel {
  id: string;
  /** The parcel's name at the locker, 16 hex digits. */
  ref: string;
  state: ParcelState;
  tracking_number: string;
  shop: string;
  site: Site;
  size: string;
  dropped_off_at: string | null;
  collect_by: string | null;
  collected_at: string | null;
  /** Where it lies; null unless it lies in a locker. */
  place: { locker: Locker; compartment: number; generation: number; panel: Panel | null } | null;
  /** Whether the locker can be opened over the network just now. */
  on_line: boolean;
  /** What opens its door from this phone, base64url; null where it can't be opened now. */
  grant: string | null;
  grant_expires_at: string | null;
  /** Eight digits for the locker's panel; null where nothing can be opened. */
  pin: string | null;
  /** The digits of a paper pass, for a QR code. */
  pass: string | null;
  pass_expires_at: string | null;
  /** The locker knows this PIN and takes this pass; until then the former ones open. */
  in_force: boolean;
  /** What this phone may carry to its locker, base64url; null where there is nothing. */
  mail: string | null;
}

/** What this phone saw happen at the locker, before the network may know of it. */
export interface Note {
  kind: "collected" | "shut";
  /** Number of the receipt at the locker. */
  seq: number;
  /** By the locker's clock, RFC 3339. */
  at: string;
  compartment: number;
  lockerName: string;
  /** By this phone's clock: until when the door may be opened once more. */
  reopenUntilMS: number;
}

/** What there is to remember of a receipt that this phone has checked. */
export function noteOf(receipt: Receipt, lockerName: string, reopenUntilMS: number): Note {
  const kind = receipt.kind === "collected" ? "collected" : "shut";
  return { kind, seq: receipt.seq, at: receipt.at.toISOString(), compartment: receipt.compartment, lockerName, reopenUntilMS };
}

/** A parcel with its place and its grant: one that can be opened. */
export type Ready = MyParcel & { place: NonNullable<MyParcel["place"]>; grant: string };

export function isReady(parcel: MyParcel): parcel is Ready {
  return parcel.place !== null && parcel.grant !== null;
}

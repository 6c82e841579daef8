/** The shapes of the HTTP API v1 that the pages use; docs and the network's OpenAPI document say more. Binary values are base64url. */

export interface Artwork {
  title: string;
  artist: string;
  /** Address of a picture, drawn across all doors of a locker. */
  picture: string;
}

export interface Opening {
  day: string;
  from: string;
  to: string;
}

export interface Site {
  id: string;
  name: string;
  /** The discreet name, which labels and messages use. */
  alias: string;
  host: string;
  kind: string;
  street: string;
  city: string;
  region: string;
  postal: string;
  country: string;
  lat: number;
  lon: number;
  zone: string;
  safety?: string | null;
  guarded: boolean;
  step_free: boolean;
  /** What every locker there has for people without a smartphone; null where it is not to be offered. */
  without_phone?: Panel | null;
  artwork?: Artwork | null;
  open_now?: boolean;
  next_opening?: string | null;
  always_open?: boolean;
  hours?: Opening[];
}

/** What there is for people without a smartphone. */
export interface Panel {
  /** To type a PIN on. */
  keys: boolean;
  /** That reads a printed pass. */
  scanner: boolean;
  screen: boolean;
  voice: boolean;
  /** Of the highest part that is touched, above the ground; null where it is not known. */
  height_mm: number | null;
}

/** One box with a door, in its place on the locker's front. Columns count from the left and rows from the ground, both from 1. */
export interface Compartment {
  number: number;
  size: string;
  column: number;
  row: number;
  /** Height of its floor above the ground. */
  floor_mm: number;
  width_mm: number;
  height_mm: number;
}

export interface Locker {
  id: string;
  /** Painted on it, such as "A". */
  name: string;
  static_key: string;
  receipt_key: string;
  /** What it signed before it changed its keys, for some weeks after that. */
  former_receipt_key?: string;
  /** The names under which it may advertise today and tomorrow. */
  advert_names: string[];
  compartments: Compartment[];
}

export interface About {
  network: string;
  version: string;
  /** Where the demo's virtual lockers are reached without Bluetooth; null in earnest. */
  demo_radio_url: string | null;
  /** Whether browsers without Bluetooth may open over the lockers' lines. */
  open_by_line: boolean;
  sizes: { name: string; rank: number; length_mm: number; width_mm: number; height_mm: number; weight_g: number }[];
  issuer_key: string;
}

export type ParcelState =
  | "announced"
  | "in_transit"
  | "dropped_off"
  | "collected"
  | "diverted"
  | "overdue"
  | "recalled"
  | "returned"
  | "refused"
  | "lost";

/**
 * The register is a chain: each entry holds the hash of the one before, over all of its fields (register.go). Here the browser works
 * each hash out itself, so that nobody has to take the network's word that nothing was changed or left out.
 */
import { ascii, fromBase64url, joined, sha256, toBase64url, type Bytes } from "../latch/bytes";

export type Kind = "service.asked" | "service.approved" | "service.declined" | "service.opened" | "service.shut" | "locker.retired";

/** A line of the register, as the network gives it. */
export interface Entry {
  /** From 1, without a gap. */
  n: number;
  at: string;
  kind: Kind;
  site_id: string;
  /** The site's name today; no hash covers it. */
  site: string;
  locker_id: string;
  /** Painted on it today; no hash covers it. */
  locker: string;
  /** 0 where it is about all of a locker. */
  compartment: number;
  reason: string;
  /** What belongs together has one. */
  ref: string;
  prev: string;
  hash: string;
}

const hashBytes = 32;

/** The end of a chain: what the next entry has to follow. */
export interface Head {
  n: number;
  hash: string;
}

export const beginning: Head = { n: 0, hash: toBase64url(new Uint8Array(hashBytes)) };

/** Checks that entries follow a head; throws Broken at the first that does not. */
export async function follow(head: Head, entries: readonly Entry[]): Promise<Head> {
  for (const entry of entries) {
    const hash = await hashOf(entry).catch(() => undefined);
    if (entry.n !== head.n + 1 || entry.prev !== head.hash || entry.hash !== hash) throw new Broken(head.n + 1);
    head = { n: entry.n, hash };
  }
  return head;
}

/** The chain does not hold from this entry on. */
export class Broken extends Error {
  override readonly name = "Broken";
  constructor(readonly n: number) {
    super(`the register does not hold from entry ${n} on`);
  }
}

/** What the next entry has to say of this one. */
export async function hashOf(e: Entry): Promise<string> {
  const prev = fromBase64url(e.prev);
  if (prev.length !== hashBytes) throw new Error("register: a hash has 32 bytes");
  const numbers = [BigInt(e.n), microsOf(e.at), BigInt(e.compartment)].map(int64);
  const texts = [e.kind, e.site_id, e.locker_id, e.reason, e.ref].map(counted);
  return toBase64url(await sha256(joined(ascii("lockhouse register 1"), prev, ...numbers, ...texts)));
}

/** Microseconds since 1970: a Date has but milliseconds. */
function microsOf(at: string): bigint {
  const [, seconds, fraction = ""] = at.match(/^(.{19})(?:\.(\d{1,6}))?Z$/) ?? [];
  const ms = Date.parse(`${seconds}Z`);
  if (!seconds || Number.isNaN(ms)) throw new Error("register: not a time");
  return BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, "0"));
}

function int64(n: bigint): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, n);
  return bytes;
}

/** A text with its length before it. */
function counted(text: string): Bytes {
  const bytes = new TextEncoder().encode(text);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return joined(length, bytes);
}

/**
 * Receipts: COSE_Sign1 (RFC 9052, ES256) by the locker over an array that says what happened; trust/credential/receipt.go. The
 * phone shows them, checks them with the locker's receipt key, and carries them to the network.
 */
import { ascii, fromHex, joined, same, sha256, toHex, type Bytes } from "./bytes";
import { keyBytes } from "./handshake";
import { arrayOf, bytesOf, decode, encode, whole, type Cbor } from "./strict-cbor";

const maxReceiptBytes = 192;
const tagSign1 = 0xd2; // CBOR tag 18
const protectedHeader = Uint8Array.of(0xa1, 0x01, 0x26); // {1: -7}, ES256
const externalAAD = ascii("latch-1 receipt");
const halfOrder = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n; // of P-256
const maxUint32 = 0xffffffff;

const kinds = [
  "authorised",
  "opened",
  "stored",
  "collected",
  "taken_out",
  "misfit",
  "not_opened",
  "left_open",
  "forced",
  "board_fault",
  "board_healed",
  "started",
  "shut",
  "service",
] as const;

export type ReceiptKind = (typeof kinds)[number];

/** A locker's statement of what happened. */
export interface Receipt {
  lockerId: string;
  /** Counts all receipts of a locker, without a gap. */
  seq: number;
  kind: ReceiptKind;
  /** By the locker's clock. */
  at: Date;
  /** floor: at least this late; day, good: set by the network within the day, the hour. */
  quality: "floor" | "day" | "good";
  /** 16 hex digits, or null where no parcel was involved. */
  ref: string | null;
  compartment: number;
  generation: number;
  /** 16 hex digits: start of the SHA-256 of the phone's key, or null. */
  phone: string | null;
}

/** Reads a receipt and checks that it was signed by this receipt key (65 bytes). Throws at anything else. */
export async function verifyReceipt(receiptKey: Bytes, data: Bytes): Promise<Receipt> {
  const { payload, signature } = unseal(data);
  const signed = encode(["Signature1", protectedHeader, externalAAD, payload]);
  const low = BigInt(`0x${toHex(signature.subarray(32))}`) <= halfOrder;
  if (!low || !(await verifies(receiptKey, signature, signed))) throw new Error("receipt: not signed by this locker");
  return statementOf(payload);
}

async function verifies(raw: Bytes, signature: Bytes, signed: Bytes): Promise<boolean> {
  const key = await crypto.subtle.importKey("raw", raw, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, signed);
}

/**
 * The keys by which a phone knows what one locker signed: those that came with its grant, and the one that the locker says it has changed
 * to since, in the name of one of them.
 */
export class ReceiptKeys {
  constructor(
    readonly lockerId: string,
    private readonly keys: Bytes[],
  ) {}

  /** The receipt, if it is by this locker; undefined otherwise: then it is neither shown nor carried. */
  async verified(raw: Bytes): Promise<Receipt | undefined> {
    for (const key of this.keys) {
      const receipt = await verifyReceipt(key, raw).catch(() => undefined);
      if (receipt?.lockerId === this.lockerId) return receipt;
    }
    return undefined;
  }

  /** Takes the locker's word for the key that signs now: 65 bytes, and a signature by a key that is known. Throws at anything else. */
  async follow(succession: Bytes): Promise<void> {
    const next = succession.slice(0, keyBytes);
    const signed = joined(ascii("latch-1 succession"), fromHex(this.lockerId.slice(4)), next);
    for (const key of this.keys) {
      if (await verifies(key, succession.subarray(keyBytes), signed)) return void this.keys.push(next);
    }
    throw new Error("latch: a receipt key that the former one did not sign");
  }
}

/** Names a receipt: hex of its SHA-256. */
export async function nameOf(data: Bytes): Promise<string> {
  return toHex(await sha256(data));
}

/** The 16 hex digits by which receipts name a phone's key (65 bytes). */
export async function thumbprint(phoneKey: Bytes): Promise<string> {
  return toHex((await sha256(phoneKey)).subarray(0, 8));
}

function unseal(data: Bytes): { payload: Bytes; signature: Bytes } {
  if (data[0] !== tagSign1) throw new Error("receipt: not a COSE_Sign1");
  const [header, unprotected, payload, signature] = arrayOf(decode(data.subarray(1), maxReceiptBytes), 4);
  if (!same(bytesOf(header, 0, 16), protectedHeader) || !(unprotected instanceof Map) || unprotected.size > 0) {
    throw new Error("receipt: headers of another form");
  }
  return { payload: bytesOf(payload, 1, maxReceiptBytes), signature: bytesOf(signature, 64, 64) };
}

function statementOf(payload: Bytes): Receipt {
  const [locker, , seq, kindNumber, at, quality, , ref, compartment, generation, phone] = arrayOf(decode(payload, maxReceiptBytes), 12);
  const kind = kinds[whole(kindNumber, kinds.length) - 1];
  if (!kind) throw new Error("receipt: of no kind");
  return {
    lockerId: `lkr_${toHex(bytesOf(locker, 8, 8))}`,
    seq: whole(seq, Number.MAX_SAFE_INTEGER),
    kind,
    at: new Date(whole(at, maxUint32) * 1000),
    quality: (["floor", "day", "good"] as const)[whole(quality, 2)]!,
    ref: eightOrNull(ref),
    compartment: whole(compartment, 0xffff),
    generation: whole(generation, maxUint32),
    phone: eightOrNull(phone),
  };
}

function eightOrNull(value: Cbor | undefined): string | null {
  return value === null ? null : toHex(bytesOf(value, 8, 8));
}

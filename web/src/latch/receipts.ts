/**
 * Receipts: COSE_Sign1 (RFC 9052, ES256) by the locker over an array that says what happened; trust/credential/receipt.go. The
 * phone shows them, checks them with the locker's receipt key, and carries them to the network.
 */
import { ascii, same, sha256, toHex, type Bytes } from "./bytes";
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
  const key = await crypto.subtle.importKey("raw", receiptKey, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const signed = encode(["Signature1", protectedHeader, externalAAD, payload]);
  const low = BigInt(`0x${toHex(signature.subarray(32))}`) <= halfOrder;
  const good = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, signed);
  if (!good || !low) throw new Error("receipt: not signed by this locker");
  return statementOf(payload);
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

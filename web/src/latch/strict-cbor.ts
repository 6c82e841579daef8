/**
 * CBOR of which there is exactly one encoding (RFC 8949, core deterministic), on the way in as well as on the way out: what
 * is not byte for byte what encoding gives is refused. The locker does the same, in internal/strictcbor.
 */
import { decode as decodeAny, encode as encodeAny, rfc8949EncodeOptions } from "cborg";
import { same, type Bytes } from "./bytes";

/** What Latch's messages are made of. */
export type Cbor = number | string | boolean | null | Uint8Array | Cbor[] | Map<Cbor, Cbor>;

export function encode(value: Cbor): Bytes {
  return encodeAny(value, rfc8949EncodeOptions) as Bytes;
}

/** Reads at most `maxBytes`; throws at every form but the deterministic one. */
export function decode(data: Uint8Array, maxBytes: number): Cbor {
  if (data.length > maxBytes) throw new Error(`cbor: ${data.length} bytes, at most ${maxBytes} are read`);
  const value = decodeAny(data, {
    strict: true,
    useMaps: true,
    rejectDuplicateMapKeys: true,
    allowIndefinite: false,
    allowUndefined: false,
    allowInfinity: false,
    allowNaN: false,
    allowBigInt: false,
  }) as Cbor;
  if (!same(encode(value), data)) throw new Error("cbor: not in deterministic form");
  return value;
}

/** Narrows to an array of exactly `length` elements. */
export function arrayOf(value: Cbor | undefined, length: number): Cbor[] {
  if (!Array.isArray(value) || value.length !== length) throw new Error(`cbor: not an array of ${length}`);
  return value;
}

/** Narrows to a whole number from 0 to `most`. */
export function whole(value: Cbor | undefined, most: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > most) throw new Error(`cbor: not a number up to ${most}`);
  return value;
}

/** Narrows to a byte string of `least` to `most` bytes. */
export function bytesOf(value: Cbor | undefined, least: number, most: number): Bytes {
  if (!(value instanceof Uint8Array) || value.length < least || value.length > most) throw new Error(`cbor: not ${least} to ${most} bytes`);
  return new Uint8Array(value);
}

/** INFO: what a locker says of itself before it knows who asks; docs/latch.md and wire/info.go. */
import { toHex, type Bytes } from "./bytes";

/** The version of Latch that this phone speaks. */
export const version = 1;

export const infoBytes = 46;

export interface Info {
  /** Names the session in each frame. */
  session: number;
  /** No door will open: the lock board does not answer. */
  boardSilent: boolean;
  /** A door is being opened for somebody; it takes seconds. */
  busy: boolean;
  noDropOffs: boolean;
  /** The first message may carry mail. */
  takesMail: boolean;
  /** Good for one first message, 16 bytes. */
  nonce: Bytes;
  /** The locker does not know how late it is, but only a time that has surely come. */
  timeless: boolean;
  /** This way goes over the network: the first message takes a code that is read at the locker. */
  relayed: boolean;
  /** As in the API: `lkr_` and 16 hex digits. */
  lockerId: string;
  /** ATT MTU as the locker sees it; a browser can't see its own. */
  mtu: number;
  /** All 46 bytes, which the handshake binds. */
  raw: Bytes;
}

/** A locker that speaks another version, or something that is no locker. */
export class NotLatch extends Error {
  override readonly name = "NotLatch";
}

export function parseInfo(raw: Bytes): Info {
  if (raw.length !== infoBytes) throw new NotLatch(`INFO has ${raw.length} bytes`);
  if (raw[0] !== version) throw new NotLatch(`the locker speaks version ${raw[0]}`);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const flags = view.getUint8(2);
  return {
    session: view.getUint8(1),
    boardSilent: (flags & 1) !== 0,
    busy: (flags & 2) !== 0,
    noDropOffs: (flags & 4) !== 0,
    takesMail: (flags & 16) !== 0,
    nonce: raw.slice(11, 27),
    timeless: raw[31] === 0,
    relayed: (flags & 8) !== 0,
    lockerId: `lkr_${toHex(raw.subarray(3, 11))}`,
    mtu: view.getUint16(44),
    raw,
  };
}

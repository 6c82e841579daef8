/** The messages of a visit: CBOR arrays, wire/message.go. Each function here encodes what a phone sends or decodes what it gets. */
import type { Bytes } from "./bytes";
import { maxMessageBytes } from "./frames";
import { arrayOf, bytesOf, decode, encode, whole, type Cbor } from "./strict-cbor";

export const maxTargets = 64;
export const maxTail = 8;
const maxReceiptBytes = 192;
const successionBytes = 65 + 64;
const maxCompartment = 0xffff;
const maxStatus = 0xff;

const kind = { open: 1, misfit: 2, tail: 3, bye: 4, answer: 17, doorNews: 18, receipts: 19 } as const;

/** What a locker takes as mail, sealed. */
export const maxMailBytes = 1536;

/**
 * The payload of the first message: grant, proof of possession, at most one target to open right away, and perhaps the network's
 * word for the locker, which this phone can't read.
 */
export function presentation(grant: Bytes, proof: Bytes, open: number | null, mail: Bytes | null = null): Bytes {
  return encode(mail && mail.length > 0 && mail.length <= maxMailBytes ? [grant, proof, open, mail] : [grant, proof, open]);
}

/** The same over the line, with the code that was read at the locker. */
export function relayed(grant: Bytes, proof: Bytes, open: number | null, presence: Bytes): Bytes {
  return encode([grant, proof, open, presence]);
}

export const openMessage = (index: number, rank = 0): Bytes => encode([kind.open, index, rank]);
export const misfitMessage = (index: number): Bytes => encode([kind.misfit, index]);
export const tailMessage = (n: number): Bytes => encode([kind.tail, n]);
export const byeMessage = (): Bytes => encode([kind.bye]);

/** The locker's answer to the first message. Statuses are 0 for yes, or the number of a refusal. */
export interface Admission {
  admitted: number;
  opening: number;
  /** Whose door opens now; 0 when none does. */
  compartment: number;
  receipt: Bytes | null;
  /** To a phone that came with the keys of before a change: which receipt key signs now, by the one that it knows. */
  succession: Bytes | null;
}

/** Says at once whether an open or misfit will be done. */
export interface Answer {
  kind: "answer";
  index: number;
  status: number;
  compartment: number;
  receipt: Bytes | null;
}

export type DoorEvent = "opened" | "timeout" | "closed" | "left_open" | "unknown";

const doorEvents: readonly DoorEvent[] = ["opened", "timeout", "closed", "left_open", "unknown"];

/** What the door of a target did. */
export interface DoorNews {
  kind: "door";
  index: number;
  event: DoorEvent;
  compartment: number;
  receipt: Bytes | null;
}

/** The locker's latest receipts, oldest first. */
export interface Tail {
  kind: "receipts";
  receipts: Bytes[];
}

export function parseAdmission(data: Bytes): Admission {
  const message = decode(data, maxMessageBytes);
  const changed = Array.isArray(message) && message.length === 5;
  const [admitted, opening, compartment, receipt, succession] = arrayOf(message, changed ? 5 : 4);
  return {
    succession: changed ? bytesOf(succession, successionBytes, successionBytes) : null,
    admitted: whole(admitted, maxStatus),
    opening: whole(opening, maxStatus),
    compartment: whole(compartment, maxCompartment),
    receipt: receiptOf(receipt),
  };
}

/** Reads what a locker sends inside the channel; anything else throws. */
export function parseDown(data: Bytes): Answer | DoorNews | Tail {
  const message = decode(data, maxMessageBytes);
  switch (Array.isArray(message) ? message[0] : undefined) {
    case kind.answer:
      return parseAnswer(arrayOf(message, 5));
    case kind.doorNews:
      return parseNews(arrayOf(message, 5));
    case kind.receipts:
      return parseTail(arrayOf(message, 2));
  }
  throw new Error("latch: not a locker's message");
}

function parseAnswer([, index, status, compartment, receipt]: Cbor[]): Answer {
  return {
    kind: "answer",
    index: whole(index, maxTargets - 1),
    status: whole(status, maxStatus),
    compartment: whole(compartment, maxCompartment),
    receipt: receiptOf(receipt),
  };
}

function parseNews([, index, event, compartment, receipt]: Cbor[]): DoorNews {
  const name = doorEvents[whole(event, doorEvents.length) - 1];
  if (!name) throw new Error("latch: not a door's event");
  return { kind: "door", index: whole(index, maxTargets - 1), event: name, compartment: whole(compartment, maxCompartment), receipt: receiptOf(receipt) };
}

function parseTail([, list]: Cbor[]): Tail {
  if (!Array.isArray(list) || list.length > maxTail) throw new Error("latch: not a tail");
  return { kind: "receipts", receipts: list.map((one) => bytesOf(one, 1, maxReceiptBytes)) };
}

function receiptOf(value: Cbor | undefined): Bytes | null {
  return value === null ? null : bytesOf(value, 1, maxReceiptBytes);
}

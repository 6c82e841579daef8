/** Why a visit did not go as wished. Codes travel as numbers (wire/status.go); the pages have a sentence for each. */

const codes = {
  1: "malformed",
  2: "grant_invalid",
  3: "wrong_locker",
  4: "wrong_phone",
  5: "lapsed",
  6: "used",
  7: "superseded",
  8: "not_here",
  9: "already_here",
  10: "busy",
  11: "full",
  12: "too_many",
  13: "clock_unsure",
  14: "board_silent",
  15: "conflict",
  16: "unavailable",
  17: "closed",
  18: "wrong_presence",
  19: "wait_presence",
  20: "stale",
} as const;

/** What the locker refuses with. */
export type RefusalCode = (typeof codes)[keyof typeof codes];

/** The locker said no, inside the channel: nothing was opened. */
export class Refused extends Error {
  override readonly name = "Refused";
  constructor(readonly code: RefusalCode) {
    super(`the locker refused: ${code}`);
  }
}

/** Throws the refusal that a status stands for; 0 passes. A number that is not known yet is a conflict. */
export function insist(status: number): void {
  if (status === 0) return;
  throw new Refused((codes as Record<number, RefusalCode>)[status] ?? "conflict");
}

/** What can go wrong on the way to the locker. */
export type RadioTrouble =
  | "cancelled" // the person closed the chooser, or named no device
  | "off" // Bluetooth is off or forbidden on this phone
  | "line_down" // the network can't be reached, or can't reach the locker
  | "out_of_reach" // no connection came about
  | "lost" // the connection broke
  | "stuck" // the browser's Bluetooth hangs: only loading the page again helps
  | "write_refused" // the locker refused a frame before it understood it
  | "not_ours"; // another locker, or something that is none

/** The way to the locker failed. */
export class RadioError extends Error {
  override readonly name = "RadioError";
  constructor(
    readonly trouble: RadioTrouble,
    cause?: unknown,
  ) {
    super(`radio: ${trouble}`, { cause });
  }
}

/** What can go wrong once the door was asked for. */
export type DoorTrouble =
  | "not_opened" // the lock was pulsed and the door did not move
  | "door_unknown" // the lock board fell silent: look at the door
  | "silent"; // the locker said nothing more about the door

/** Everything that a page has a sentence for. */
export type Trouble = RadioTrouble | RefusalCode | DoorTrouble;

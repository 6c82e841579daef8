/** Words that several pages share. */
import type { Trouble } from "../../latch/refusals";
import type { Place } from "../place";

const sides = { left: "left", middle: "middle", right: "right" };
const heights = {
  ground: "near the ground",
  knee: "knee height",
  hip: "hip height",
  chest: "chest height",
  eye: "eye height",
  above: "above your head",
};

/** What went wrong at the locker, and what to do next. */
const trouble: Record<Trouble, string> = {
  cancelled: "No locker was chosen. Stand in front of it and tap again.",
  off: "Bluetooth is off, or this page may not use it. Turn it on and try again.",
  out_of_reach: "The locker is out of reach. Stand right in front of it and try again.",
  lost: "The connection broke off before anything was opened. Try again.",
  stuck: "This browser’s Bluetooth hangs. Load the page again, then tap once more.",
  write_refused: "The locker did not take the message; nothing was opened. Try again.",
  not_ours: "That is another locker. Choose the one that this page names.",
  malformed: "The locker could not read that. Load the page again, then try once more.",
  grant_invalid: "The locker does not accept this grant. Load the page again with a connection, to get a new one.",
  wrong_locker: "This grant is for another locker. Go to the one that this page names.",
  wrong_phone: "This grant belongs to another phone. Sign in on this phone with the link in the mail.",
  lapsed: "This grant has ended. Load the page again with a connection, to get a new one.",
  used: "This door was opened and shut already. If something was left inside, call the operator.",
  superseded: "This compartment holds another parcel now. Load the page again, to see where yours is.",
  not_here: "The parcel does not lie in that compartment. Load the page again, to see where it is.",
  already_here: "This parcel lies in this locker already. Go on with the next one.",
  busy: "Another door is being opened. Shut yours, if one is open, and try again in a few seconds.",
  full: "No compartment of that size is free. Take the parcel to the next site.",
  too_many: "That was tried too often. Wait a quarter of an hour, or call the operator.",
  clock_unsure: "The locker’s clock has not been set today, so it takes no couriers. Call the operator.",
  board_silent: "The locker can’t reach its locks just now. Nothing was opened; try again in a minute.",
  conflict: "That can’t be done now. Look at the door, and load the page again.",
  unavailable: "The locker can’t write down what happens, so it opens nothing. Call the operator.",
  closed: "The locker takes no parcels just now. Take the parcel to the next site.",
  not_opened: "The lock was asked, and the door did not move. Press the door in gently, and try again. The locker has noted it for the operator.",
  door_unknown: "The locker can’t see its door any more. Look at it: if it is open, take your parcel and shut it.",
  silent: "The connection broke off after the door was asked for. Look at the door; then tap, and the locker says what happened before anything opens.",
  line_down: "The network can’t reach the locker just now; nothing was opened. Check your connection and try again in a minute, or use the PIN at the locker’s panel.",
  wrong_presence: "That is not the code at the locker now. Read it off the locker’s screen, or beside its name, and type it again.",
  wait_presence: "Too many codes were wrong at this locker. Wait a quarter of an hour, or use the PIN at its panel.",
  stale: "That was under way for too long, so the locker did not do it. Tap again.",
};

export const en = {
  /** "left, column 3, knee height" */
  place: (p: Place) => `${sides[p.side]}, column ${p.column}, ${heights[p.height]}`,
  front: (locker: string, place: string, number: number) => `Front of locker ${locker}: door ${number} is ${place}.`,
  frontPlain: (locker: string) => `Front of locker ${locker}`,
  artwork: (title: string, artist: string) => `Artwork: “${title}” by ${artist}`,
  done: "done",
  loading: "Loading…",
  tryAgain: "Try again",
  back: "Back",
  close: "Close",
  language: "Language",
  noNetwork: "No connection to the network.",
  trouble,
  radio: "How this page reaches the locker",
  bluetooth: "Bluetooth",
  line: "Over the network",
  demo: "Demo radio",
  demoNote: "Demo radio: a virtual locker instead of Bluetooth and a real one.",
  noRadio: "This browser has no Bluetooth. Open this page in Chrome or Edge, on a phone with Android or on a computer.",
  /** How a locker does, HowItDoes.svelte. */
  figures: {
    nothing: "No figures yet: this locker has not ended a day that it could measure.",
    none: "No openings yet.",
    few: "Too few openings to say how long they took.",
    half: "Half of the doors opened within",
    most: "95 of 100 doors opened within",
    openings: "Openings",
    uptime: "A door could have been opened",
    line: "In touch with the network",
    unknown: (hours: number) => `Of ${hours} h there is no word from the locker yet; until there is, they count as out of order.`,
    chart: "How long doors took, day by day; the table below says the same",
    byDay: "Day by day",
    day: "Day",
  },
  skip: "Skip to the content",
};

export type KitWords = typeof en;

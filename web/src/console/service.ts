/** How an opening for service is said: what it is for, how far it has come, and who has to do what next. */
import type { Trouble } from "../latch/refusals";
import type { Service, ServiceReason } from "./shapes";
import { type Tone, when } from "./words";

/** Reasons in words. */
export const reasonWords: Readonly<Record<ServiceReason, string>> = {
  stuck_door: "The door sticks",
  cleaning: "Cleaning",
  inspection: "Inspection",
  safety: "Something in it smells, leaks or smokes",
  assistance: "Its recipient is there and can’t open it",
};

export interface Saying {
  tone: Tone | "plain" | "brand";
  /** In two or three words, for a list. */
  word: string;
  sentence: string;
}

const takenBack = (s: Service): boolean => s.declined_by === s.asked_by;

/** How far it has come, and what is next; `here` tells whether this is the phone that may open it. */
export function sayingOf(s: Service, here: boolean): Saying {
  const by = s.answer_name ? ` by “${s.answer_name}”` : "";
  switch (s.state) {
    case "asked":
      return s.mine
        ? { tone: "warn", word: "Waits for a second person", sentence: `Until ${when(s.approve_by)} a second person, with an operator’s key of their own, can approve it. They find it under Service. This page says so by itself.` }
        : { tone: "warn", word: "Waits for you", sentence: `“${s.asked_name}” asks for it. Nothing opens unless you approve it, by ${when(s.approve_by)}. If you do, one phone may open this one door, once.` };
    case "approved":
      return { tone: "brand", word: "May be opened", sentence: `It was approved${by}. Until ${when(s.open_by)} ${here ? "this phone may open the door, once" : "the phone that asked for it may open the door, once; this is another"}.` };
    case "opened":
      return { tone: "good", word: "Opened", sentence: `The locker says that the door was opened at ${when(s.opened_at)}. It can’t be opened by this again.` };
    case "declined":
      return { tone: "plain", word: takenBack(s) ? "Taken back" : "Declined", sentence: `It was ${takenBack(s) ? "taken back" : "declined"}${by} at ${when(s.declined_at)}. Nothing was opened.` };
    case "lapsed":
      return { tone: "plain", word: "Nobody answered", sentence: `Nobody approved it by ${when(s.approve_by)}. Nothing was opened. Ask anew if it is still needed.` };
    case "missed":
      return { tone: "plain", word: "Not opened in time", sentence: `It was approved${by}, and not opened by ${when(s.open_by)}. Ask anew if it is still needed.` };
    case "void":
      return { tone: "bad", word: "Void", sentence: "One of the two keys behind it was revoked. Nothing can be opened by it. Ask anew, with keys that are good." };
  }
}

/** Those that wait for this operator's yes or no. */
export const awaiting = (all: readonly Service[]): Service[] => all.filter((s) => s.state === "asked" && !s.mine);

/** What an opening for service calls otherwise than a recipient's. */
export const serviceTrouble: Partial<Record<Trouble, string>> = {
  used: "This opening was used already. Ask anew if the door has to be opened again.",
  lapsed: "The quarter of an hour is over. Ask anew.",
  wrong_phone: "Another phone was named when this was asked for. Open it there, or ask anew from this one.",
  grant_invalid: "The locker does not accept this grant. Ask anew; if that does not help, see whether the locker has heard of the network’s new keys.",
  not_here: "The locker has no such compartment. See whether its list of compartments is the one that the network knows.",
  clock_unsure: "The locker does not know how late it is, and opens nothing for service before its line is up again.",
  busy: "Another door is being opened. Shut it, and try again in a few seconds.",
  too_many: "That was tried too often. Wait a quarter of an hour.",
  not_opened: "The lock was asked, and the door did not move. Press the door in gently, and try again.",
  door_unknown: "The locker can’t see its door any more. Look at it: if it is open, shut it when you are done.",
  unavailable: "The locker can’t write down what happens, so it opens nothing. See what is wrong with it first.",
};

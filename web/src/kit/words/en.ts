/** Words that several pages share. */
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
  skip: "Skip to the content",
};

export type KitWords = typeof en;

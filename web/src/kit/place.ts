/** Where a door is on a locker's front, for a picture and for words. */
import type { Compartment } from "./contract";

/** A rectangle in millimetres, from the front's left edge and the ground upwards. */
export interface Box {
  leftMM: number;
  floorMM: number;
  widthMM: number;
  heightMM: number;
}

export interface Front {
  widthMM: number;
  /** Of the highest compartment's ceiling above the ground. */
  topMM: number;
  /** Of the lowest compartment's floor above the ground. */
  bottomMM: number;
  columns: number;
  boxes: Map<number, Box>;
}

/** Doors reach over the shelf to the next one above, if it is no thicker than this. */
const maxShelfMM = 60;

/** Lays the doors out side by side: each column as wide as its widest compartment, each door up to the next. */
export function layOut(compartments: readonly Compartment[]): Front {
  const widths = new Map<number, number>();
  for (const c of compartments) widths.set(c.column, Math.max(widths.get(c.column) ?? 0, c.width_mm));
  const lefts = new Map<number, number>();
  let widthMM = 0;
  for (const column of [...widths.keys()].sort((a, b) => a - b)) {
    lefts.set(column, widthMM);
    widthMM += widths.get(column) ?? 0;
  }
  const boxes = new Map<number, Box>();
  for (const c of compartments) {
    boxes.set(c.number, { leftMM: lefts.get(c.column) ?? 0, floorMM: c.floor_mm, widthMM: c.width_mm, heightMM: doorMM(c, compartments) });
  }
  return {
    widthMM,
    topMM: Math.max(0, ...compartments.map((c) => c.floor_mm + c.height_mm)),
    bottomMM: Math.min(...compartments.map((c) => c.floor_mm)),
    columns: widths.size,
    boxes,
  };
}

function doorMM(c: Compartment, all: readonly Compartment[]): number {
  const ceiling = c.floor_mm + c.height_mm;
  const above = all.filter((one) => one.column === c.column && one.floor_mm >= ceiling && one.floor_mm <= ceiling + maxShelfMM);
  return Math.min(...above.map((one) => one.floor_mm), above.length > 0 ? Infinity : ceiling) - c.floor_mm;
}

export type Side = "left" | "middle" | "right";
export type Height = "ground" | "knee" | "hip" | "chest" | "eye" | "above";

export interface Place {
  side: Side;
  column: number;
  height: Height;
}

/** Upper limits of a compartment's floor for each word, for an adult who stands. */
const heightsMM: [Height, number][] = [
  ["ground", 250],
  ["knee", 600],
  ["hip", 1000],
  ["chest", 1300],
  ["eye", 1650],
];

/** Says where a compartment is as one would tell a person in front of the locker; undefined where it is not among them. */
export function placeOf(compartments: readonly Compartment[], number: number): Place | undefined {
  const c = compartments.find((one) => one.number === number);
  if (!c) return undefined;
  const front = layOut(compartments);
  const box = front.boxes.get(number)!;
  const centre = (box.leftMM + box.widthMM / 2) / front.widthMM;
  const side = front.columns < 2 ? "middle" : centre < 0.4 ? "left" : centre > 0.6 ? "right" : "middle";
  const height = heightsMM.find(([, limitMM]) => c.floor_mm < limitMM)?.[0] ?? "above";
  return { side, column: c.column, height };
}

/** A paper pass as a QR code. */
import { encode } from "uqr";

export interface Squares {
  /** Squares a side, with the quiet zone of four around them. */
  size: number;
  /** The dark ones as one path of an SVG. */
  path: string;
  dark: boolean[][];
}

/** Digits alone: QR has a mode for them in which a pass is smallest, and every scanner types them alike. */
export function squares(digits: string): Squares {
  const { data, size } = encode(digits, { ecc: "M", border: 4 });
  const path = data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join("")).join("");
  return { size, path, dark: data };
}

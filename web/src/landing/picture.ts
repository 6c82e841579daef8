/** A locker for the landing page's picture; it stands nowhere. */
import type { Compartment } from "../kit/contract";

const highMM = { S: 80, M: 190, L: 410 };
const gapMM = 25;
const columns: (keyof typeof highMM)[][] = [
  ["M", "M", "L", "S", "M", "S"],
  ["L", "M", "M", "M", "S", "S"],
  ["M", "L", "M", "M", "S", "S"],
  ["M", "M", "M", "L", "S", "S"],
  ["L", "S", "M", "S", "M", "M"],
];

export const compartments: Compartment[] = columns.flatMap((sizes, c) => {
  let floor_mm = 180;
  return sizes.map((size, r) => {
    const one = { number: c * 6 + r + 1, size, column: c + 1, row: r + 1, floor_mm, width_mm: 380, height_mm: highMM[size] };
    floor_mm += highMM[size] + gapMM;
    return one;
  });
});

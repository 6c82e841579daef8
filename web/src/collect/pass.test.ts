import jsQR from "jsqr";
import { expect, test } from "vitest";
import { squares } from "./pass";

/** What a camera sees of the squares, four pixels each. */
function picture({ dark, size }: ReturnType<typeof squares>): [Uint8ClampedArray, number, number] {
  const side = 4 * size;
  const pixels = new Uint8ClampedArray(4 * side * side).fill(255);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (dark[y >> 2]![x >> 2]) pixels.fill(0, 4 * (y * side + x), 4 * (y * side + x) + 3);
    }
  }
  return [pixels, side, side];
}

test("a scanner reads the digits of a pass, and it fits a hand's width", () => {
  const digits = "1" + "0918273645".repeat(32);
  const code = squares(digits);
  expect(jsQR(...picture(code))?.data).toBe(digits);
  expect(code.size).toBeLessThanOrEqual(49 + 8); // version 8 at level M, so a square of 75 mm has 1.3 mm each
});

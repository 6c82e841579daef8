import { expect, test } from "vitest";
import { grouped, keyOf } from "./locker.svelte";

test("digits are shown as a door's number and a PIN in two halves", () => {
  expect(grouped("")).toEqual({ door: "", pin: ["––––", "––––"] });
  expect(grouped("12345")).toEqual({ door: "", pin: ["1234", "5–––"] });
  expect(grouped("12345678")).toEqual({ door: "", pin: ["1234", "5678"] });
  expect(grouped("1212345678")).toEqual({ door: "12", pin: ["1234", "5678"] });
});

test("a keyboard has the panel's keys, and others that say nothing", () => {
  expect(["7", "Enter", "#", "Backspace", "Escape", "*"].map(keyOf)).toEqual(["7", "enter", "enter", "back", "clear", "clear"]);
  expect(["a", "F1", "12", "Shift", "toString"].map(keyOf)).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

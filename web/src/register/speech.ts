/** The page in the person's language. */
import { Speech } from "../kit/speech.svelte";
import { en } from "./words/en";

export const speech = new Speech(en, {
  es: async () => (await import("./words/es")).es,
  hi: async () => (await import("./words/hi")).hi,
});

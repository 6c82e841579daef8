/**
 * What the widget says. English comes with it; the other languages are scripts beside it, loaded when one is asked for, so
 * that nobody waits for words that they do not read. (Scripts, not modules: another origin's page may load them without CORS.)
 */
import { en } from "./words/en.ts";

export type Words = typeof en;

/** Where widget.es.js and widget.hi.js leave their catalogues. */
declare const globalThis: { lockhouseWords?: Record<string, Record<string, Words>> };

const others = ["es", "hi"];

/** The language that we speak for a BCP 47 tag such as "es-MX". */
const spoken = (tag: string): string => {
  const language = tag.toLowerCase().split("-")[0] ?? "";
  return others.includes(language) ? language : "en";
};

/** Gives the catalogue for a tag if it is here, and English meanwhile. */
export const wordsFor = (tag: string): Words => globalThis.lockhouseWords?.[spoken(tag)]?.[spoken(tag)] ?? en;

/** Brings the catalogue for a tag and calls `then`; where it does not come, English stays. */
export function bringWords(network: string, tag: string, then: () => void): void {
  const language = spoken(tag);
  if (language === "en" || globalThis.lockhouseWords?.[language]) return;
  const script = document.createElement("script");
  script.src = `${network}/widget.${language}.js`;
  script.onload = then;
  document.head.append(script);
}

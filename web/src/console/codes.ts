/** Codes for new lockers: how each stands, and what a technician types. */
import type { Code } from "./shapes";
import type { Tone } from "./words";

export interface CodeState {
  word: "waits" | "came" | "lapsed";
  words: string;
  tone: Tone | "plain";
}

export function codeState(code: Code, nowMS = Date.now()): CodeState {
  if (code.used_at) return { word: "came", words: "Its locker has come", tone: "good" };
  if (Date.parse(code.expires_at) <= nowMS) return { word: "lapsed", words: "Nobody came", tone: "plain" };
  return { word: "waits", words: "Waits for its locker", tone: "warn" };
}

const dayMS = 24 * 60 * 60 * 1000;

/** Those that are worth a look: what waits, and what ended within the last day. */
export function freshCodes(all: readonly Code[], nowMS = Date.now()): Code[] {
  return all.filter((code) => Date.parse(code.used_at ?? code.expires_at) > nowMS - dayMS);
}

/** What the technician types; docs/howto/run-a-locker.md. */
export const commandFor = (code: string, network: string): string => `runuser -u lockhouse-agent -- lockhouse-agent enrol --network ${network} ${code}`;

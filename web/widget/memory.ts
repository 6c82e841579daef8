/** What the widget remembers of a cart, for reloads and address edits: the chosen site and the wishes. Never where the person is. */
import type { Site, Wishes } from "./network.ts";

export interface Memory {
  site?: Site;
  wishes: Wishes;
}

const nameOf = (reference: string) => `lockhouse:${reference}`;

export const noWishes = (): Wishes => ({ step_free: false, guarded: false, without_phone: false, not_kind: [] });

export function recall(reference: string): Memory {
  try {
    const kept = JSON.parse(sessionStorage.getItem(nameOf(reference)) ?? "{}") as Partial<Memory>;
    return { ...kept, wishes: { ...noWishes(), ...kept.wishes } };
  } catch {
    return { wishes: noWishes() }; // storage is switched off, or somebody wrote into it
  }
}

export function remember(reference: string, memory: Memory): void {
  try {
    sessionStorage.setItem(nameOf(reference), JSON.stringify(memory));
  } catch {
    // Storage is switched off or full: the choice lives as long as the page does.
  }
}

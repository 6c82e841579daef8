/** The street of the demo: its lockers, what a hand can do at a door, and the doors as they move. */
import { call } from "../kit/api";
import type { Compartment } from "../kit/contract";

export interface Stand {
  id: string;
  /** Painted on the locker, such as "A". */
  name: string;
  site: { name: string; alias: string; street: string };
  /** Address of the artwork. */
  art: string;
  title: string;
  artist: string;
  compartments: Compartment[];
}

export interface Door {
  number: number;
  open: boolean;
  /** Whether a parcel lies in the compartment; nobody sees it while the door is shut. */
  inside: boolean;
  /** Empty, or "jammed". */
  fault: string;
}

export type Act = "put" | "take" | "shut" | "jam" | "free";

export async function stands(): Promise<Stand[]> {
  return (await call<{ lockers: Stand[] }>("/api/lockers")).lockers;
}

export async function hand(locker: string, door: number, act: Act): Promise<void> {
  await call(`/api/lockers/${encodeURIComponent(locker)}/doors/${door}/${act}`, { method: "POST" });
}

/** Calls `moved` with all doors now and at each change, and `lost` when the street falls silent; the browser calls again by itself. */
export function watch(locker: string, moved: (doors: Door[]) => void, lost: () => void): () => void {
  const source = new EventSource(`/api/lockers/${encodeURIComponent(locker)}/doors`);
  source.onmessage = (event: MessageEvent<string>) => moved((JSON.parse(event.data) as { doors: Door[] }).doors);
  source.onerror = lost;
  return () => source.close();
}

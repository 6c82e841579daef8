import { Problem } from "../kit/api";
import { hand, watch, type Act, type Door } from "./street";

/** One locker's doors, live, and what the person in front of them has just done. */
export class Doors {
  list = $state.raw<Door[]>([]);
  lost = $state(false);
  /** What was just done or seen, for everybody to read and for a screen reader to say. */
  said = $state("");
  /** Doors at which a hand has already done something since they opened: the next click shuts them. */
  #handled = new Set<number>();
  readonly #stop: () => void;

  constructor(readonly locker: string) {
    this.#stop = watch(locker, (doors) => this.#moved(doors), () => (this.lost = true));
  }

  get open(): Door[] {
    return this.list.filter((door) => door.open);
  }

  /** What a click on a door would do; undefined for a shut one, which only a phone can open. */
  next(number: number): Act | undefined {
    const door = this.list.find((one) => one.number === number);
    if (!door?.open) return undefined;
    if (this.#handled.has(number)) return "shut";
    return door.inside ? "take" : "put";
  }

  async click(number: number): Promise<void> {
    const act = this.next(number);
    if (act) await this.do(number, act);
    else this.said = `Door ${number} is shut. Only a phone that may open it can: as a courier or as a recipient.`;
  }

  async do(number: number, act: Act): Promise<void> {
    try {
      await hand(this.locker, number, act);
      if (act === "shut") this.#handled.delete(number);
      else this.#handled.add(number);
      this.said = done[act](number);
    } catch (why) {
      this.said = why instanceof Problem ? why.detail : "The street does not answer. Is the demo still running?";
    }
  }

  end(): void {
    this.#stop();
  }

  #moved(doors: Door[]): void {
    this.lost = false;
    const before = new Map(this.list.map((door) => [door.number, door.open]));
    for (const door of doors) {
      if (!door.open) this.#handled.delete(door.number);
      if (door.open && before.get(door.number) === false) this.said = `Door ${door.number} swings open.`;
    }
    this.list = doors;
  }
}

const done: Record<Act, (number: number) => string> = {
  put: (n) => `A parcel lies in compartment ${n}. Click again to shut the door.`,
  take: (n) => `You took the parcel out of compartment ${n}. Click again to shut the door.`,
  shut: (n) => `Door ${n} is shut.`,
  jam: (n) => `Door ${n} sticks now: its lock will pull and nothing will move.`,
  free: (n) => `Door ${n} moves freely again.`,
};

/** What the locker shows at its panel, and the keys that it is told. */
import type { Language } from "../kit/speech.svelte";

/** As edge/panel/view.go has it. */
export interface View {
  name: string;
  language: Language;
  languages: Language[];
  /** The digits so far. */
  entry: string;
  answer: { code: string; wait_s: number } | null;
  door: { number: number; state: DoorState } | null;
  busy: boolean;
  /** Seconds until a PIN alone is taken again. */
  wait_s: number;
  scanner: boolean;
  /** The screen can be touched: the page has keys. */
  touch: boolean;
  /** The code of this minute, for who opens from a page over the network; "" where none is needed. */
  presence: string;
  /** A code would be shown, but the locker has no network over which it could open anything. */
  line_down: boolean;
  front: Box[];
}

export type DoorState = "opening" | "open" | "not_opened" | "shut" | "left_open" | "unknown";
export interface Box {
  number: number;
  column: number;
  row: number;
  floor_mm: number;
}
export type Key = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "back" | "clear" | "enter";

export class Locker {
  view = $state.raw<View | undefined>();
  /** The locker does not answer: it is starting anew, or off. */
  away = $state(false);
  /** Keys go one after the other, however fast they are touched. */
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly base = new URL(".", location.href)) {}

  /** Listens for as long as the page lives; the browser comes back by itself when the connection breaks. */
  watch(): void {
    const source = new EventSource(new URL("view", this.base));
    source.onmessage = ({ data }) => {
      this.view = JSON.parse(data) as View;
      this.away = false;
    };
    source.onerror = () => {
      this.away = true;
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.watch(), 3_000);
    };
  }

  press(key: Key): Promise<void> {
    return this.#say("key", key);
  }

  speak(language: Language): Promise<void> {
    return this.#say("language", language);
  }

  #say(path: string, word: string): Promise<void> {
    return (this.#last = this.#last.then(async () => {
      const answer = await fetch(new URL(path, this.base), { method: "POST", body: JSON.stringify({ is: word }) }).catch(() => undefined);
      if (!answer?.ok) this.away = true;
    }));
  }
}

/** The digits as they are shown: a door's number where there is one, and the PIN in two halves with what is missing. */
export function grouped(entry: string): { door: string; pin: [string, string] } {
  const extra = Math.max(0, entry.length - 8);
  const pin = entry.slice(extra).padEnd(8, "–");
  return { door: entry.slice(0, extra), pin: [pin.slice(0, 4), pin.slice(4)] };
}

const named = new Map<string, Key>([
  ["Enter", "enter"],
  ["#", "enter"],
  ["Backspace", "back"],
  ["Escape", "clear"],
  ["Delete", "clear"],
  ["*", "clear"],
]);

/** The key of a keyboard, if the panel has it. */
export function keyOf(name: string): Key | undefined {
  return /^[0-9]$/.test(name) ? (name as Key) : named.get(name);
}

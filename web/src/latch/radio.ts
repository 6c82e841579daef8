/** The way from phone to locker, whatever carries it. {@link ./bluetooth} is the real one, {@link ./line-radio} goes round by the
 * network, {@link ./demo-radio} is a stand-in. */
import type { Bytes } from "./bytes";

/** One connection with one locker. */
export interface Link {
  /** INFO as it was read at the start. */
  readonly info: Bytes;
  /** Writes one frame and waits until the locker has taken it. Rejects with a RadioError. */
  write(frame: Bytes): Promise<void>;
  /** Is given each frame that the locker sends, and told once when the link is gone. */
  listen(onFrame: (frame: Bytes) => void, onGone: () => void): void;
  /** Ends the connection; harmless when it has ended. */
  close(): void;
}

/** What a phone knows of the locker it looks for. */
export interface Sought {
  id: string;
  /** The names under which it advertises these days. */
  advertNames: readonly string[];
}

/** How far the way has been gone. */
export type LinkStep = "looking" | "connecting";

/** A kind of radio. */
export interface Radio {
  readonly kind: "bluetooth" | "demo" | "line";
  /** Makes a connection. With `anyName`, every locker in reach may be chosen, for one whose clock is off. */
  connect(sought: Sought, onStep: (step: LinkStep) => void, options?: { anyName?: boolean }): Promise<Link>;
}

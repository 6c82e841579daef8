/**
 * Latch over the network and the locker's own line, for browsers without Bluetooth. The network passes on what it can't read; that
 * somebody stands at the locker, a code shows that can be read there.
 */
import type { Link, LinkStep, Radio, Sought } from "./radio";
import { linkBy } from "./socket-link";

const limits = { connectMS: 12_000, writeMS: 10_000 }; // the node gives the locker 8 s

export class LineRadio implements Radio {
  readonly kind = "line";

  /** With a courier's key, which can't go into a header of a WebSocket and must not go into an address: as a second protocol. */
  constructor(private readonly key?: () => string) {}

  async connect(sought: Sought, onStep: (step: LinkStep) => void): Promise<Link> {
    onStep("looking");
    const url = new URL(`/v1/lockers/${encodeURIComponent(sought.id)}/latch`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const link = linkBy(url, limits, "line_down", this.key ? ["latch", `key.${this.key()}`] : []);
    onStep("connecting");
    return link;
  }
}

/** Tells whether digits have the form of a code at a locker: 6 from a screen, or the 8 that are printed. */
export const isPresence = (code: string): boolean => /^(\d{6}|\d{8})$/.test(code);

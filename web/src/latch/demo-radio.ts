/** Latch over a WebSocket to a virtual locker of the demo, for browsers without Bluetooth. */
import type { Link, LinkStep, Radio, Sought } from "./radio";
import { linkBy } from "./socket-link";

const mtu = 247;
const limits = { connectMS: 10_000, writeMS: 5_000 };

export class DemoRadio implements Radio {
  readonly kind = "demo";

  /** `url` is where the virtual lockers are, as /v1/about gives it. */
  constructor(private readonly url: string) {}

  async connect(sought: Sought, onStep: (step: LinkStep) => void): Promise<Link> {
    onStep("looking");
    const link = linkBy(`${this.url.replace(/\/$/, "")}/radio/${encodeURIComponent(sought.id)}?mtu=${mtu}`, limits, "out_of_reach");
    onStep("connecting");
    return link;
  }
}

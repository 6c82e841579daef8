/**
 * Which way this page goes to a locker: Bluetooth where there is some, the demo's stand-in where the network offers one, else over
 * the locker's line.
 */
import { BluetoothRadio, hasBluetooth } from "../latch/bluetooth";
import { DemoRadio } from "../latch/demo-radio";
import { LineRadio } from "../latch/line-radio";
import type { Radio } from "../latch/radio";
import { call } from "./api";
import type { About } from "./contract";
import type { Cupboard } from "./cupboard";

export type RadioKind = Radio["kind"];

export class Radios {
  /** What can be chosen here; empty where no locker can be reached. */
  offered = $state<RadioKind[]>([]);
  kind = $state<RadioKind | undefined>();
  /** The code at the locker, for the way over the network. It stays for a second tap: a screen's is good for a minute or two. */
  presence = $state("");
  about = $state.raw<About | undefined>();
  #radios = new Map<RadioKind, Radio>();

  /** With `overLine`, browsers may go over the network: a page whose people the network knows by a session, or by the key that it gives. */
  constructor(
    private readonly cupboard: Cupboard,
    private readonly options: { overLine?: boolean | (() => string) } = {},
  ) {}

  /** Looks at the browser, and asks the network, or the copy of what it said last. */
  async begin(): Promise<void> {
    await this.#offer(await this.cupboard.get<About>("shelf", "about"));
    const about = await call<About>("/v1/about").catch(() => undefined);
    if (!about) return;
    await this.cupboard.put("shelf", "about", about);
    await this.#offer(about);
  }

  choose(kind: RadioKind): void {
    this.kind = kind;
    sessionStorage.setItem("lockhouse-radio", kind);
  }

  /** The chosen radio; throws where there is none. */
  get radio(): Radio {
    const radio = this.kind && this.#radios.get(this.kind);
    if (!radio) throw new Error("no radio on this device");
    return radio;
  }

  async #offer(about: About | undefined): Promise<void> {
    this.about = about;
    const works = hasBluetooth() && (await navigator.bluetooth.getAvailability().catch(() => false));
    if (hasBluetooth() && !this.#radios.has("bluetooth")) this.#radios.set("bluetooth", new BluetoothRadio());
    if (about?.demo_radio_url && !this.#radios.has("demo")) this.#radios.set("demo", new DemoRadio(about.demo_radio_url));
    const { overLine } = this.options;
    if (overLine && about?.open_by_line && !this.#radios.has("line")) this.#radios.set("line", new LineRadio(overLine === true ? undefined : overLine));
    this.offered = [...this.#radios.keys()];
    const wish = sessionStorage.getItem("lockhouse-radio") as RadioKind | null;
    const order: RadioKind[] = works ? ["bluetooth"] : ["demo", "bluetooth", "line"];
    const first = order.find((kind) => this.offered.includes(kind));
    this.kind = this.offered.find((kind) => kind === wish) ?? first;
  }
}

/** Which radio this page uses: Bluetooth where there is some, the demo's stand-in where the network offers one. */
import { BluetoothRadio, hasBluetooth } from "../latch/bluetooth";
import { DemoRadio } from "../latch/demo-radio";
import type { Radio } from "../latch/radio";
import { call } from "./api";
import type { About } from "./contract";
import type { Cupboard } from "./cupboard";

export type RadioKind = Radio["kind"];

export class Radios {
  /** What can be chosen here; empty where no locker can be reached. */
  offered = $state<RadioKind[]>([]);
  kind = $state<RadioKind | undefined>();
  about = $state.raw<About | undefined>();
  #radios = new Map<RadioKind, Radio>();

  constructor(private readonly cupboard: Cupboard) {}

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
    this.offered = [...this.#radios.keys()];
    const wish = sessionStorage.getItem("lockhouse-radio") as RadioKind | null;
    const first: RadioKind = works || !this.#radios.has("demo") ? "bluetooth" : "demo";
    this.kind = this.offered.find((kind) => kind === wish) ?? this.offered.find((kind) => kind === first);
  }
}

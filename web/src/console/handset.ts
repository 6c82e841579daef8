import { Carrying } from "../kit/carrying.svelte";
import { Cupboard } from "../kit/cupboard";
import { Radios } from "../kit/radios.svelte";
import { toBase64url } from "../latch/bytes";
import { deviceKey, type DeviceKey } from "../latch/device-key";

/** What an operator at the locker has in their hand: this device, its key for service, and its ways to lockers. */
export class Handset {
  readonly radios: Radios;
  readonly carrying: Carrying;
  #key?: Promise<DeviceKey>;

  constructor(private readonly cupboard = new Cupboard()) {
    this.radios = new Radios(cupboard);
    this.carrying = new Carrying(cupboard);
  }

  begin(): void {
    void this.radios.begin();
    this.carrying.begin();
  }

  /** Made the first time, and not that of a recipient who uses the same device. */
  get key(): Promise<DeviceKey> {
    this.#key ??= deviceKey({
      get: () => this.cupboard.get<CryptoKeyPair>("keys", "service"),
      put: (pair) => this.cupboard.put("keys", "service", pair),
    });
    return this.#key;
  }

  /** The key as the network names it. */
  async name(): Promise<string> {
    return toBase64url((await this.key).publicKey);
  }
}

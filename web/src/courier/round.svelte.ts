/** A courier's round: the key, the stops, and what is kept on the phone for the places without a signal. */
import { call, Problem, Unreachable } from "../kit/api";
import type { Cupboard } from "../kit/cupboard";
import { toBase64url } from "../latch/bytes";
import { deviceKey, type DeviceKey } from "../latch/device-key";
import type { Manifest, Remembered, Stop } from "./tasks";

const keptKey = "lockhouse-courier-key";

export class Round {
  key = $state(sessionStorage.getItem(keptKey) ?? "");
  stops = $state.raw<Stop[] | undefined>();
  offline = $state(false);
  refusal = $state<string | undefined>();
  #phone?: Promise<DeviceKey>;

  constructor(private readonly cupboard: Cupboard) {}

  get phone(): Promise<DeviceKey> {
    this.#phone ??= deviceKey({
      get: () => this.cupboard.get<CryptoKeyPair>("keys", "phone"),
      put: (pair) => this.cupboard.put("keys", "phone", pair),
    });
    return this.#phone;
  }

  /** Takes a key, for this tab alone, and asks for the stops. */
  async begin(key: string): Promise<void> {
    this.key = key.trim();
    sessionStorage.setItem(keptKey, this.key);
    await this.refresh();
  }

  /** The stops from the network, or the phone's copy. */
  async refresh(): Promise<void> {
    if (!this.key) return;
    try {
      const { stops } = await call<{ stops: Stop[] }>("/v1/courier/stops", { key: this.key });
      [this.stops, this.offline, this.refusal] = [stops, false, undefined];
      await this.cupboard.put("shelf", "courier-stops", stops);
    } catch (cause) {
      await this.#without(cause);
    }
  }

  async #without(cause: unknown): Promise<void> {
    if (cause instanceof Problem && (cause.status === 401 || cause.status === 403)) await this.end();
    if (cause instanceof Problem) this.refusal = cause.detail;
    this.offline = cause instanceof Unreachable;
    if (this.offline) this.stops ??= await this.cupboard.get<Stop[]>("shelf", "courier-stops");
  }

  /** The grant for a locker, fresh or the phone's copy; Unreachable where there is neither. */
  async manifest(lockerId: string): Promise<Manifest> {
    const drawer = `courier-manifest-${lockerId}`;
    try {
      const phone_key = toBase64url((await this.phone).publicKey);
      const fresh = await call<Manifest>("/v1/courier/manifest", { method: "POST", key: this.key, body: { locker_id: lockerId, phone_key } });
      await this.cupboard.put("shelf", drawer, fresh);
      return fresh;
    } catch (cause) {
      const copy = cause instanceof Unreachable ? await this.cupboard.get<Manifest>("shelf", drawer) : undefined;
      if (!copy) throw cause;
      return copy;
    }
  }

  /** Draws the grants of all stops beforehand, so that a stop without a signal has one. */
  async prepare(): Promise<void> {
    for (const stop of this.stops ?? []) {
      for (const { id } of stop.lockers) await this.manifest(id).catch(() => undefined);
    }
  }

  /** Says that the carrier has a parcel. */
  async load(tracking: string): Promise<void> {
    await call(`/v1/courier/parcels/${encodeURIComponent(tracking)}/handed-over`, { method: "POST", key: this.key });
    await this.refresh();
  }

  remember(lockerId: string, tasks: Record<string, Remembered>): Promise<void> {
    return this.cupboard.put("shelf", `courier-done-${lockerId}`, tasks);
  }

  async remembered(lockerId: string): Promise<Record<string, Remembered>> {
    return (await this.cupboard.get("shelf", `courier-done-${lockerId}`)) ?? {};
  }

  async end(): Promise<void> {
    sessionStorage.removeItem(keptKey);
    [this.key, this.stops, this.refusal] = ["", undefined, undefined];
    await this.cupboard.remove("shelf", "courier-stops");
  }
}

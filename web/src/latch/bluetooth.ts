/**
 * Latch over Web Bluetooth. Three facts shape it: every GATT promise may hang for ever once the link dropped with an operation
 * unanswered, so each has its own limit; all GATT errors read alike, so a refusal's reason travels inside the channel, and a
 * refused write is told from a lost link by asking something else; and the chooser needs a tap, so `connect` must be called from one.
 */
import type { Bytes } from "./bytes";
import { OutOfPatience, within } from "./patience";
import type { Link, LinkStep, Radio, Sought } from "./radio";
import { RadioError } from "./refusals";

const service = "6c6f636b-686f-7573-6500-000000000001";
const infoId = "6c6f636b-686f-7573-6500-000000000002";
const rxId = "6c6f636b-686f-7573-6500-000000000003";
const txId = "6c6f636b-686f-7573-6500-000000000004";

const connectLimitMS = 10_000;
const operationLimitMS = 5_000;
const maxConnects = 3;
const retryLimitMS = 12_000; // later than this no further try begins: the person should hear something
const pauseMS = 300;
const lossMS = 400; // by then the browser knows of a link that broke behind a write

/** Tells whether this browser has Bluetooth at all. */
export function hasBluetooth(): boolean {
  return "bluetooth" in navigator;
}

export class BluetoothRadio implements Radio {
  readonly kind = "bluetooth";
  /** Chosen by the person in this page's life: a retry needs no chooser. */
  readonly #chosen = new Map<string, BluetoothDevice>();

  constructor(private readonly bluetooth: Bluetooth = navigator.bluetooth) {}

  async connect(sought: Sought, onStep: (step: LinkStep) => void, { anyName = false } = {}): Promise<Link> {
    onStep("looking");
    const device = (!anyName && this.#chosen.get(sought.id)) || (await this.#choose(sought, anyName));
    onStep("connecting");
    try {
      const link = await connectPatiently(device);
      this.#chosen.set(sought.id, device);
      return link;
    } catch (failure) {
      this.#chosen.delete(sought.id);
      throw failure;
    }
  }

  async #choose(sought: Sought, anyName: boolean): Promise<BluetoothDevice> {
    const named = sought.advertNames.map((name) => ({ name }));
    const filters = anyName || named.length === 0 ? [{ services: [service] }] : named;
    try {
      return await this.bluetooth.requestDevice({ filters, optionalServices: [service] });
    } catch (cause) {
      throw new RadioError((cause as Error).name === "NotFoundError" ? "cancelled" : "off", cause);
    }
  }
}

/** Tries again where a connection did not come about: until INFO is read nothing was said that could open a door. */
async function connectPatiently(device: BluetoothDevice): Promise<Link> {
  const began = performance.now();
  for (let tries = 1; ; tries++) {
    try {
      return await open(device);
    } catch (cause) {
      device.gatt?.disconnect();
      if (cause instanceof RadioError) throw cause;
      if (tries >= maxConnects || performance.now() - began > retryLimitMS) throw new RadioError("out_of_reach", cause);
      await new Promise((resolve) => setTimeout(resolve, pauseMS * tries));
    }
  }
}

async function open(device: BluetoothDevice): Promise<Link> {
  const gatt = device.gatt;
  if (!gatt) throw new RadioError("out_of_reach");
  const server = await within(connectLimitMS, gatt.connect());
  const latch = await unstuck(server.getPrimaryService(service));
  const info = await unstuck(latch.getCharacteristic(infoId));
  const rx = await unstuck(latch.getCharacteristic(rxId));
  const tx = await unstuck(latch.getCharacteristic(txId));
  await unstuck(tx.startNotifications());
  const read = await unstuck(info.readValue());
  return new GattLink(device, info, rx, tx, copyOf(read));
}

/** An operation that is never answered leaves the browser's Bluetooth hanging until the page is loaded again. */
function unstuck<T>(operation: Promise<T>): Promise<T> {
  return within(operationLimitMS, operation).catch((cause: unknown) => {
    throw cause instanceof OutOfPatience ? new RadioError("stuck", cause) : cause;
  });
}

class GattLink implements Link {
  readonly #left: Promise<void>;
  #gone = false;
  #onGone: () => void = () => undefined;

  constructor(
    private readonly device: BluetoothDevice,
    private readonly look: BluetoothRemoteGATTCharacteristic,
    private readonly rx: BluetoothRemoteGATTCharacteristic,
    private readonly tx: BluetoothRemoteGATTCharacteristic,
    readonly info: Bytes,
  ) {
    this.#left = new Promise((resolve) => device.addEventListener("gattserverdisconnected", () => resolve(this.#end()), { once: true }));
  }

  async write(frame: Bytes): Promise<void> {
    if (this.#gone) throw new RadioError("lost");
    try {
      await unstuck(this.rx.writeValueWithResponse(frame));
    } catch (cause) {
      const trouble = cause instanceof RadioError ? cause.trouble : (await this.#holds()) ? "write_refused" : "lost";
      this.close(); // either way the two sides no longer mean the same
      throw new RadioError(trouble, cause);
    }
  }

  /**
   * Tells whether the link is still there. A locker that took a frame and then got lost looks, at first, like one that refused
   * it; but only the latter lets INFO be read. Asked at once, a broken link would leave the browser's Bluetooth hanging.
   */
  async #holds(): Promise<boolean> {
    await Promise.race([this.#left, new Promise((resolve) => setTimeout(resolve, lossMS))]);
    if (this.#gone) return false;
    return within(operationLimitMS, this.look.readValue()).then(
      () => !this.#gone,
      () => false,
    );
  }

  listen(onFrame: (frame: Bytes) => void, onGone: () => void): void {
    this.#onGone = onGone;
    this.tx.addEventListener("characteristicvaluechanged", () => {
      if (this.tx.value && !this.#gone) onFrame(copyOf(this.tx.value));
    });
  }

  close(): void {
    if (this.device.gatt?.connected) this.device.gatt.disconnect();
    this.#end();
  }

  #end(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#onGone();
  }
}

function copyOf(view: DataView): Bytes {
  return new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength).slice();
}

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BluetoothRadio } from "./bluetooth";
import { RadioError } from "./refusals";

const sought = { id: "lkr_1", advertNames: ["Y4571PDA", "FR22PG8C"] };
const never = new Promise<never>(() => undefined);
const failing = (name: string) => () => Promise.reject(new DOMException("", name));

/** A device whose parts can be made to fail or to hang. */
class FakeDevice extends EventTarget {
  connects = 0;
  disconnects = 0;
  connect: () => Promise<unknown> = async () => this.gatt;
  read: () => Promise<DataView> = async () => new DataView(new Uint8Array(46).buffer);
  write: (frame: Uint8Array) => Promise<void> = async () => undefined;
  tx = Object.assign(new EventTarget(), { startNotifications: async () => undefined, value: undefined as DataView | undefined });
  gatt = {
    connected: true,
    connect: () => (this.connects++, this.connect()),
    disconnect: () => void this.disconnects++,
    getPrimaryService: async () => ({ getCharacteristic: async (id: string) => this.#characteristic(id) }),
  };
  #characteristic(id: string) {
    if (id.endsWith("4")) return this.tx;
    return { readValue: () => this.read(), writeValueWithResponse: (frame: Uint8Array) => this.write(frame) };
  }
}

function chooser(device: FakeDevice) {
  const requestDevice = vi.fn(async (_options: RequestDeviceOptions) => device);
  return { requestDevice, radio: new BluetoothRadio({ requestDevice } as unknown as Bluetooth) };
}

const troubleOf = (promise: Promise<unknown>) => promise.then(() => "none", (cause: RadioError) => cause.trouble);

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

/** Lets the fake clock run until the promise is settled. */
async function patiently<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  promise.finally(() => (settled = true)).catch(() => undefined);
  for (let s = 0; s < 120 && !settled; s++) await vi.advanceTimersByTimeAsync(500);
  expect(settled, "it waits for ever").toBe(true);
  return promise;
}

describe("the Bluetooth radio", () => {
  it("asks for exactly the locker's names, and for any locker only when told to", async () => {
    const { radio, requestDevice } = chooser(new FakeDevice());
    await radio.connect(sought, () => undefined);
    expect(requestDevice.mock.calls[0]?.[0]).toMatchObject({ filters: [{ name: "Y4571PDA" }, { name: "FR22PG8C" }] });
    await radio.connect(sought, () => undefined, { anyName: true });
    expect(requestDevice.mock.calls[1]?.[0]).toMatchObject({ filters: [{ services: ["6c6f636b-686f-7573-6500-000000000001"] }] });
  });

  it("needs no second chooser for a locker that was reached", async () => {
    const { radio, requestDevice } = chooser(new FakeDevice());
    const steps: string[] = [];
    await radio.connect(sought, (step) => steps.push(step));
    await radio.connect(sought, (step) => steps.push(step));
    expect(requestDevice).toHaveBeenCalledTimes(1);
    expect(steps).toEqual(["looking", "connecting", "looking", "connecting"]);
  });

  it("says that nothing was chosen, or that Bluetooth is off", async () => {
    const { radio, requestDevice } = chooser(new FakeDevice());
    requestDevice.mockImplementationOnce(failing("NotFoundError"));
    expect(await troubleOf(radio.connect(sought, () => undefined))).toBe("cancelled");
    requestDevice.mockImplementationOnce(failing("NotAllowedError"));
    expect(await troubleOf(radio.connect(sought, () => undefined))).toBe("off");
  });

  it("connects again a few times, and then says that the locker is out of reach", async () => {
    const device = new FakeDevice();
    device.connect = failing("NetworkError");
    expect(await patiently(troubleOf(chooser(device).radio.connect(sought, () => undefined)))).toBe("out_of_reach");
    expect(device.connects).toBe(3);
  });

  it("waits for no connection for ever", async () => {
    const device = new FakeDevice();
    device.connect = () => never;
    expect(await patiently(troubleOf(chooser(device).radio.connect(sought, () => undefined)))).toBe("out_of_reach");
  });

  it("says that the browser hangs when an operation is never answered", async () => {
    const device = new FakeDevice();
    device.read = () => never;
    expect(await patiently(troubleOf(chooser(device).radio.connect(sought, () => undefined)))).toBe("stuck");
    expect(device.disconnects).toBeGreaterThan(0);
  });

  it.each([
    ["a refused write", {}, "write_refused"],
    ["a link that is lost", { write: failing("NetworkError"), read: failing("NetworkError") }, "lost"],
    ["a link that broke behind the write, with a refusal's error", { read: failing("NotSupportedError") }, "lost"],
    ["a link that answers nothing any more", { read: () => never }, "lost"],
    ["a write that hangs", { write: () => never }, "stuck"],
  ])("tells %s from all others", async (_, change, trouble) => {
    const device = new FakeDevice();
    const link = await chooser(device).radio.connect(sought, () => undefined);
    device.write = failing("NotSupportedError");
    Object.assign(device, change);
    expect(await patiently(troubleOf(link.write(new Uint8Array(20))))).toBe(trouble);
    expect(device.disconnects).toBe(1);
  });

  it("asks nothing of a link that it hears is gone", async () => {
    const device = new FakeDevice();
    const link = await chooser(device).radio.connect(sought, () => undefined);
    device.read = vi.fn(device.read);
    device.write = async () => {
      queueMicrotask(() => device.dispatchEvent(new Event("gattserverdisconnected")));
      throw new DOMException("", "NotSupportedError");
    };
    expect(await patiently(troubleOf(link.write(new Uint8Array(20))))).toBe("lost");
    expect(device.read).not.toHaveBeenCalled();
  });

  it("says once that the link is gone, and takes no more frames", async () => {
    const device = new FakeDevice();
    const link = await chooser(device).radio.connect(sought, () => undefined);
    const [frames, gone] = [vi.fn(), vi.fn()];
    link.listen(frames, gone);
    device.tx.value = new DataView(Uint8Array.of(42, 0x80).buffer);
    device.tx.dispatchEvent(new Event("characteristicvaluechanged"));
    device.dispatchEvent(new Event("gattserverdisconnected"));
    device.tx.dispatchEvent(new Event("characteristicvaluechanged"));
    link.close();
    expect(frames).toHaveBeenCalledExactlyOnceWith(Uint8Array.of(42, 0x80));
    expect(gone).toHaveBeenCalledTimes(1);
    expect(await troubleOf(link.write(new Uint8Array(20)))).toBe("lost");
  });
});

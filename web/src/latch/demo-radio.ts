/**
 * Latch over a WebSocket to a virtual locker of the demo, for browsers without Bluetooth. The frames are the same; a first byte
 * says what follows: 0 INFO, 1 a frame to the locker, 2 how the last write went (an ATT application error or 0), 3 a frame from it.
 */
import { joined, type Bytes } from "./bytes";
import { OutOfPatience, within } from "./patience";
import type { Link, LinkStep, Radio, Sought } from "./radio";
import { RadioError } from "./refusals";

const says = { info: 0, write: 1, status: 2, notify: 3 } as const;
const mtu = 247;
const connectLimitMS = 10_000;
const writeLimitMS = 5_000;

export class DemoRadio implements Radio {
  readonly kind = "demo";

  /** `url` is where the virtual lockers are, as /v1/about gives it. */
  constructor(private readonly url: string) {}

  async connect(sought: Sought, onStep: (step: LinkStep) => void): Promise<Link> {
    onStep("looking");
    const socket = new WebSocket(`${this.url.replace(/\/$/, "")}/radio/${encodeURIComponent(sought.id)}?mtu=${mtu}`);
    socket.binaryType = "arraybuffer";
    onStep("connecting");
    const link = new SocketLink(socket);
    try {
      await within(connectLimitMS, link.ready);
      return link;
    } catch (cause) {
      link.close();
      throw new RadioError("out_of_reach", cause);
    }
  }
}

class SocketLink implements Link {
  info: Bytes = new Uint8Array();
  readonly ready: Promise<void>;
  #answered?: { resolve(status: number): void; reject(cause: Error): void };
  #onFrame: (frame: Bytes) => void = () => undefined;
  #onGone: () => void = () => undefined;
  #gone = false;

  constructor(private readonly socket: WebSocket) {
    this.ready = new Promise((resolve, reject) => {
      socket.onmessage = (event) => {
        this.#take(new Uint8Array(event.data as ArrayBuffer), resolve);
      };
      socket.onclose = socket.onerror = () => {
        reject(new RadioError("out_of_reach"));
        this.#end();
      };
    });
    this.ready.catch(() => undefined); // whoever waits hears it; nobody need
  }

  #take(message: Bytes, ready: () => void): void {
    const body = message.slice(1);
    if (message[0] === says.info) {
      this.info = body;
      ready();
    } else if (message[0] === says.status) {
      this.#answered?.resolve(body[0] ?? 0x80);
    } else if (message[0] === says.notify) {
      this.#onFrame(body);
    }
  }

  async write(frame: Bytes): Promise<void> {
    if (this.#gone) throw new RadioError("lost");
    const answer = new Promise<number>((resolve, reject) => (this.#answered = { resolve, reject }));
    this.socket.send(joined(Uint8Array.of(says.write), frame));
    try {
      const status = await within(writeLimitMS, answer);
      if (status !== 0) throw new RadioError("write_refused", new Error(`status ${status}`));
    } catch (cause) {
      if (!(cause instanceof OutOfPatience)) throw cause;
      this.close();
      throw new RadioError("lost", cause);
    }
  }

  listen(onFrame: (frame: Bytes) => void, onGone: () => void): void {
    this.#onFrame = onFrame;
    this.#onGone = onGone;
  }

  close(): void {
    this.socket.close();
    this.#end();
  }

  #end(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#answered?.reject(new RadioError("lost"));
    this.#onGone();
  }
}

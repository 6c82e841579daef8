/**
 * Latch over a WebSocket. The frames are as by Bluetooth; a first byte says what follows: 0 INFO, 1 a frame to the locker, 2 how
 * the last write went (an ATT application error or 0), 3 a frame from it.
 */
import { joined, type Bytes } from "./bytes";
import { OutOfPatience, within } from "./patience";
import type { Link } from "./radio";
import { RadioError, type RadioTrouble } from "./refusals";

const says = { info: 0, write: 1, status: 2, notify: 3 } as const;

/** Opens a link; where none comes about within the limit, that is the trouble. */
export async function linkBy(url: string | URL, limits: { connectMS: number; writeMS: number }, trouble: RadioTrouble, protocols: string[] = []): Promise<Link> {
  const socket = new WebSocket(url, protocols);
  socket.binaryType = "arraybuffer";
  const link = new SocketLink(socket, limits.writeMS);
  try {
    await within(limits.connectMS, link.ready);
    return link;
  } catch (cause) {
    link.close();
    throw new RadioError(trouble, cause);
  }
}

class SocketLink implements Link {
  info: Bytes = new Uint8Array();
  readonly ready: Promise<void>;
  #answered?: { resolve(status: number): void; reject(cause: Error): void };
  #onFrame: (frame: Bytes) => void = () => undefined;
  #onGone: () => void = () => undefined;
  #gone = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly writeLimitMS: number,
  ) {
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
      const status = await within(this.writeLimitMS, answer);
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

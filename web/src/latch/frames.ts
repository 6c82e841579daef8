/** Cuts messages into frames that fit the radio, and puts frames together again; wire/frame.go. */
import { joined, type Bytes } from "./bytes";

export const maxMessageBytes = 2048;
export const maxFrameBytes = 509;
export const minFrameBytes = 20;

const attHeadBytes = 3;
const firstHeadBytes = 4;
const headBytes = 2;
const firstFlag = 0x80;
const maxIndex = 0x7f;

/** The largest frame at an ATT MTU. */
export function frameBytesAt(mtu: number): number {
  return Math.max(minFrameBytes, Math.min(mtu - attHeadBytes, maxFrameBytes));
}

/** Cuts a message of 1 to 2048 bytes into frames of at most `frameBytes`. */
export function cut(session: number, message: Bytes, frameBytes: number): Bytes[] {
  if (message.length === 0 || message.length > maxMessageBytes) throw new Error(`a message has 1 to ${maxMessageBytes} bytes`);
  const first = Math.min(message.length, frameBytes - firstHeadBytes);
  const head = [session, firstFlag, message.length >> 8, message.length & 0xff];
  const frames = [joined(Uint8Array.from(head), message.subarray(0, first))];
  for (let at = first; at < message.length; at += frameBytes - headBytes) {
    const part = message.subarray(at, at + frameBytes - headBytes);
    frames.push(joined(Uint8Array.of(session, frames.length), part));
  }
  return frames;
}

/** Puts the frames of one session together again; anything out of order throws, and what was under way is forgotten. */
export class Joiner {
  #want = 0;
  #next = 0;
  #parts: Bytes[] = [];

  constructor(private readonly session: number) {}

  /** Takes the next frame, and gives the message when it was the last one. Frames of other sessions are not ours: ignored. */
  add(frame: Bytes): Bytes | undefined {
    if (frame[0] !== this.session) return undefined;
    try {
      const message = this.#add(frame);
      if (message) this.#forget();
      return message;
    } catch (refusal) {
      this.#forget();
      throw refusal;
    }
  }

  #add(frame: Bytes): Bytes | undefined {
    if (frame.length <= headBytes || frame.length > maxFrameBytes) throw new Error("frame: wrong length");
    const payload = this.#place(frame);
    if (payload.length === 0) throw new Error("frame: empty");
    this.#parts.push(payload);
    const have = this.#parts.reduce((sum, part) => sum + part.length, 0);
    if (have > this.#want) throw new Error("frame: longer than announced");
    return have === this.#want ? joined(...this.#parts) : undefined;
  }

  #place(frame: Bytes): Bytes {
    if (frame[1] !== firstFlag) {
      if (this.#want === 0 || frame[1] !== this.#next || this.#next > maxIndex) throw new Error("frame: out of order");
      this.#next++;
      return frame.slice(headBytes);
    }
    if (this.#want !== 0) throw new Error("frame: out of order");
    this.#want = ((frame[2] ?? 0) << 8) | (frame[3] ?? 0);
    this.#next = 1;
    if (this.#want === 0 || this.#want > maxMessageBytes) throw new Error("frame: wrong length");
    return frame.slice(firstHeadBytes);
  }

  #forget(): void {
    this.#want = 0;
    this.#parts = [];
  }
}

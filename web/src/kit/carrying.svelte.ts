/**
 * Receipts that this phone carries from lockers to the network. They are kept until the network says that it has them, and
 * posted again when the line is back. Only receipts whose signature was checked are carried: the network takes all of a post or none.
 */
import { nameOf } from "../latch/receipts";
import { toBase64url, type Bytes } from "../latch/bytes";
import { call, Problem } from "./api";
import type { Cupboard } from "./cupboard";

const maxPost = 100;
const maxKept = 2_000;
const retryMS = 20_000;

export class Carrying {
  /** How many still have to be handed over. */
  waiting = $state(0);
  #posting?: Promise<void>;
  #timer?: ReturnType<typeof setInterval>;

  constructor(private readonly cupboard: Cupboard) {}

  /** Posts what is kept, and goes on doing so for as long as the page is open. */
  begin(): void {
    addEventListener("online", () => void this.post());
    this.#timer ??= setInterval(() => this.waiting > 0 && void this.post(), retryMS);
    void this.post();
  }

  /** Keeps a receipt that was checked. Beyond 2,000 it lets the locker's own line bring it. */
  async take(receipt: Bytes): Promise<void> {
    if ((await this.cupboard.count("receipts")) >= maxKept) return;
    await this.cupboard.put("receipts", await nameOf(receipt), toBase64url(receipt));
    this.waiting = await this.cupboard.count("receipts");
  }

  /** Hands over what is kept; quietly stops where the network does not answer. */
  post(): Promise<void> {
    this.#posting ??= this.#post()
      .catch(() => undefined)
      .finally(() => (this.#posting = undefined));
    return this.#posting;
  }

  async #post(): Promise<void> {
    for (;;) {
      const kept = await this.cupboard.first<string>("receipts", maxPost);
      this.waiting = await this.cupboard.count("receipts");
      if (kept.length === 0) return;
      const done = await handOver(kept.map(([, text]) => text));
      for (const [name] of done.map((i) => kept[i]!)) await this.cupboard.remove("receipts", name);
    }
  }
}

/** Gives the positions that need not be kept any longer: all of them, or the one that the network will never take. */
async function handOver(receipts: string[]): Promise<number[]> {
  try {
    await call("/v1/receipts", { method: "POST", body: { receipts } });
    return receipts.map((_, i) => i);
  } catch (cause) {
    const index = cause instanceof Problem && cause.code === "malformed" ? cause.facts.index : undefined;
    if (typeof index === "number" && index in receipts) return [index];
    throw cause;
  }
}

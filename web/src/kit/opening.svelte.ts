/**
 * One door, from the tap to the receipt. A door needs a tap for each opening. Where the line broke after the door was
 * asked for, the next tap first asks the locker what happened, and opens only if nothing did.
 */
import { fromBase64url, type Bytes } from "../latch/bytes";
import type { DeviceKey } from "../latch/device-key";
import type { DoorNews } from "../latch/messages";
import { thumbprint, type Receipt, type ReceiptKeys, type ReceiptKind } from "../latch/receipts";
import type { Link, Radio } from "../latch/radio";
import { RadioError, Refused, type Trouble } from "../latch/refusals";
import { Visit, VisitFailed } from "../latch/visit";
import type { Locker } from "./contract";
import { carried } from "./mail";
import { receiptKeysOf } from "./receipt-keys";

export type Phase = "ready" | "looking" | "connecting" | "proving" | "opening" | "open" | "left_open" | "away" | "done" | "failed" | "unsure";

/** In these phases something is under way, and another tap does nothing. */
const busy: readonly Phase[] = ["looking", "connecting", "proving", "opening"];
/** What a locker signs when the door is shut again. */
const ends: readonly ReceiptKind[] = ["collected", "shut", "service"];
const doorLimitMS = 15_000;
const reopenMS = 5 * 60_000;
const maxReopenings = 2;

/** A compartment, and what opens it from this phone. */
export interface Doorway {
  /** By which grant and receipts name what it is opened for, 16 hex digits. */
  ref: string;
  locker: Locker;
  compartment: number;
  /** base64url */
  grant: string;
  /** What this phone carries to the locker, base64url. */
  mail?: string | null;
}

export interface Tap {
  anyName?: boolean;
  presence?: string;
}

export interface Tools {
  radio(): Radio;
  phone(): Promise<DeviceKey>;
  /** Takes a receipt whose signature was checked, to carry it to the network. */
  carry(receipt: Bytes): Promise<void>;
  /** The door was shut, with what the locker signed. By this phone's clock, it may be opened once more until then; 0 for never. */
  onDone(receipt: Receipt, reopenUntilMS: number): void;
}

export class Opening {
  phase = $state<Phase>("ready");
  trouble = $state<Trouble | undefined>();
  receipt = $state.raw<Receipt | undefined>();
  reopenUntilMS = $state(0);
  #openings = 0;
  readonly #receiptKeys: ReceiptKeys;
  /** A door was asked for, and nobody here knows what became of it: the locker is asked before anything opens. */
  #doubt = false;
  #visit?: Visit;
  #limit?: ReturnType<typeof setTimeout>;
  #news: Promise<void> = Promise.resolve();

  constructor(
    readonly door: Doorway,
    private readonly tools: Tools,
    reopenUntilMS = 0,
  ) {
    this.#receiptKeys = receiptKeysOf(door.locker);
    if (reopenUntilMS > Date.now()) [this.phase, this.reopenUntilMS, this.#openings] = ["done", reopenUntilMS, 1];
  }

  get busy(): boolean {
    return busy.includes(this.phase);
  }

  get doorOpen(): boolean {
    return this.phase === "open" || this.phase === "left_open" || this.phase === "away";
  }

  get mayReopen(): boolean {
    return this.phase === "done" && this.reopenUntilMS > Date.now() && this.#openings <= maxReopenings;
  }

  /** The person tapped. With `anyName` the chooser shows every locker in reach; `presence` is the code at the locker. */
  async tap(options: Tap = {}): Promise<void> {
    if (this.busy) return;
    const asksFirst = this.#doubt;
    this.trouble = undefined;
    this.phase = "looking";
    try {
      await this.#visit?.bye();
      const link = await this.#connect(options);
      this.phase = "proving";
      this.#visit = await this.#begin(link, asksFirst, options.presence);
      const told = asksFirst && (await this.#learn(this.#visit));
      this.#doubt = false;
      if (told) return;
      if (asksFirst) await this.#visit.open(0);
      this.#awaitDoor();
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #connect(options: Tap): Promise<Link> {
    const { id, advert_names } = this.door.locker;
    return this.tools.radio().connect({ id, advertNames: advert_names }, (step) => (this.phase = step), options);
  }

  async #begin(link: Link, asksFirst: boolean, presence?: string): Promise<Visit> {
    const { id, static_key } = this.door.locker;
    const grant = fromBase64url(this.door.grant);
    const phone = await this.tools.phone();
    const bring = { lockerId: id, staticKey: fromBase64url(static_key), receiptKeys: this.#receiptKeys, grant, phone, mail: carried(this.door.mail), presence };
    return Visit.begin(link, bring, asksFirst ? null : 0, {
      onDoor: (news) => (this.#news = this.#news.then(() => this.#hear(news))),
      onReceipt: (raw) => void this.#receiptKeys.verified(raw).then((receipt) => receipt && this.tools.carry(raw)),
      onGone: () => this.#gone(),
    });
  }

  /** Asks the locker's receipts what became of the door; true when that answers it. */
  async #learn(visit: Visit): Promise<boolean> {
    const mine = await thumbprint((await this.tools.phone()).publicKey);
    const all = await Promise.all((await visit.tail()).map((raw) => this.#receiptKeys.verified(raw)));
    const ours = all.filter((one) => one?.ref === this.door.ref && one.phone === mine);
    const last = ours.at(-1);
    if (last && ends.includes(last.kind)) await this.#done(last);
    else if (last?.kind === "opened") this.phase = "open";
    else if (last?.kind === "left_open") this.phase = "left_open";
    else return false;
    return true;
  }

  #awaitDoor(): void {
    if (this.phase === "proving") this.phase = "opening";
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => this.phase === "opening" && this.#beUnsure(), doorLimitMS);
  }

  async #hear(news: DoorNews): Promise<void> {
    const receipt = news.receipt ? await this.#receiptKeys.verified(news.receipt) : undefined;
    switch (news.event) {
      case "opened":
        this.#openings++;
        [this.phase, this.#doubt] = ["open", false];
        return;
      case "left_open":
        this.phase = "left_open";
        return;
      case "timeout":
        return this.#fail(undefined, "not_opened");
      case "unknown":
        return this.#fail(undefined, "door_unknown");
      case "closed":
        if (receipt && receipt.compartment === this.door.compartment) await this.#done(receipt);
        else this.#beUnsure();
    }
  }

  async #done(receipt: Receipt): Promise<void> {
    this.receipt = receipt;
    this.#doubt = false;
    if (receipt.kind === "collected") this.reopenUntilMS = Date.now() + reopenMS;
    this.phase = "done";
    this.tools.onDone(receipt, this.reopenUntilMS);
    // The receipts before this one may still wait in the locker, and the network applies them in order.
    await this.#visit?.tail().catch(() => undefined);
    await this.#visit?.bye();
  }


  #gone(): void {
    if (this.phase === "open" || this.phase === "left_open") [this.phase, this.#doubt] = ["away", true];
    else if (this.phase === "opening") this.#beUnsure();
  }

  #beUnsure(): void {
    this.trouble = "silent";
    this.phase = "unsure";
    this.#doubt = true;
  }

  #fail(cause: unknown, trouble?: Trouble): void {
    clearTimeout(this.#limit);
    if (cause instanceof VisitFailed && cause.sent) return this.#beUnsure();
    if (cause instanceof VisitFailed || cause instanceof RadioError) this.trouble = cause.trouble;
    else this.trouble = cause instanceof Refused ? cause.code : (trouble ?? "conflict");
    this.phase = "failed";
    if (!trouble) void this.#visit?.bye();
  }
}

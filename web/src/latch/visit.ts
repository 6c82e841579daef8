/**
 * A visit: one session with a locker, from the first message to the last door. Nothing here is tried twice by itself: a message
 * that may have reached the locker is never sent again, because a second one could move a second door.
 */
import { ascii, type Bytes } from "./bytes";
import { proofInput, type DeviceKey } from "./device-key";
import { cut, frameBytesAt, Joiner } from "./frames";
import { Initiator, type Channel } from "./handshake";
import { parseInfo, type Info } from "./info";
import { byeMessage, maxTail, misfitMessage, openMessage, parseAdmission, parseDown, presentation, relayed, tailMessage, type Admission, type Answer, type DoorNews, type Tail } from "./messages";
import { OutOfPatience, within } from "./patience";
import type { Link } from "./radio";
import type { ReceiptKeys } from "./receipts";
import { insist, RadioError, type RadioTrouble } from "./refusals";

const answerLimitMS = 15_000; // a busy locker opens another's door first
const byeLimitMS = 2_000;

/** What the phone brings. */
export interface Credentials {
  lockerId: string;
  /** The locker's static key, 65 bytes. */
  staticKey: Bytes;
  /** By which its receipts are known; a visit adds the one that the locker has changed to. */
  receiptKeys: ReceiptKeys;
  grant: Bytes;
  phone: DeviceKey;
  /** Gives what the network had this phone carry to the locker with that INFO, sealed; null for nothing. It answers within seconds. */
  mail?(info: Info): Promise<Bytes | null>;
  /** Over the line: what the person read at the locker. */
  presence?: string;
}

export interface VisitNews {
  /** A door moved, or did not. */
  onDoor(news: DoorNews): void;
  /** Each receipt, as it comes. */
  onReceipt(receipt: Bytes): void;
  /** The link is gone; the visit is over. */
  onGone(): void;
}

/** Where a first message failed: once it went out, only the locker knows whether a door moved. */
export class VisitFailed extends Error {
  override readonly name = "VisitFailed";
  constructor(
    readonly trouble: RadioTrouble,
    readonly sent: boolean,
    cause: unknown,
  ) {
    super(`visit: ${trouble}, ${sent ? "sent" : "not sent"}`, { cause });
  }
}

type Waiting<T> = { resolve(value: T): void; reject(cause: Error): void };

export class Visit {
  admission!: Admission;
  #channel?: Channel;
  #second?: Waiting<Bytes>;
  #enter!: (channel: Channel) => void;
  readonly #entered = new Promise<Channel>((resolve) => (this.#enter = resolve));
  #answer?: Waiting<Answer>;
  #tail?: Waiting<Tail>;
  #joiner: Joiner;
  #over = false;
  #bye?: Promise<void>;
  /** Messages are opened in the order in which they came, one at a time. */
  #reading: Promise<void> = Promise.resolve();
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly link: Link,
    private readonly session: number,
    private readonly frameBytes: number,
    private readonly news: VisitNews,
  ) {
    this.#joiner = new Joiner(session);
    link.listen((frame) => this.#hear(frame), () => this.#gone());
  }

  /** Shows grant and proof, and with `open` asks for that target's door in the same message. Throws Refused or VisitFailed. */
  static async begin(link: Link, bring: Credentials, open: number | null, news: VisitNews): Promise<Visit> {
    let sent = false;
    try {
      const info = parseInfo(link.info);
      if (info.lockerId !== bring.lockerId) throw new RadioError("not_ours");
      const visit = new Visit(link, info.session, frameBytesAt(info.mtu), news);
      const initiator = await Initiator.begin(bring.staticKey, info.raw);
      const presence = info.relayed ? ascii(bring.presence ?? "") : undefined;
      const proof = await bring.phone.sign(await proofInput(info.raw, bring.staticKey, initiator.ephemeral, bring.grant, presence));
      const mail = info.takesMail && bring.mail ? await bring.mail(info).catch(() => null) : null;
      const shown = presence ? relayed(bring.grant, proof, open, presence) : presentation(bring.grant, proof, open, mail);
      const first = await initiator.first(shown);
      const answer = new Promise<Bytes>((resolve, reject) => (visit.#second = { resolve, reject }));
      answer.catch(() => undefined);
      await visit.#send(first, () => (sent = true));
      await visit.#admit(initiator, await within(answerLimitMS, answer), bring.receiptKeys);
      return visit;
    } catch (cause) {
      link.close();
      throw failureOf(cause, sent);
    }
  }

  /** Asks for the door of a target; `rank` asks for at least that size, after a misfit. Throws Refused or VisitFailed. */
  open(index: number, rank = 0): Promise<Answer> {
    return this.#ask(openMessage(index, rank));
  }

  /** Says that the parcel of a store target does not stay: its door opens again. */
  misfit(index: number): Promise<Answer> {
    return this.#ask(misfitMessage(index));
  }

  /** The locker's latest receipts. */
  async tail(n = maxTail): Promise<Bytes[]> {
    const tail = new Promise<Tail>((resolve, reject) => (this.#tail = { resolve, reject }));
    tail.catch(() => undefined);
    await this.#seal(tailMessage(n));
    return (await within(answerLimitMS, tail)).receipts;
  }

  /** Ends the visit, once; waits a little for the locker to take it. Until then another visit would lose its link to this end. */
  bye(): Promise<void> {
    return (this.#bye ??= this.#end());
  }

  async #end(): Promise<void> {
    if (this.#over) return;
    await within(byeLimitMS, this.#seal(byeMessage())).catch(() => undefined);
    this.link.close();
  }

  async #admit(initiator: Initiator, second: Bytes, receiptKeys: ReceiptKeys): Promise<void> {
    const { payload, channel } = await initiator.second(second);
    this.admission = parseAdmission(payload);
    if (this.admission.succession) await receiptKeys.follow(this.admission.succession);
    this.#channel = channel;
    this.#enter(channel);
    if (this.admission.receipt) this.news.onReceipt(this.admission.receipt);
    insist(this.admission.admitted);
    insist(this.admission.opening);
  }

  async #ask(message: Bytes): Promise<Answer> {
    let sent = false;
    try {
      const waiting = new Promise<Answer>((resolve, reject) => (this.#answer = { resolve, reject }));
      waiting.catch(() => undefined);
      await this.#seal(message, () => (sent = true));
      const answer = await within(answerLimitMS, waiting);
      insist(answer.status);
      return answer;
    } catch (cause) {
      throw failureOf(cause, sent);
    }
  }

  async #seal(message: Bytes, onLast?: () => void): Promise<void> {
    if (!this.#channel || this.#over) throw new RadioError("lost");
    await this.#send(await this.#channel.seal(message), onLast);
  }

  /** Writes all frames of a message, in order and never mixed with another's; `onLast` is called when its last frame sets off. */
  #send(message: Bytes, onLast?: () => void): Promise<void> {
    const mine = this.#writing.then(async () => {
      const frames = cut(this.session, message, this.frameBytes);
      for (const [i, frame] of frames.entries()) {
        if (i === frames.length - 1) onLast?.();
        await this.link.write(frame);
      }
    });
    this.#writing = mine.catch(() => undefined);
    return mine;
  }

  #hear(frame: Bytes): void {
    try {
      const message = this.#joiner.add(frame);
      if (message) this.#reading = this.#reading.then(() => this.#read(message)).catch(() => this.link.close());
    } catch {
      this.link.close(); // frames out of order: nothing of this session can be trusted to arrive
    }
  }

  async #read(message: Bytes): Promise<void> {
    if (this.#second) {
      this.#second.resolve(message); // the channel comes of this very message
      this.#second = undefined;
      return;
    }
    const channel = await this.#entered;
    const said = parseDown(await channel.open(message));
    if (said.kind === "receipts") {
      said.receipts.forEach((receipt) => this.news.onReceipt(receipt));
      this.#tail?.resolve(said);
      return;
    }
    if (said.receipt) this.news.onReceipt(said.receipt);
    if (said.kind === "answer") this.#answer?.resolve(said);
    else this.news.onDoor(said);
  }

  #gone(): void {
    if (this.#over) return;
    this.#over = true;
    const lost = new RadioError("lost");
    for (const waiting of [this.#second, this.#answer, this.#tail]) waiting?.reject(lost);
    this.news.onGone();
  }
}

/** Refusals pass as they are; everything else says whether the locker may have acted. */
function failureOf(cause: unknown, sent: boolean): Error {
  if (cause instanceof RadioError) return new VisitFailed(cause.trouble, sent && cause.trouble !== "write_refused", cause);
  if (cause instanceof Error && cause.name === "Refused") return cause;
  if (cause instanceof OutOfPatience) return new VisitFailed("lost", sent, cause);
  return new VisitFailed("not_ours", sent, cause);
}

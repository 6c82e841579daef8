/**
 * One locker, one session, door after door. Each door has a tap or a scan of its own, and the next one waits until this one is
 * shut. Where the line breaks, the next connection first learns from the locker's receipts what became of what was under way.
 */
import { fromBase64url, type Bytes } from "../latch/bytes";
import type { DeviceKey } from "../latch/device-key";
import type { DoorNews } from "../latch/messages";
import type { Receipt, ReceiptKeys } from "../latch/receipts";
import type { LinkStep, Radio } from "../latch/radio";
import { RadioError, Refused, type Trouble } from "../latch/refusals";
import { Visit, VisitFailed } from "../latch/visit";
import { carriedOrAsked } from "../kit/mail";
import { receiptKeysOf } from "../kit/receipt-keys";
import type { Manifest, Remembered, Task, TaskState } from "./tasks";

export type Tie = "apart" | LinkStep | "proving" | "together";

export interface Tools {
  radio(): Radio;
  /** Over the network: the code that was read at the locker. Once for a session of a quarter of an hour. */
  presence?(): string;
  phone(): Promise<DeviceKey>;
  carry(receipt: Bytes): Promise<void>;
  remember(tasks: Record<string, Remembered>): void;
}

const underWay: readonly TaskState[] = ["asked", "open", "left_open"];
/** In these states a refusal is about the task; in others what was done stays done. */
const settled: readonly (TaskState | undefined)[] = ["todo", "failed", "free", "unknown"];
type Says = Partial<Record<Receipt["kind"], TaskState>>;
const moves: Says = { opened: "open", left_open: "left_open", not_opened: "failed" };
/** A parcel that is to come out was stored once, maybe by this phone: that is not what was asked now. */
const says: Record<Task["verb"], Says> = { store: { ...moves, stored: "done", misfit: "free" }, take_out: { ...moves, taken_out: "done" } };
/** Under which a task is remembered. */
const nameOf = ({ verb, ref }: Pick<Task, "verb" | "ref">) => `${verb} ${ref}`;

export class StopVisit {
  tasks = $state<Task[]>([]);
  tie = $state<Tie>("apart");
  /** The task at hand: the last one that was asked for. */
  index = $state<number | undefined>();
  /** Signed receipts of this stop, oldest first. */
  receipts = $state.raw<Receipt[]>([]);
  /** What keeps the phone from the locker itself. */
  trouble = $state<Trouble | undefined>();
  #acting = $state(false);
  #visit?: Visit;
  readonly #receiptKeys: ReceiptKeys;
  #news: Promise<void> = Promise.resolve();

  constructor(
    readonly manifest: Manifest,
    remembered: Record<string, Remembered>,
    private readonly tools: Tools,
  ) {
    this.#receiptKeys = receiptKeysOf(manifest.locker);
    this.tasks = manifest.targets.map((target) => ({ ...target, state: "todo", ...remembered[nameOf(target)] }));
  }

  get current(): Task | undefined {
    return this.tasks.find((task) => task.index === this.index);
  }

  /** A door is asked for or open: the next one has to wait. */
  get busy(): boolean {
    return this.#acting || this.tasks.some((task) => underWay.includes(task.state));
  }

  get left(): number {
    return this.tasks.filter((task) => task.state !== "done").length;
  }

  /** Opens a door for this task; `rank` asks for at least that size. */
  async open(task: Task, rank = 0): Promise<void> {
    if (this.busy || task.state === "done") return;
    await this.#try(task, async () => {
      const visit = await this.#afresh();
      if (!settled.includes(this.tasks.find((one) => one.index === task.index)?.state)) return; // the receipts told more
      this.#set(task.index, { state: "asked", trouble: undefined, misfit: false });
      const answer = await visit.open(task.index, rank);
      this.#set(task.index, { door: answer.compartment });
    });
  }

  /** The parcel does not stay: it does not fit, or was never put in. */
  async misfit(task: Task): Promise<void> {
    await this.#try(task, async () => {
      await (await this.#afresh()).misfit(task.index);
      this.#set(task.index, { misfit: true, ...(task.state === "done" ? { state: "asked" } : {}) });
    });
  }

  /** Ends the session. */
  async leave(): Promise<void> {
    await this.#visit?.bye();
    this.tie = "apart";
  }

  async #try(task: Task, act: () => Promise<void>): Promise<void> {
    if (this.#acting) return;
    this.#acting = true;
    this.index = task.index;
    this.trouble = undefined;
    try {
      await act();
    } catch (cause) {
      this.#fail(task.index, cause);
    } finally {
      this.#acting = false;
    }
  }

  /** Over the network a tap counts for 15 s from the locker's own word, so one is asked for before each. */
  async #afresh(): Promise<Visit> {
    const before = this.#visit;
    const visit = await this.#together();
    if (visit === before && this.tools.radio().kind === "line") await visit.tail(1);
    return visit;
  }

  async #together(): Promise<Visit> {
    if (this.#visit && this.tie === "together") return this.#visit;
    const { id, advert_names, static_key } = this.manifest.locker;
    if (!this.manifest.grant) throw new Refused("not_here");
    const grant = fromBase64url(this.manifest.grant);
    try {
      const link = await this.tools.radio().connect({ id, advertNames: advert_names }, (step) => (this.tie = step));
      this.tie = "proving";
      const bring = { lockerId: id, staticKey: fromBase64url(static_key), receiptKeys: this.#receiptKeys, grant, phone: await this.tools.phone(), mail: carriedOrAsked(id, this.manifest.mail), presence: this.tools.presence?.() };
      this.#visit = await Visit.begin(link, bring, null, this.#listeners());
      this.tie = "together";
    } catch (cause) {
      this.tie = "apart";
      throw cause;
    }
    if (this.tasks.some((task) => task.state === "unknown")) await this.#learn(this.#visit);
    return this.#visit;
  }

  #listeners() {
    return {
      onDoor: (news: DoorNews) => (this.#news = this.#news.then(() => this.#hear(news))),
      onReceipt: (raw: Bytes) => void this.#take(raw),
      onGone: () => this.#gone(),
    };
  }

  async #hear(news: DoorNews): Promise<void> {
    const receipt = news.receipt ? await this.#receiptKeys.verified(news.receipt) : undefined;
    const door = { door: news.compartment };
    if (news.event === "opened") this.#set(news.index, { state: "open", ...door });
    else if (news.event === "left_open") this.#set(news.index, { state: "left_open", ...door });
    else if (news.event === "timeout") this.#set(news.index, { state: "failed", trouble: "not_opened", ...door });
    else if (news.event === "unknown") this.#set(news.index, { state: "failed", trouble: "door_unknown", ...door });
    else if (receipt) this.#apply(news.index, receipt);
    else this.#set(news.index, { state: "unknown", ...door });
  }

  #apply(index: number, receipt: Receipt): void {
    const verb = this.tasks.find((task) => task.index === index)?.verb;
    const state = verb && says[verb][receipt.kind];
    if (!state) return;
    this.#set(index, { state, door: receipt.compartment, ...(state === "done" ? { seq: receipt.seq, trouble: undefined } : {}) });
  }

  /** What the locker's latest receipts say of tasks whose end nobody saw. Without a word of them, nothing happened. */
  async #learn(visit: Visit): Promise<void> {
    const receipts = await Promise.all((await visit.tail()).map((raw) => this.#receiptKeys.verified(raw)));
    for (const task of this.tasks.filter((one) => one.state === "unknown")) {
      const last = receipts.filter((one) => one?.ref === task.ref).at(-1);
      if (last && says[task.verb][last.kind]) this.#apply(task.index, last);
      else this.#set(task.index, { state: "todo" });
    }
  }

  async #take(raw: Bytes): Promise<void> {
    const receipt = await this.#receiptKeys.verified(raw);
    if (!receipt) return;
    await this.tools.carry(raw);
    if (!this.receipts.some(({ seq }) => seq === receipt.seq)) this.receipts = [...this.receipts, receipt].sort((a, b) => a.seq - b.seq);
  }


  #gone(): void {
    this.tie = "apart";
    for (const task of this.tasks.filter((one) => underWay.includes(one.state))) this.#set(task.index, { state: "unknown" });
  }

  #fail(index: number, cause: unknown): void {
    const sent = cause instanceof VisitFailed && cause.sent;
    const trouble: Trouble = cause instanceof Refused ? cause.code : cause instanceof VisitFailed || cause instanceof RadioError ? cause.trouble : "conflict";
    const state = this.tasks.find((task) => task.index === index)?.state;
    if (sent) this.#set(index, { state: "unknown", trouble: "silent" });
    else if (cause instanceof Refused && trouble === "already_here") this.#set(index, { state: "unknown", trouble });
    else if (state === "asked" || (cause instanceof Refused && settled.includes(state))) this.#set(index, { state: "failed", trouble });
    else this.trouble = trouble;
  }

  #set(index: number, change: Partial<Task>): void {
    this.tasks = this.tasks.map((task) => (task.index === index ? { ...task, ...change } : task));
    const done = this.tasks.filter((task) => task.state === "done" || task.state === "free" || task.state === "unknown");
    this.tools.remember(Object.fromEntries(done.map((task) => [nameOf(task), { state: task.state, door: task.door, seq: task.seq }])));
  }
}

/**
 * `<lockhouse-sites>`: the choice of a site in a shop's checkout. It is a form control: with `required` the form can't be
 * finished without a choice, and its value is the site's id.
 *
 * Attributes: `src` (the network's origin, such as https://lockers.example), `key` (a checkout key), `reference` (of the cart), `parcel` (JSON with
 * length_mm, width_mm, height_mm, weight_g), `day` (YYYY-MM-DD), `near` ("lat,lon") and `near-label`, `hold-url` (the shop's own
 * address, to which {site_id} is posted), `name`, `value`, `required`, `disabled`, `lang`.
 * Events: `lockhouse-choose`, with `detail` {site, lapses_at}, once room is kept.
 */
import { LitElement, nothing, type PropertyValues } from "lit";
import { noWishes, recall, remember, type Memory } from "./memory.ts";
import { findSites, keepRoom, Refusal, type Found, type Site } from "./network.ts";
import { distanceM, readPoint, type Point } from "./place.ts";
import { view } from "./view.ts";
import { style } from "./style.ts";
import { bringWords, wordsFor, type Words } from "./words.ts";

/** What stands below the list: how the choice came out. */
export type Outcome = { tone: "ok" | "bad" | "busy"; say: (words: Words) => string; again?: () => void };

const longestTimerMS = 2 ** 31 - 1;

export class LockhouseSites extends LitElement {
  static formAssociated = true;
  static override styles = style;
  static override properties = {
    src: {},
    key: {},
    reference: {},
    parcel: { type: Object },
    day: {},
    near: {},
    nearLabel: { attribute: "near-label" },
    holdUrl: { attribute: "hold-url" },
    value: {},
    required: { type: Boolean },
    lang: {},
    found: { state: true },
    failed: { state: true },
    outcome: { state: true },
    memory: { state: true },
    position: { state: true },
  };

  declare src: string;
  declare key: string;
  declare reference: string;
  declare parcel: Record<string, number>;
  declare day: string;
  declare near: string;
  declare nearLabel: string;
  declare holdUrl: string;
  declare value: string;
  declare required: boolean;
  /** What the network answered; undefined while it is asked. */
  declare found: Found | undefined;
  /** Why it could not be asked. */
  declare failed: string | undefined;
  declare outcome: Outcome | undefined;
  declare memory: Memory;
  /** Where the device says that it is. */
  declare position: Point | undefined;

  /** Every kind of host that was offered so far; each can be wished away. */
  readonly kinds = new Set<string>();
  readonly #internals = this.attachInternals();
  #finding = new AbortController();
  #keeping = new AbortController();
  #lapse: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.memory = { wishes: noWishes() };
  }

  get words(): Words {
    return wordsFor(this.language);
  }

  get language(): string {
    return this.lang || this.closest<HTMLElement>("[lang]")?.lang || document.documentElement.lang || navigator.language;
  }

  /** The point that distances count from. */
  get point(): Point | undefined {
    return this.position ?? readPoint(this.near);
  }

  /** The sites to show: those found, and in front of them a choice that is not among them. */
  get sites(): Site[] {
    const sites = this.found?.sites ?? [];
    const { site } = this.memory;
    if (!site || !this.point || sites.some((one) => one.id === site.id)) return sites;
    return [{ ...site, distance_m: distanceM(this.point, site) }, ...sites];
  }

  // The form's side.

  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }

  get validity(): ValidityState {
    return this.#internals.validity;
  }

  checkValidity(): boolean {
    return this.#internals.checkValidity();
  }

  reportValidity(): boolean {
    return this.#internals.reportValidity();
  }

  formResetCallback(): void {
    this.#forgetChoice();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#finding.abort();
    this.#keeping.abort();
    clearTimeout(this.#lapse);
  }

  override willUpdate(changed: PropertyValues): void {
    if (changed.has("lang") || changed.has("src")) bringWords(this.src, this.language, () => this.requestUpdate());
    if (changed.has("reference")) this.memory = recall(this.reference);
    // A new address is the person's newer word on where to look.
    if (changed.get("near") !== undefined) this.position = undefined;
    if (["src", "key", "reference", "parcel", "day", "near", "position"].some((name) => changed.has(name))) void this.find();
  }

  override updated(): void {
    const missing = this.required && !this.value;
    const anchor = this.renderRoot.querySelector<HTMLElement>("input[type=radio],button");
    this.#internals.setFormValue(this.value || null);
    if (missing && anchor) this.#internals.setValidity({ valueMissing: true }, this.words.choose, anchor);
    else this.#internals.setValidity(missing ? { valueMissing: true } : {}, missing ? this.words.choose : "");
  }

  /** Asks for sites anew; an older question's answer no longer counts. */
  async find(): Promise<void> {
    this.#finding.abort();
    const { signal } = (this.#finding = new AbortController());
    const { point } = this;
    this.found = this.failed = undefined;
    if (!point) return;
    try {
      const { src, key, parcel, day, reference, memory } = this;
      const found = await findSites({ network: src, key, near: point, parcel, day, reference, wishes: memory.wishes }, signal);
      for (const site of found.sites) this.kinds.add(site.kind);
      this.found = found;
      this.#resume(found);
    } catch (why) {
      if (!signal.aborted) this.failed = why instanceof Refusal ? why.message : this.words.failed;
    }
  }

  /** After a reload the choice of before is taken up again, and room for it is made sure of. */
  #resume(found: Found): void {
    const site = this.memory.site ?? found.sites.find((one) => one.id === this.value);
    if (site && !this.outcome) void this.choose(site);
  }

  /** Chooses a site; the choice counts once the shop has room there. */
  async choose(site: Site): Promise<void> {
    this.#keeping.abort();
    clearTimeout(this.#lapse);
    const { signal } = (this.#keeping = new AbortController());
    this.value = "";
    this.#keep({ site });
    this.outcome = { tone: "busy", say: (w) => w.keeping };
    try {
      const lapsesAt = this.holdUrl ? await keepRoom(this.holdUrl, site.id, signal) : undefined;
      if (signal.aborted) return;
      this.value = site.id;
      this.outcome = { tone: "ok", say: (w) => (lapsesAt ? w.kept(this.#clock(lapsesAt)) : w.chosen) };
      if (lapsesAt) this.#lapse = setTimeout(() => this.#lapsed(site), Math.min(longestTimerMS, Math.max(0, +lapsesAt - Date.now())));
      this.dispatchEvent(new CustomEvent("lockhouse-choose", { bubbles: true, composed: true, detail: { site, lapses_at: lapsesAt } }));
    } catch (why) {
      if (!signal.aborted) this.#notKept(site, why);
    }
  }

  #notKept(site: Site, why: unknown): void {
    if (!(why instanceof Refusal)) {
      this.outcome = { tone: "bad", say: (w) => w.failed, again: () => void this.choose(site) };
      return;
    }
    this.#forgetChoice();
    const full = why.code === "full" && why.alternatives.length > 0;
    this.outcome = { tone: "bad", say: (w) => (full ? w.full : why.message) };
    if (full) this.found = { sites: why.alternatives, none_because: null };
    else if (why.code === "full") void this.find();
  }

  /** The shop makes sure of the room again at payment, so a lapse does not undo the choice. */
  #lapsed(site: Site): void {
    this.outcome = { tone: "bad", say: (w) => w.lapsed, again: () => void this.choose(site) };
  }

  /** Changes a wish. A choice that no longer fits is dropped: it was the person's own word. */
  wish(change: Partial<Memory["wishes"]>): void {
    const wishes = { ...this.memory.wishes, ...change };
    const { site } = this.memory;
    const fits = !site || (!wishes.not_kind.includes(site.kind) && (site.step_free || !wishes.step_free) && (site.guarded || !wishes.guarded) && (!!site.without_phone || !wishes.without_phone));
    if (!fits) this.#forgetChoice();
    this.#keep({ wishes });
    void this.find();
  }

  locate(): void {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => (this.position = { lat: coords.latitude, lon: coords.longitude }),
      () => (this.outcome = { tone: "bad", say: (w) => w.noPosition }),
      { timeout: 10_000, maximumAge: 300_000 },
    );
  }

  #forgetChoice(): void {
    this.#keeping.abort();
    clearTimeout(this.#lapse);
    this.value = "";
    this.outcome = undefined;
    this.#keep({ site: undefined });
  }

  #keep(change: Partial<Memory>): void {
    this.memory = { ...this.memory, ...change };
    remember(this.reference, this.memory);
  }

  #clock(at: Date): string {
    return at.toLocaleTimeString(this.language, { hour: "numeric", minute: "2-digit" });
  }

  override render(): unknown {
    return this.point ? view(this) : nothing;
  }
}

customElements.define("lockhouse-sites", LockhouseSites);

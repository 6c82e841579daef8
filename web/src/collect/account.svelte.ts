/** Who is signed in on this phone, and which parcels are theirs: from the network, or from the copy on this phone. */
import { call, Problem, Unreachable } from "../kit/api";
import type { Cupboard } from "../kit/cupboard";
import { toBase64url } from "../latch/bytes";
import { deviceKey, type DeviceKey } from "../latch/device-key";
import type { MyParcel, Note } from "./parcel";

export type Standing = "starting" | "signed_out" | "signed_in";

const maxNotes = 50;

export class Account {
  standing = $state<Standing>("starting");
  parcels = $state.raw<MyParcel[]>([]);
  notes = $state.raw<Record<string, Note>>({});
  /** When the network said this; null before it ever did. */
  asOf = $state.raw<Date | null>(null);
  /** Mails to this person carry the PIN. */
  pinByMail = $state(false);
  /** The network did not answer the last time. */
  offline = $state(false);
  /** Why a link or a request was refused. */
  refusal = $state.raw<Problem | undefined>();
  #phone?: Promise<DeviceKey>;

  constructor(private readonly cupboard: Cupboard) {}

  /** This phone's key; made the first time. */
  get phone(): Promise<DeviceKey> {
    this.#phone ??= deviceKey({
      get: () => this.cupboard.get<CryptoKeyPair>("keys", "phone"),
      put: (pair) => this.cupboard.put("keys", "phone", pair),
    });
    return this.#phone;
  }

  /**
   * Signs in with the link's token if there is one, shows what the phone knows, and asks the network. A link may be another
   * person's than the copy on a phone that two people use, so the copy is not shown before, nor at all when the link was good.
   */
  async begin(token: string): Promise<void> {
    this.notes = (await this.cupboard.get("shelf", "notes")) ?? {};
    const copy = await this.cupboard.get<{ parcels: MyParcel[]; asOf: Date }>("shelf", "parcels");
    if (copy) [this.parcels, this.asOf] = [copy.parcels, copy.asOf];
    const anew = token !== "" && (await this.#signIn(token));
    if (copy && !anew) this.standing = "signed_in";
    await this.refresh();
  }

  /** Tells whether the link was good. */
  async #signIn(token: string): Promise<boolean> {
    try {
      const phone_key = toBase64url((await this.phone).publicKey);
      await call("/v1/recipient/sign-in", { method: "POST", body: { token, phone_key } });
      this.refusal = undefined;
      return true;
    } catch (cause) {
      if (cause instanceof Problem) this.refusal = cause;
      else if (!(cause instanceof Unreachable)) throw cause;
      return false;
    }
  }

  /** Asks the network for the parcels; keeps the copy where it does not answer. */
  async refresh(): Promise<void> {
    try {
      const { parcels, pin_by_mail } = await call<{ parcels: MyParcel[]; pin_by_mail?: boolean }>("/v1/recipient/parcels");
      this.pinByMail = pin_by_mail === true;
      await this.#keep(parcels);
      this.offline = false;
      this.standing = "signed_in";
    } catch (cause) {
      await this.#without(cause);
    }
  }

  async #without(cause: unknown): Promise<void> {
    if (cause instanceof Problem && cause.status === 401) return this.#forget();
    this.offline = cause instanceof Unreachable;
    if (cause instanceof Problem) this.refusal = cause;
    if (this.standing === "starting") this.standing = "signed_out";
  }

  async #keep(fresh: MyParcel[]): Promise<void> {
    this.parcels = fresh.map((parcel) => this.#withGrace(parcel));
    this.asOf = new Date();
    await this.cupboard.put("shelf", "parcels", { parcels: this.parcels, asOf: this.asOf });
  }

  /** For a few minutes after collecting, the door may be opened again: the place and the grant stay on the phone that long. */
  #withGrace(fresh: MyParcel): MyParcel {
    const note = this.notes[fresh.id];
    const before = this.parcels.find(({ id }) => id === fresh.id);
    if (!note || note.reopenUntilMS < Date.now() || fresh.grant || !before?.grant) return fresh;
    return { ...fresh, place: before.place, grant: before.grant, grant_expires_at: before.grant_expires_at, mail: before.mail };
  }

  /** Remembers what happened at the locker. A reopening does not take the place of the receipt for collecting. */
  async note(id: string, note: Note): Promise<void> {
    const kept = this.notes[id]?.kind === "collected" && note.kind === "shut" ? this.notes[id] : note;
    this.notes = Object.fromEntries(Object.entries({ ...this.notes, [id]: kept }).slice(-maxNotes));
    await this.cupboard.put("shelf", "notes", $state.snapshot(this.notes));
  }

  /** Asks for a new link; the answer never tells whether the address is known. */
  async askForLink(email: string): Promise<void> {
    await call("/v1/recipient/link", { method: "POST", body: { email } });
  }

  async extend(id: string): Promise<void> {
    const fresh = await call<MyParcel>(`/v1/recipient/parcels/${encodeURIComponent(id)}/extend`, { method: "POST" });
    await this.#keep(this.parcels.map((parcel) => (parcel.id === id ? fresh : parcel)));
  }

  /** PIN and pass were lost or seen: others are made, and these open nothing as soon as the locker knows. */
  async renewPIN(id: string): Promise<void> {
    const fresh = await call<MyParcel>(`/v1/recipient/parcels/${encodeURIComponent(id)}/renew-pin`, { method: "POST" });
    await this.#keep(this.parcels.map((parcel) => (parcel.id === id ? fresh : parcel)));
  }

  /** Their own word, which counts before a shop's, for this and later parcels. */
  async choosePINByMail(pin_by_mail: boolean): Promise<void> {
    await call("/v1/recipient/pin-by-mail", { method: "PUT", body: { pin_by_mail } });
    this.pinByMail = pin_by_mail;
  }

  async signOut(): Promise<void> {
    await call("/v1/recipient/sign-out", { method: "POST" }).catch(() => undefined);
    await this.#forget();
  }

  /** A phone was lost: all but this one are signed out, and what they were granted opens nothing as soon as the lockers know. */
  async signOutOthers(): Promise<void> {
    await call("/v1/recipient/sign-out-others", { method: "POST" });
    await this.refresh(); // PINs and passes are others now
  }

  async #forget(): Promise<void> {
    await this.cupboard.remove("shelf", "parcels");
    await this.cupboard.remove("shelf", "notes");
    [this.parcels, this.notes, this.asOf, this.standing, this.offline] = [[], {}, null, "signed_out", false];
  }
}

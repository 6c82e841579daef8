/** A locker for tests: the other side of Noise and of the messages, with doors that do what the test says. Opens no real door. */
import { ascii, fromHex, joined, sha256, toHex, type Bytes } from "./bytes";
import { cut, frameBytesAt, Joiner } from "./frames";
import type { Link } from "./radio";
import { arrayOf, bytesOf, decode, encode, whole, type Cbor } from "./strict-cbor";

const ecdh = { name: "ECDH", namedCurve: "P-256" };
const ecdsa = { name: "ECDSA", namedCurve: "P-256" };
const es256 = { name: "ECDSA", hash: "SHA-256" };
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

export type FakeReceiptKind = "authorised" | "opened" | "stored" | "collected" | "taken_out" | "misfit" | "not_opened" | "left_open" | "service";
const kindNumber: Record<FakeReceiptKind, number> = { authorised: 1, opened: 2, stored: 3, collected: 4, taken_out: 5, misfit: 6, not_opened: 7, left_open: 8, service: 14 };
const event = { opened: 1, timeout: 2, closed: 3, left_open: 4, unknown: 5 } as const;

/** What the test decides about a request for a door. */
export interface Script {
  /** Status of the request and the compartment whose door opens. */
  ask(index: number, rank: number, misfit: boolean): { status: number; compartment: number };
  /** What the door does, and after that, what it does when the person is done. */
  doors: { event: keyof typeof event; receipt: FakeReceiptKind | null; afterMS: number }[];
  ref?: string;
  /** The phone's key (65 bytes) that receipts name. */
  phone?: Bytes;
  admitted?: number;
  takesMail?: boolean;
  timeless?: boolean;
}

export class FakeLocker {
  seq = 40;
  prev = new Uint8Array(16);
  receipts: Bytes[] = [];
  /** How often each target was asked for. */
  asked: number[] = [];
  /** What phones brought in their first messages. */
  mails: (Bytes | null)[] = [];

  /** While it takes the keys of before a change too. */
  former?: Keyset;
  /** Signed by the former receipt key. */
  succession?: Bytes;

  private constructor(
    readonly id: string,
    public keys: Keyset,
    public script: Script,
    private readonly mtu: number,
  ) {}

  static async make(script: Script, id = "lkr_1f2e3d4c5b6a7988", mtu = 247): Promise<FakeLocker> {
    return new FakeLocker(id, await keyset(), script, mtu);
  }

  get staticKey(): Bytes {
    return this.keys.staticKey;
  }

  get receiptKey(): Bytes {
    return this.keys.receiptKey;
  }

  /** Changes its keys; phones that know the former ones are told by `by`, which is the former receipt key unless somebody lies. */
  async rekey(by?: CryptoKey): Promise<void> {
    this.former = this.keys;
    this.keys = await keyset();
    const about = joined(ascii("latch-1 succession"), fromHex(this.id.slice(4)), this.receiptKey);
    const signature = await crypto.subtle.sign(es256, by ?? this.former.receiptPair.privateKey, about);
    this.succession = joined(this.receiptKey, new Uint8Array(signature));
  }

  /** A new connection. `broken` breaks it at that write. */
  async connect(broken = Infinity): Promise<Link & { writes: number }> {
    return new FakeLink(await this.#info(), new Session(this), broken);
  }

  async #info(): Promise<Bytes> {
    const info = new Uint8Array(46);
    info.set([1, 42, this.script.takesMail ? 16 : 0]);
    info[31] = this.script.timeless ? 0 : 2;
    info.set(fromHex(this.id.slice(4)), 3);
    info.set(crypto.getRandomValues(new Uint8Array(16)), 11);
    info.set((await sha256(this.staticKey)).subarray(0, 4), 40);
    new DataView(info.buffer).setUint16(44, this.mtu);
    return info;
  }

  get frameBytes(): number {
    return frameBytesAt(this.mtu);
  }

  async receipt(kind: FakeReceiptKind, compartment: number): Promise<Bytes> {
    const ref = this.script.ref ? fromHex(this.script.ref) : null;
    const at = Math.floor(Date.now() / 1000);
    const phone = (await sha256(this.script.phone ?? ascii("a phone"))).slice(0, 8);
    const payload = encode([fromHex(this.id.slice(4)), 3, ++this.seq, kindNumber[kind], at, 2, ascii("grant-id"), ref, compartment, 7, phone, this.prev]);
    const header = Uint8Array.of(0xa1, 0x01, 0x26);
    const content = encode(["Signature1", header, ascii("latch-1 receipt"), payload]);
    const signature = lowS(new Uint8Array(await crypto.subtle.sign(es256, this.keys.receiptPair.privateKey, content)));
    const receipt = joined(Uint8Array.of(0xd2), encode([header, new Map(), payload, signature]));
    this.prev = (await sha256(receipt)).slice(0, 16);
    this.receipts.push(receipt);
    return receipt;
  }
}

interface Keyset {
  staticKey: Bytes;
  receiptKey: Bytes;
  staticPair: CryptoKeyPair;
  receiptPair: CryptoKeyPair;
}

async function keyset(): Promise<Keyset> {
  const staticPair = (await crypto.subtle.generateKey(ecdh, true, ["deriveBits"])) as CryptoKeyPair;
  const receiptPair = (await crypto.subtle.generateKey(ecdsa, true, ["sign"])) as CryptoKeyPair;
  const raw = async (key: CryptoKey) => new Uint8Array(await crypto.subtle.exportKey("raw", key));
  return { staticKey: await raw(staticPair.publicKey), receiptKey: await raw(receiptPair.publicKey), staticPair, receiptPair };
}

class FakeLink implements Link {
  writes = 0;
  #onGone: () => void = () => undefined;
  #gone = false;

  constructor(
    readonly info: Bytes,
    private readonly session: Session,
    private readonly broken: number,
  ) {
    session.info = info;
  }

  async write(frame: Bytes): Promise<void> {
    if (this.#gone) throw new Error("gone");
    this.writes++;
    if (this.writes < this.broken) return this.session.write(frame);
    this.#gone = true; // the locker still hears this frame, and nobody hears the locker
    await this.session.write(frame);
    this.#onGone();
  }

  listen(onFrame: (frame: Bytes) => void, onGone: () => void): void {
    this.session.send = (frame) => void (this.#gone || onFrame(frame));
    this.#onGone = onGone;
  }

  close(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#onGone();
  }
}

class Session {
  info: Bytes = new Uint8Array();
  send: (frame: Bytes) => void = () => undefined;
  #joiner = new Joiner(42);
  #seal?: (message: Bytes) => Promise<Bytes>;
  #open?: (message: Bytes) => Promise<Bytes>;
  #down: Promise<void> = Promise.resolve();

  constructor(private readonly locker: FakeLocker) {}

  async write(frame: Bytes): Promise<void> {
    const message = this.#joiner.add(frame);
    if (!message) return;
    if (!this.#open) await this.#first(message);
    else await this.#next(await this.#open(message));
  }

  async #first(message: Bytes): Promise<void> {
    const { former, keys, succession } = this.locker;
    const present = await respond(keys, this.info, message).catch((cause: unknown) => (former ? undefined : Promise.reject(cause)));
    const { payload, answer } = present ?? (await respond(former!, this.info, message));
    const shown = decode(payload, 2048);
    const withMail = Array.isArray(shown) && shown.length === 4;
    const [, , open, mail] = arrayOf(shown, withMail ? 4 : 3);
    this.locker.mails.push(withMail ? bytesOf(mail, 1, 1536) : null);
    const asked = open === null ? undefined : whole(open, 63);
    const said = asked === undefined ? { status: 0, compartment: 0 } : this.#ask(asked, 0, false);
    const admitted = this.locker.script.admitted ?? 0;
    const receipt = asked === undefined || said.status || admitted ? null : await this.locker.receipt("authorised", said.compartment);
    const second = await answer(encode([admitted, said.status, said.compartment, receipt, ...(present ? [] : [succession!])]));
    this.#seal = second.seal;
    this.#open = second.open;
    this.#say(second.message);
    if (asked !== undefined && !said.status && !admitted) this.#doors(asked, said.compartment);
  }

  async #next(plain: Bytes): Promise<void> {
    const message = decode(plain, 2048) as Cbor[];
    const [kind, first, rank] = message;
    if (kind === 3) return this.#sayAll([19, this.locker.receipts.slice(-Number(first))]);
    if (kind !== 1 && kind !== 2) return;
    const index = whole(first, 63);
    const said = this.#ask(index, kind === 1 ? whole(rank, 255) : 0, kind === 2);
    const receipt = said.status ? null : await this.locker.receipt("authorised", said.compartment);
    await this.#sayAll([17, index, said.status, said.compartment, receipt]);
    if (!said.status) this.#doors(index, said.compartment);
  }

  #ask(index: number, rank: number, misfit: boolean) {
    this.locker.asked[index] = (this.locker.asked[index] ?? 0) + 1;
    return this.locker.script.ask(index, rank, misfit);
  }

  #doors(index: number, compartment: number): void {
    let afterMS = 0;
    for (const door of this.locker.script.doors) {
      afterMS += door.afterMS;
      setTimeout(() => {
        this.#down = this.#down.then(async () => {
          const receipt = door.receipt ? await this.locker.receipt(door.receipt, compartment) : null;
          await this.#sayAll([18, index, event[door.event], compartment, receipt]);
        });
      }, afterMS);
    }
  }

  async #sayAll(message: Cbor): Promise<void> {
    this.#say(await this.#seal!(encode(message)));
  }

  #say(message: Bytes): void {
    for (const frame of cut(42, message, this.locker.frameBytes)) this.send(frame);
  }
}

/** Noise NK, the responder's side. */
async function respond(keys: Keyset, info: Bytes, first: Bytes) {
  let hash = await sha256(joined(await sha256(joined(ascii("Noise_NK_P256_AESGCM_SHA256"), new Uint8Array(5), info)), keys.staticKey));
  let chain: Bytes = joined(ascii("Noise_NK_P256_AESGCM_SHA256"), new Uint8Array(5));
  const mix = async (data: Bytes) => void (hash = await sha256(joined(hash, data)));
  const theirs = first.slice(0, 65);
  const peer = await crypto.subtle.importKey("raw", theirs, ecdh, true, []);
  await mix(theirs);
  let key: Bytes;
  [chain, key] = await hkdf(chain, new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: peer }, keys.staticPair.privateKey, 256)));
  const payload = await gcm("decrypt", key, 0, hash, first.slice(65));
  await mix(first.slice(65));
  const answer = async (body: Bytes) => {
    const pair = (await crypto.subtle.generateKey(ecdh, true, ["deriveBits"])) as CryptoKeyPair;
    const mine = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    await mix(mine);
    const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: peer }, pair.privateKey, 256);
    [chain, key] = await hkdf(chain, new Uint8Array(shared));
    const sealed = await gcm("encrypt", key, 0, hash, body);
    const [up, down] = await hkdf(chain, new Uint8Array());
    let ups = 0;
    let downs = 0;
    return {
      message: joined(mine, sealed),
      open: (message: Bytes) => gcm("decrypt", up, ups++, new Uint8Array(), message),
      seal: (message: Bytes) => gcm("encrypt", down, downs++, new Uint8Array(), message),
    };
  };
  return { payload: bytesOf(payload, 1, 2048), answer };
}

async function hkdf(chain: Bytes, input: Bytes): Promise<[Bytes, Bytes]> {
  const mac = async (key: Bytes, data: Bytes) => {
    const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
  };
  const temporary = await mac(chain, input);
  const one = await mac(temporary, Uint8Array.of(1));
  return [one, await mac(temporary, joined(one, Uint8Array.of(2)))];
}

async function gcm(way: "encrypt" | "decrypt", key: Bytes, count: number, bound: Bytes, data: Bytes): Promise<Bytes> {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setUint32(8, count);
  const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, [way]);
  return new Uint8Array(await crypto.subtle[way]({ name: "AES-GCM", iv, additionalData: bound }, imported, data));
}

function lowS(signature: Bytes): Bytes {
  const s = BigInt(`0x${toHex(signature.subarray(32))}`);
  if (s > order / 2n) signature.set(fromHex((order - s).toString(16).padStart(64, "0")), 32);
  return signature;
}

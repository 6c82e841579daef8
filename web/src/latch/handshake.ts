/**
 * The phone's side of Noise_NK_P256_AESGCM_SHA256 (Noise revision 34 with P-256: public keys of 65 bytes, the shared secret is
 * the x coordinate), with INFO as the prologue, in WebCrypto. After the second message the phone knows that it speaks with the
 * locker whose static key it holds, and nobody else can read along.
 */
import { ascii, joined, sha256, type Bytes } from "./bytes";

export const keyBytes = 65;
export const tagBytes = 16;

const curve = { name: "ECDH", namedCurve: "P-256" };
const protocolName = "Noise_NK_P256_AESGCM_SHA256"; // 27 bytes, padded with zeros to the hash's 32

/** The locker's answer did not come from the locker that was meant, or was changed on its way. */
export class HandshakeRefused extends Error {
  override readonly name = "HandshakeRefused";
}

/** One direction of an established channel: messages in order, each once. */
class Cipher {
  #count = 0n;

  constructor(private readonly key: CryptoKey) {}

  async seal(message: Bytes, bound: Bytes = new Uint8Array()): Promise<Bytes> {
    return new Uint8Array(await crypto.subtle.encrypt(this.#next(bound), this.key, message));
  }

  async open(sealed: Bytes, bound: Bytes = new Uint8Array()): Promise<Bytes> {
    return new Uint8Array(await crypto.subtle.decrypt(this.#next(bound), this.key, sealed));
  }

  /** Noise's nonce for AESGCM: 32 zero bits and the counter, big-endian. */
  #next(bound: Bytes): AesGcmParams {
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setBigUint64(4, this.#count++);
    return { name: "AES-GCM", iv: nonce, additionalData: bound, tagLength: 8 * tagBytes };
  }
}

/** An established session: what the phone seals, and what it opens. */
export interface Channel {
  seal(message: Bytes): Promise<Bytes>;
  open(sealed: Bytes): Promise<Bytes>;
}

export class Initiator {
  #cipher?: Cipher;

  private constructor(
    private readonly ephemeralPair: CryptoKeyPair,
    private readonly peer: CryptoKey,
    /** The public key that the first message begins with, 65 bytes. The proof of possession covers it. */
    readonly ephemeral: Bytes,
    private hash: Bytes,
    private chain: Bytes,
  ) {}

  /** Begins with a locker's static key and the INFO that was read from it. Tests give the ephemeral key; a phone never does. */
  static async begin(staticKey: Bytes, info: Bytes, ephemeralPair?: CryptoKeyPair): Promise<Initiator> {
    const pair = ephemeralPair ?? (await crypto.subtle.generateKey(curve, false, ["deriveBits"]));
    const peer = await crypto.subtle.importKey("raw", staticKey, curve, true, []);
    const ephemeral = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const start = joined(ascii(protocolName), new Uint8Array(32 - protocolName.length));
    const hash = await sha256(joined(await sha256(joined(start, info)), staticKey));
    return new Initiator(pair, peer, ephemeral, hash, start);
  }

  /** Makes the first message around a payload: e, es. */
  async first(payload: Bytes): Promise<Bytes> {
    await this.#mixHash(this.ephemeral);
    await this.#mixKey(this.peer);
    const sealed = await this.#cipher!.seal(payload, this.hash);
    await this.#mixHash(sealed);
    return joined(this.ephemeral, sealed);
  }

  /** Reads the locker's answer: e, ee. */
  async second(answer: Bytes): Promise<{ payload: Bytes; channel: Channel }> {
    if (answer.length < keyBytes + tagBytes) throw new HandshakeRefused("the locker's answer is too short");
    try {
      const theirs = answer.slice(0, keyBytes);
      const peer = await crypto.subtle.importKey("raw", theirs, curve, true, []);
      await this.#mixHash(theirs);
      await this.#mixKey(peer);
      const sealed = answer.slice(keyBytes);
      const payload = await this.#cipher!.open(sealed, this.hash);
      await this.#mixHash(sealed);
      return { payload, channel: await this.#split() };
    } catch (cause) {
      throw new HandshakeRefused("the locker's answer can't be opened", { cause });
    }
  }

  async #mixHash(data: Bytes): Promise<void> {
    this.hash = await sha256(joined(this.hash, data));
  }

  async #mixKey(peer: CryptoKey): Promise<void> {
    const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: peer }, this.ephemeralPair.privateKey, 256);
    const [chain, key] = await derive(this.chain, new Uint8Array(shared));
    this.chain = chain;
    this.#cipher = new Cipher(await aesKey(key));
  }

  async #split(): Promise<Channel> {
    const [up, down] = await derive(this.chain, new Uint8Array());
    const seal = new Cipher(await aesKey(up));
    const open = new Cipher(await aesKey(down));
    return { seal: (message) => seal.seal(message), open: (sealed) => open.open(sealed) };
  }
}

/** Noise's HKDF with two outputs is RFC 5869's HKDF with the chaining key as salt and no info. */
async function derive(chain: Bytes, input: Bytes): Promise<[Bytes, Bytes]> {
  const key = await crypto.subtle.importKey("raw", input, "HKDF", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: chain, info: new Uint8Array() }, key, 512);
  return [new Uint8Array(bits, 0, 32).slice(), new Uint8Array(bits, 32, 32).slice()];
}

function aesKey(key: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
}

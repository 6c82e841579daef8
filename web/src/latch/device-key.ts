/**
 * This phone's key: ECDSA P-256, made once, never leaving the browser (not even the page can read the private half), kept in
 * IndexedDB. Grants are bound to it, so a copied grant opens nothing.
 */
import { ascii, joined, sha256, type Bytes } from "./bytes";

const algorithm = { name: "ECDSA", namedCurve: "P-256" };

export interface DeviceKey {
  /** 65 bytes, uncompressed: what the network registers. */
  readonly publicKey: Bytes;
  /** Signs with ES256: 64 bytes, r and s. */
  sign(content: Bytes): Promise<Bytes>;
}

/** Where a key pair is kept. */
export interface KeyCupboard {
  get(): Promise<CryptoKeyPair | undefined>;
  put(pair: CryptoKeyPair): Promise<void>;
}

/** Gives this phone's key, and makes it the first time. */
export async function deviceKey(cupboard: KeyCupboard): Promise<DeviceKey> {
  let pair = await cupboard.get();
  if (!pair) {
    pair = await crypto.subtle.generateKey(algorithm, false, ["sign"]);
    await cupboard.put(pair);
  }
  return keyOf(pair);
}

export async function keyOf(pair: CryptoKeyPair): Promise<DeviceKey> {
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return {
    publicKey,
    sign: async (content) => new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, content)),
  };
}

/**
 * What the phone signs to show that it holds the key that a grant names; each part but the last has a fixed length. Over the
 * line, the code at the locker is under it too.
 */
export async function proofInput(info: Bytes, lockerStatic: Bytes, ephemeral: Bytes, grant: Bytes, presence?: Bytes): Promise<Bytes> {
  const meeting = joined(info, lockerStatic, ephemeral, await sha256(grant));
  return presence ? joined(ascii("latch-1 line"), meeting, presence) : joined(ascii("latch-1"), meeting);
}

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ascii, fromHex, toHex, type Bytes } from "./bytes";
import { proofInput } from "./device-key";
import { cut, Joiner } from "./frames";
import { Initiator } from "./handshake";
import { parseInfo } from "./info";
import { byeMessage, misfitMessage, openMessage, parseAdmission, parseDown, presentation, relayed, tailMessage } from "./messages";
import { ReceiptKeys, verifyReceipt } from "./receipts";

/** A whole visit with fixed keys, byte for byte, made by the locker's side. */
const vectors = JSON.parse(readFileSync(new URL("../../../wire/testdata/latch-1.json", import.meta.url), "utf8"));
const hex = (text: string): Bytes => fromHex(text);
const key = (name: string) => ({ private: hex(vectors.keys[`${name} private`]), public: hex(vectors.keys[`${name} public`]) });

/** A P-256 pair from its raw halves, as WebCrypto wants it. */
async function ecdhPair(name: string): Promise<CryptoKeyPair> {
  const { private: d, public: raw } = key(name);
  const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x: b64(raw.subarray(1, 33)), y: b64(raw.subarray(33)), d: b64(d) };
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  return {
    privateKey: await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["deriveBits"]),
    publicKey: await crypto.subtle.importKey("raw", raw, algorithm, true, []),
  };
}

async function shaken() {
  const initiator = await Initiator.begin(key("static").public, hex(vectors.info), await ecdhPair("phone ephemeral"));
  const first = await initiator.first(hex(vectors.m1_payload));
  return { initiator, first };
}

describe("the visit of the test vectors", () => {
  it("reads INFO", async () => {
    const info = parseInfo(hex(vectors.info));
    expect(info).toMatchObject({ session: 42, mtu: 247, noDropOffs: true, busy: false, boardSilent: false, lockerId: "lkr_1f2e3d4c5b6a7988" });
  });

  it("refuses INFO of another version or length", () => {
    const other = hex(vectors.info);
    other[0] = 2;
    expect(() => parseInfo(other)).toThrow("version 2");
    expect(() => parseInfo(hex(vectors.info).slice(1))).toThrow("45 bytes");
  });

  it("signs the same meeting, and its proof verifies", async () => {
    const input = await proofInput(hex(vectors.info), key("static").public, key("phone ephemeral").public, hex(vectors.grant));
    expect(toHex(input)).toBe(vectors.proof_input);
    const phone = await crypto.subtle.importKey("raw", key("phone").public, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    expect(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, phone, hex(vectors.proof), input)).toBe(true);
  });

  it("makes the same first message", async () => {
    expect(toHex(presentation(hex(vectors.grant), hex(vectors.proof), 0))).toBe(vectors.m1_payload);
    expect(toHex((await shaken()).first)).toBe(vectors.m1);
  });

  it("makes the same first message over the line, with the code under its proof", async () => {
    const { line } = vectors;
    const info = parseInfo(hex(line.info));
    expect(info).toMatchObject({ session: 42, relayed: true, lockerId: "lkr_1f2e3d4c5b6a7988" });
    const input = await proofInput(info.raw, key("static").public, key("phone ephemeral").public, hex(vectors.grant), ascii(line.presence));
    expect(toHex(input)).toBe(line.proof_input);
    const phone = await crypto.subtle.importKey("raw", key("phone").public, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    expect(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, phone, hex(line.proof), input)).toBe(true);
    const inside = relayed(hex(vectors.grant), hex(line.proof), 0, ascii(line.presence));
    expect(toHex(inside)).toBe(line.m1_payload);
    const initiator = await Initiator.begin(key("static").public, info.raw, await ecdhPair("phone ephemeral"));
    expect(toHex(await initiator.first(inside))).toBe(line.m1);
  });

  it("opens the locker's answer and all that follows, in order", async () => {
    const { initiator } = await shaken();
    const { payload, channel } = await initiator.second(hex(vectors.m2));
    expect(toHex(payload)).toBe(vectors.m2_payload);
    expect(parseAdmission(payload)).toMatchObject({ admitted: 0, opening: 0, compartment: 12 });
    for (const up of vectors.up) expect(toHex(await channel.seal(hex(up.plain)))).toBe(up.sealed);
    for (const down of vectors.down) expect(toHex(await channel.open(hex(down.sealed)))).toBe(down.plain);
  });

  it("refuses an answer with any bit changed", async () => {
    for (const at of [10, 64, 65, 100, hex(vectors.m2).length - 1]) {
      const { initiator } = await shaken();
      const changed = hex(vectors.m2);
      changed[at]! ^= 1;
      await expect(initiator.second(changed)).rejects.toThrow("can't be opened");
    }
  });

  it("refuses a message that comes twice", async () => {
    const { initiator } = await shaken();
    const { channel } = await initiator.second(hex(vectors.m2));
    await channel.open(hex(vectors.down[0].sealed));
    await expect(channel.open(hex(vectors.down[0].sealed))).rejects.toThrow();
  });

  it("says the same in the same bytes", () => {
    const mine = [openMessage(0), openMessage(3, 2), misfitMessage(3), tailMessage(2), byeMessage()];
    expect(mine.map(toHex)).toEqual(vectors.up.map((up: { plain: string }) => up.plain));
  });

  it("understands whatever the locker says", () => {
    for (const down of vectors.down) expect(parseDown(hex(down.plain)).kind).toMatch(/answer|door|receipts/);
  });

  it("cuts into the same frames and joins them again", () => {
    for (const { frame_bytes, message, frames } of vectors.frames) {
      expect(cut(42, hex(message), frame_bytes).map(toHex)).toEqual(frames);
      const joiner = new Joiner(42);
      const joined = frames.map((frame: string) => joiner.add(hex(frame)));
      expect(toHex(joined.at(-1))).toBe(message);
      expect(joined.slice(0, -1).every((one: unknown) => one === undefined)).toBe(true);
    }
  });

  it("verifies the receipts, and none with a bit changed", async () => {
    for (const receipt of vectors.receipts) {
      const raw = hex(receipt.raw);
      expect((await verifyReceipt(key("receipts").public, raw)).kind).toBe(receipt.kind);
      await expect(verifyReceipt(key("phone").public, raw)).rejects.toThrow();
      for (let at = 0; at < raw.length; at++) {
        const changed = raw.slice();
        changed[at]! ^= 1 << (at % 8);
        await expect(verifyReceipt(key("receipts").public, changed), `byte ${at}`).rejects.toThrow();
      }
    }
  });

  it("follows a change of keys, and no bit of it may be another", async () => {
    const { succession, m2_payload } = vectors.keyset;
    const admission = parseAdmission(hex(m2_payload));
    expect(toHex(admission.succession!)).toBe(succession);
    const known = () => new ReceiptKeys("lkr_1f2e3d4c5b6a7988", [key("phone").public, key("receipts").public]);
    await known().follow(admission.succession!);
    await expect(new ReceiptKeys("lkr_1f2e3d4c5b6a7988", [key("phone").public]).follow(admission.succession!)).rejects.toThrow();
    for (let at = 0; at < admission.succession!.length; at++) {
      const changed = admission.succession!.slice();
      changed[at]! ^= 1 << (at % 8);
      await expect(known().follow(changed), `byte ${at}`).rejects.toThrow();
    }
  });

  it("refuses a receipt whose signature was turned over", async () => {
    const raw = hex(vectors.receipts[0].raw);
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const s = BigInt(`0x${toHex(raw.subarray(-32))}`);
    raw.set(hex((order - s).toString(16).padStart(64, "0")), raw.length - 32);
    await expect(verifyReceipt(key("receipts").public, raw)).rejects.toThrow("not signed");
  });
});

/** By which a locker's receipts are known, as the network gave it with a grant. */
import { fromBase64url } from "../latch/bytes";
import { ReceiptKeys } from "../latch/receipts";
import type { Locker } from "./contract";

export function receiptKeysOf({ id, receipt_key, former_receipt_key }: Locker): ReceiptKeys {
  return new ReceiptKeys(id, [receipt_key, former_receipt_key ?? ""].filter((key) => key !== "").map(fromBase64url));
}

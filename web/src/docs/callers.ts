/** Who may call an operation. */
import type { PathOperation } from "./openapi";

export type Caller = "anybody" | "own page" | "session" | "checkout" | "shop" | "courier" | "operator";

/** A caller in words, and how the secret of their key begins. */
export const callers: Record<Caller, { words: string; begins?: string }> = {
  anybody: { words: "No key" },
  "own page": { words: "The network’s own pages" },
  session: { words: "A recipient’s session" },
  checkout: { words: "Checkout key", begins: "lhp_…" },
  shop: { words: "Shop key", begins: "lhs_…" },
  courier: { words: "Courier key", begins: "lhc_…" },
  operator: { words: "Operator key", begins: "lho_…" },
};

/** The document says only that a key is needed; which kind goes by the tag. */
const keysOf: Record<string, Caller[]> = {
  Checkout: ["checkout", "shop"],
  Holds: ["shop"],
  Parcels: ["shop"],
  Webhooks: ["shop"],
  Courier: ["courier"],
  Operator: ["operator"],
};
const anyKey: Caller[] = ["checkout", "shop", "courier", "operator"];
const openToAnyKey = ["getSite"];

/** Any of these callers may. Without a scheme of security it is anybody, or, where it can be forbidden all the same, only the network's own pages. */
export function callersOf(op: PathOperation): Caller[] {
  const schemes = op.security.flatMap((one) => Object.keys(one));
  if (schemes.includes("session")) return ["session"];
  if (schemes.length === 0) return "403" in op.responses ? ["own page"] : ["anybody"];
  return openToAnyKey.includes(op.operationId) ? anyKey : (keysOf[op.tags[0] ?? ""] ?? anyKey);
}

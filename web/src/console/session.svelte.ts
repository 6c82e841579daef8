import { call, Problem, type CallOptions } from "../kit/api";

const keptUnder = "lockhouse-operator-key";

/** The operator's key, kept as long as this tab lives, and what it is good for. */
export class Session {
  key = $state(sessionStorage.getItem(keptUnder) ?? "");
  /** Why the operator was signed out. */
  refused = $state("");

  /** Tries a key; it is kept once the network knows it. */
  async signIn(key: string): Promise<void> {
    await call("/v1/operator/events", { key, query: { limit: 1 } });
    sessionStorage.setItem(keptUnder, key);
    this.refused = "";
    this.key = key;
  }

  signOut(why = ""): void {
    sessionStorage.removeItem(keptUnder);
    this.refused = why;
    this.key = "";
  }

  /** Calls the network with the key. A key that was revoked meanwhile ends the session. */
  async ask<T>(path: string, options: CallOptions = {}): Promise<T> {
    try {
      return await call<T>(path, { ...options, key: this.key });
    } catch (why) {
      if (why instanceof Problem && why.status === 401) this.signOut(why.detail);
      throw why;
    }
  }
}

/** A sentence for any error of a call. */
export function sentence(why: unknown): string {
  return why instanceof Problem ? why.detail : "The network does not answer.";
}

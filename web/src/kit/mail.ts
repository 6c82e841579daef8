/**
 * Mail: the network's word for a locker whose own line is down, which this phone carries there. It is sealed, so that the phone is
 * a messenger and no reader; docs/latch.md. The network gives it with a grant, if its operator wants that at all.
 */
import { fromBase64url, toBase64url, type Bytes } from "../latch/bytes";
import type { Info } from "../latch/info";
import { call } from "./api";

const askLimitMS = 4_000; // a person stands before the locker

/** Carries what came with the grant. */
export function carried(mail: string | null | undefined): (info: Info) => Promise<Bytes | null> {
  return async () => (mail ? fromBase64url(mail) : null);
}

/**
 * The same for couriers, whom a locker that does not know how late it is turns away: there the network is asked on the spot, if the
 * phone has a line. Where it has none, or the network lets phones carry nothing, there is what came with the grant.
 */
export function carriedOrAsked(lockerId: string, mail: string | null | undefined): (info: Info) => Promise<Bytes | null> {
  return async (info) => (info.timeless ? ((await asked(lockerId, info)) ?? carried(mail)(info)) : carried(mail)(info));
}

async function asked(lockerId: string, info: Info): Promise<Bytes | null> {
  const path = `/v1/lockers/${encodeURIComponent(lockerId)}/mail`;
  const answer = await call<{ mail: string }>(path, { method: "POST", body: { nonce: toBase64url(info.nonce) }, timeoutMS: askLimitMS }).catch(() => null);
  return answer && fromBase64url(answer.mail);
}

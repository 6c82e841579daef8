/** What each code of a refusal means and what to do about it. Codes never change their meaning once published. */
export const problems: Record<string, string> = {
  malformed: "The request can't be read, or a field is out of its range. `field` names it. Send it differently; the same again will be refused again.",
  unauthorised: "No key, an unknown one, or no session. Send `Authorization: Bearer <key>`, or sign in.",
  revoked: "The key was good once. Ask the operator for a new one.",
  forbidden: "The key is known, but is of another kind than this needs.",
  not_found: "There is no such thing, or it is somebody else's: the two are never told apart.",
  conflict: "The thing's state does not allow it. `state` says what it is now.",
  full: "No room of that size at that site on those days. `alternatives` lists the nearest sites that have some.",
  too_large: "The parcel fits no compartment. `limit`, `is`, `most` and `over` say which edge or weight, and by how much.",
  lapsed: "It was good, and its time is over. Begin anew.",
  used: "It was good once, and once is over. Begin anew.",
  past: "The date lies behind today at the site.",
  closed: "The site takes no parcels, or is not open on that day. Choose another site or day.",
  too_many: "Over a limit. `Retry-After` says in how many seconds to come back.",
  unavailable: "A part that is needed does not answer. Nothing was done; try again.",
  internal: "Our fault. Nothing was done; tell the operator the `request_id`.",
  body_too_large: "More bytes than this address takes.",
};

/** What each code of a refusal means, and what to do. A problem's `type` links to `/docs#problem-<code>`. */

export interface Explanation {
  means: string;
  next: string;
}

/** By code. api/problem.go has the same codes, and the tests hold the two together. */
export const explanations: Record<string, Explanation> = {
  malformed: {
    means: "The request can’t be read, or a field is out of its range.",
    next: "Correct the field that `field` names; `errors` lists the others. Fields and parameters that we don’t know are refused too.",
  },
  unauthorised: { means: "There is no key, or it is one that we don’t know.", next: "Send `Authorization: Bearer <key>`. Recipients ask for a new link by mail." },
  revoked: { means: "The key was revoked.", next: "Ask the operator for a new one." },
  forbidden: { means: "The key is known, but not for this.", next: "Use a key of the scope that the sentence names." },
  not_found: { means: "There is no such thing, or it is not yours: the two are never told apart.", next: "Check the reference or id, and whose key you use." },
  conflict: { means: "The thing’s state does not allow it.", next: "Read the thing again; its state says what it allows." },
  full: {
    means: "There is no room of that size at that site on those days.",
    next: "Offer one of `alternatives`, the nearest sites with room, in the shape of `GET /v1/sites`.",
  },
  too_large: { means: "The parcel fits no compartment.", next: "Deliver it otherwise. The facts say which limit, and by how much." },
  lapsed: { means: "It was good, and its time is over.", next: "Ask anew: place the hold again, or ask for a new link." },
  used: { means: "It was good once, and once is over.", next: "Ask for a new one." },
  past: { means: "The day lies behind the site’s today.", next: "Choose a later day; days are dates at the site." },
  closed: { means: "The site takes no parcels, or is not open then.", next: "Offer one of `alternatives`." },
  too_many: { means: "That was over a limit.", next: "Come back after as many seconds as `Retry-After` says." },
  unavailable: { means: "A part that is needed does not answer. Nothing was done.", next: "Try again, with growing waits." },
  internal: { means: "It is our fault, and nothing was done.", next: "Try again. If it stays, tell the operator the `request_id`." },
  other_cell: { means: "The site is kept by another cell of this network.", next: "Ask at `base_url`, with a key of that cell." },
  body_too_large: { means: "The body has more bytes than we read.", next: "Send less at once." },
};

/** What is said of a code that a newer network may know and this page does not. */
export const unexplained: Explanation = { means: "The network refused.", next: "The problem’s `detail` says what to do." };

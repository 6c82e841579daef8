/** What a shop's webhook hears. Messages are no part of the OpenAPI document: app/network/hears.go lists their kinds, link/shop writes their bodies. */

/** Every kind of message, with what has happened. */
export const kinds: Record<string, string> = {
  "hold.lapsed": "Room is no longer kept: nobody paid in time.",
  "parcel.announced": "We know whom to tell.",
  "parcel.in_transit": "The carrier has it.",
  "parcel.dropped_off": "It lies in its compartment, and the recipient was told.",
  "parcel.misfit": "It did not fit and came out again; the courier tries a larger door.",
  "parcel.collected": "The recipient has it.",
  "parcel.overdue": "It was not collected in time.",
  "parcel.extended": "The recipient has more time.",
  "parcel.recalled": "It was asked back.",
  "parcel.returned": "It was taken out and is on its way back.",
};

/** A message as it arrives. */
export const sample = {
  type: "parcel.dropped_off",
  timestamp: "2026-11-24T17:05:00Z",
  data: {
    reference: "order-1041",
    tracking_number: "LX1041",
    parcel_id: "par_…",
    hold_id: "hold_…",
    site_id: "site_…",
    state: "dropped_off",
    size: "M",
    collect_by: "2026-11-29T23:59:59Z",
  },
};

/** How a shop's server checks a message, with the library of Standard Webhooks. */
export const verification = `import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.LOCKHOUSE_WEBHOOK_SECRET);

app.post("/lockhouse", express.raw({ type: "*/*" }), (req, res) => {
  // Throws unless we signed these very bytes within five minutes.
  const message = webhook.verify(req.body, req.headers);
  keepOnce(req.headers["webhook-id"], message);
  res.sendStatus(204);
});`;

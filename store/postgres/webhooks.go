package postgres

import (
	"time"

	"lockhouse"
	"lockhouse/store"
)

const noWebhook = "There is no webhook."

func (t *tx) Webhook(shop lockhouse.ShopID) (lockhouse.Webhook, error) {
	if known, ok := t.seen.webhooks[shop]; ok {
		return *known, orNone(known.Shop != "", noWebhook, nil)
	}
	read := func(r *row) lockhouse.Webhook {
		return lockhouse.Webhook{Shop: lockhouse.ShopID(r.text()), URL: r.text(), Secret: r.blob()}
	}
	w, found, err := one(t, read, `SELECT shop, url, secret FROM webhooks WHERE shop = $1`, shop)
	if err == nil && t.writes {
		t.seen.keepWebhook(shop, w)
	}
	return w, orNone(found, noWebhook, err)
}

func (t *tx) PutWebhook(w lockhouse.Webhook) error {
	delete(t.seen.webhooks, w.Shop)
	return t.write(`INSERT INTO webhooks (shop, url, secret) VALUES ($1, $2, $3)
		ON CONFLICT (shop) DO UPDATE SET url = excluded.url, secret = excluded.secret`, w.Shop, w.URL, w.Secret)
}

func (t *tx) DeleteWebhook(shop lockhouse.ShopID) error {
	delete(t.seen.webhooks, shop)
	return t.change(noWebhook, `DELETE FROM webhooks WHERE shop = $1`, shop)
}

const deliveryColumns = `id, event, shop, kind, parcel, at, body, attempts, next_at, done_at, last_error`

func readDelivery(r *row) lockhouse.Delivery {
	return lockhouse.Delivery{ID: r.text(), Event: r.int64(), Shop: lockhouse.ShopID(r.text()), Kind: lockhouse.EventKind(r.text()),
		Parcel: lockhouse.ParcelID(r.text()), At: r.time(), Body: r.blob(), Attempts: r.attempts()}
}

func (t *tx) InsertDelivery(d lockhouse.Delivery) error {
	return t.writeAlike("", insertDeliveries, d.ID, d.Event, d.Shop, d.Kind, d.Parcel, d.At, d.Body, d.Count, d.NextAt, d.DoneAt, d.LastError)
}

var insertDeliveries = `INSERT INTO deliveries (` + deliveryColumns + `) SELECT * FROM ` + given(`id text`, `event bigint`, `shop text`, `kind text`,
	`parcel text`, `at bigint`, `body bytea`, `attempts bigint`, `next_at bigint`, `done_at bigint`, `last_error text`) + ` ON CONFLICT (event, shop) DO NOTHING`

// ShopsDue steps from shop to shop through the index, past whatever number of messages each has.
func (t *tx) ShopsDue(now time.Time, limit int) ([]lockhouse.ShopID, error) {
	read := func(r *row) lockhouse.ShopID { return lockhouse.ShopID(r.text()) }
	return all(t, read, `WITH RECURSIVE line (shop) AS (
			SELECT min(shop) FROM deliveries WHERE next_at > 0
			UNION ALL
			SELECT (SELECT min(shop) FROM deliveries WHERE next_at > 0 AND shop > line.shop) FROM line WHERE line.shop IS NOT NULL
		)
		SELECT shop FROM line WHERE shop IS NOT NULL
			AND EXISTS (SELECT 1 FROM deliveries d WHERE d.next_at > 0 AND d.next_at <= $1 AND d.shop = line.shop) LIMIT $2`, now, limit)
}

func (t *tx) DueDeliveries(shop lockhouse.ShopID, now time.Time, limit int) ([]lockhouse.Delivery, error) {
	return all(t, readDelivery, `SELECT `+deliveryColumns+` FROM deliveries
		WHERE shop = $1 AND next_at > 0 AND next_at <= $2 ORDER BY next_at LIMIT $3`, shop, now, limit)
}

func (t *tx) UpdateDelivery(id string, a lockhouse.Attempts, try lockhouse.Try) error {
	err := t.change("There is no such delivery.", `UPDATE deliveries SET attempts = $1, next_at = $2, done_at = $3, last_error = $4 WHERE id = $5`,
		a.Count, a.NextAt, a.DoneAt, a.LastError, id)
	if err != nil {
		return err
	}
	return t.write(`INSERT INTO tries (delivery, at, status, error, took_ms) VALUES ($1, $2, $3, $4, $5)`, id, try.At, try.Status, try.Error, try.TookMS)
}

func (t *tx) HastenDeliveries(after time.Time, by time.Duration) error {
	return t.write(`UPDATE deliveries SET next_at = next_at - $1 WHERE next_at > 0 AND next_at > $2`, by.Microseconds(), after)
}

func (t *tx) ListDeliveries(shop lockhouse.ShopID, p store.Page) ([]lockhouse.Delivery, error) {
	list, err := all(t, readDelivery, `SELECT `+deliveryColumns+` FROM deliveries
		WHERE shop = $1 AND ($2 = '' OR n < (SELECT n FROM deliveries WHERE id = $2)) ORDER BY n DESC LIMIT $3`, shop, p.After, most(p))
	if err != nil || len(list) == 0 {
		return list, err
	}
	return list, t.readTries(list)
}

// readTries reads the tries of all deliveries of a page in one question.
func (t *tx) readTries(list []lockhouse.Delivery) error {
	at := map[string]*lockhouse.Delivery{}
	ids := make([]string, len(list))
	for i := range list {
		ids[i], at[list[i].ID] = list[i].ID, &list[i]
	}
	return t.ask(statement{sql: `SELECT delivery, at, status, error, took_ms FROM tries WHERE delivery = ANY ($1) ORDER BY n`, args: []any{ids},
		read: func(r *row) {
			d := at[r.text()]
			d.Tries = append(d.Tries, lockhouse.Try{At: r.time(), Status: r.int(), Error: r.text(), TookMS: r.int64()})
		}})
}

package sqlite

import (
	"time"

	"lockhouse"
	"lockhouse/store"
)

const noWebhook = "There is no webhook."

func (t *tx) Webhook(shop lockhouse.ShopID) (lockhouse.Webhook, error) {
	read := func(r *row) lockhouse.Webhook {
		return lockhouse.Webhook{Shop: lockhouse.ShopID(r.text()), URL: r.text(), Secret: r.blob()}
	}
	return remembered(t, ofWebhooks, shop, func() (lockhouse.Webhook, error) {
		return must(t, noWebhook, read, `SELECT shop, url, secret FROM webhooks WHERE shop = ?`, shop)
	})
}

func (t *tx) PutWebhook(w lockhouse.Webhook) error {
	return t.conn.run(`INSERT INTO webhooks (shop, url, secret) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET url = excluded.url, secret = excluded.secret`, w.Shop, w.URL, w.Secret)
}

func (t *tx) DeleteWebhook(shop lockhouse.ShopID) error {
	return t.change(noWebhook, `DELETE FROM webhooks WHERE shop = ?`, shop)
}

const deliveryColumns = `id, event, shop, kind, parcel, at, body, attempts, next_at, done_at, last_error`

func readDelivery(r *row) lockhouse.Delivery {
	return lockhouse.Delivery{ID: r.text(), Event: r.int64(), Shop: lockhouse.ShopID(r.text()), Kind: lockhouse.EventKind(r.text()),
		Parcel: lockhouse.ParcelID(r.text()), At: r.time(), Body: r.blob(), Attempts: r.attempts()}
}

func (t *tx) InsertDelivery(d lockhouse.Delivery) error {
	return t.conn.run(`INSERT INTO deliveries (`+deliveryColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (event, shop) DO NOTHING`,
		d.ID, d.Event, d.Shop, d.Kind, d.Parcel, d.At, d.Body, d.Count, d.NextAt, d.DoneAt, d.LastError)
}

// ShopsDue steps from shop to shop through the index, past whatever number of messages each has.
func (t *tx) ShopsDue(now time.Time, limit int) ([]lockhouse.ShopID, error) {
	read := func(r *row) lockhouse.ShopID { return lockhouse.ShopID(r.text()) }
	return all(t, read, `WITH RECURSIVE line (shop) AS (
			SELECT min(shop) FROM deliveries WHERE next_at > 0
			UNION ALL
			SELECT (SELECT min(shop) FROM deliveries WHERE next_at > 0 AND shop > line.shop) FROM line WHERE line.shop IS NOT NULL
		)
		SELECT shop FROM line WHERE shop IS NOT NULL
			AND EXISTS (SELECT 1 FROM deliveries d WHERE d.next_at > 0 AND d.next_at <= ? AND d.shop = line.shop) LIMIT ?`, now, limit)
}

func (t *tx) DueDeliveries(shop lockhouse.ShopID, now time.Time, limit int) ([]lockhouse.Delivery, error) {
	return all(t, readDelivery, `SELECT `+deliveryColumns+` FROM deliveries
		WHERE shop = ? AND next_at > 0 AND next_at <= ? ORDER BY next_at LIMIT ?`, shop, now, limit)
}

func (t *tx) UpdateDelivery(id string, a lockhouse.Attempts, try lockhouse.Try) error {
	err := t.change("There is no such delivery.", `UPDATE deliveries SET attempts = ?, next_at = ?, done_at = ?, last_error = ? WHERE id = ?`,
		a.Count, a.NextAt, a.DoneAt, a.LastError, id)
	if err != nil {
		return err
	}
	return t.conn.run(`INSERT INTO tries (delivery, at, status, error, took_ms) VALUES (?, ?, ?, ?, ?)`, id, try.At, try.Status, try.Error, try.TookMS)
}

func (t *tx) HastenDeliveries(after time.Time, by time.Duration) error {
	return t.conn.run(`UPDATE deliveries SET next_at = next_at - ?1 WHERE next_at > ?2 AND next_at > 0`, by.Microseconds(), after)
}

func (t *tx) ListDeliveries(shop lockhouse.ShopID, p store.Page) ([]lockhouse.Delivery, error) {
	list, err := all(t, readDelivery, `SELECT `+deliveryColumns+` FROM deliveries
		WHERE shop = ?1 AND (?2 = '' OR n < (SELECT n FROM deliveries WHERE id = ?2)) ORDER BY n DESC LIMIT ?3`, shop, p.After, most(p))
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Tries, err = t.tries(list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (t *tx) tries(delivery string) ([]lockhouse.Try, error) {
	read := func(r *row) lockhouse.Try {
		return lockhouse.Try{At: r.time(), Status: r.int(), Error: r.text(), TookMS: r.int64()}
	}
	return all(t, read, `SELECT at, status, error, took_ms FROM tries WHERE delivery = ? ORDER BY n`, delivery)
}

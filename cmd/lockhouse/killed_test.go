package main

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/driver"

	"lockhouse"
	"lockhouse/app/network"
	"lockhouse/internal/longtest"
	"lockhouse/store"
	"lockhouse/store/postgres/pgtest"
)

// TestKilled kills the network at random moments, in the midst of everything, and starts it again: what it had acknowledged
// is there, what it counts is what is there, and everybody was told of everything, by one message each.
func TestKilled(t *testing.T) {
	const shops = 8
	for name, store := range map[string]func(*testing.T) string{
		"SQLite":     func(*testing.T) string { return "" },
		"PostgreSQL": func(t *testing.T) string { return fmt.Sprintf("store.url = %q\n", pgtest.URL(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 0))
			s := serveAs(t, setting{top: "allow_private_webhooks = true\n" + store(t)})
			shop := listen(t, s)
			c := gather(s, shops, seed)
			for range longtest.Or(3, 50) {
				c.untilAnswered(50)
				time.Sleep(time.Duration(random.IntN(900)) * time.Millisecond)
				s.check(s.process.Kill())
				s.start()
			}
			c.disperse()
			c.untilTold(shop)
			if forced := s.process.Stop(); forced {
				t.Error("it did not stop by itself")
			}
			c.nothingLost(shop)
		})
	}
}

// untilTold waits until the shop was told everything.
func (c *crowd) untilTold(shop *ear) {
	c.t.Helper()
	for end := time.Now().Add(2 * patience); len(shop.missing(c.announced)) > 0; time.Sleep(askAgain) {
		if time.Now().After(end) {
			missing := shop.missing(c.announced)
			c.t.Fatalf("%d messages never came, such as %v\n%s", len(missing), missing[0], c.process.Tail())
		}
	}
}

// nothingLost opens the store of the network that was stopped, and compares it with what everybody was told.
func (c *crowd) nothingLost(shop *ear) {
	c.t.Helper()
	if c.answers < 50 || len(c.announced) == 0 {
		c.t.Fatalf("%d answers and %d parcels: nothing was tried", c.answers, len(c.announced))
	}
	c.t.Logf("%d answers, %d holds, %d parcels, %d receipts; asked again %v", c.answers, len(c.holds), len(c.announced), len(c.receipts), c.refusals)
	if twice := shop.twice(); len(twice) > 0 {
		c.t.Errorf("said by two messages: %v", twice)
	}
	c.mailsOnce()
	n, config, err := settingsFlag{Config: c.config}.open(c.t.Context())
	c.check(err)
	c.check(n.Store().View(c.t.Context(), func(tx store.Tx) error {
		for _, check := range []func(store.Tx) error{c.holdsThere, c.parcelsThere, c.receiptsThere, c.allHeard} {
			if err := check(tx); err != nil {
				return err
			}
		}
		return nil
	}))
	c.check(n.Close())
	c.check(whole(config))
}

// holdsThere: each hold is as it was acknowledged, and the room of the site is what they keep.
func (c *crowd) holdsThere(tx store.Tx) error {
	today := lockhouse.DayOf(time.Now().UTC())
	want := map[lockhouse.Day]int{}
	for reference, is := range c.holds {
		h, err := tx.Hold(c.shop, reference)
		if err != nil || h.State != is {
			return fmt.Errorf("hold %s was acknowledged as %s and is %q: %w", reference, is, h.State, err)
		}
		for day := max(today, h.From); day <= h.Until && h.Keeps(time.Now()); day++ {
			want[day]++
		}
	}
	room, err := tx.Room("site_1")
	if err != nil {
		return err
	}
	for day := today; day < today+30; day++ {
		if kept := room.KeptOn(day).Of(1); kept != want[day] {
			return fmt.Errorf("on %s room is counted for %d, and holds keep it for %d", day, kept, want[day])
		}
	}
	return nil
}

// parcelsThere: each parcel was announced, stored and collected, once.
func (c *crowd) parcelsThere(tx store.Tx) error {
	for _, reference := range c.announced {
		p, err := tx.ParcelOfShop(c.shop, reference)
		if err != nil || p.State != lockhouse.ParcelCollected {
			return fmt.Errorf("parcel %s is %s: %w", reference, p.State, err)
		}
		line, err := tx.Timeline(p.ID)
		if err != nil {
			return err
		}
		times := map[lockhouse.EventKind]int{}
		for _, e := range line {
			times[e.Kind]++
		}
		if times[lockhouse.EventParcelAnnounced] != 1 || times[lockhouse.EventParcelDroppedOff] != 1 || times[lockhouse.EventParcelCollected] != 1 {
			return fmt.Errorf("parcel %s went through %v", reference, times)
		}
	}
	return nil
}

// receiptsThere: each receipt is there as it was signed, and has had its effect.
func (c *crowd) receiptsThere(tx store.Tx) error {
	applied, err := tx.AppliedThrough(c.locker.Noun.ID)
	if err != nil || applied != uint64(len(c.receipts)) {
		return fmt.Errorf("%d receipts were acknowledged and %d applied: %w", len(c.receipts), applied, err)
	}
	for i, signed := range c.receipts {
		r, err := tx.ReceiptAt(c.locker.Noun.ID, uint64(i+1))
		if err != nil || base64.RawURLEncoding.EncodeToString(r.Raw) != signed {
			return fmt.Errorf("receipt %d is not what was acknowledged: %w", i+1, err)
		}
	}
	return nil
}

// allHeard: no event waits for its listeners, and no two messages to the shop are of the same event.
func (c *crowd) allHeard(tx store.Tx) error {
	left, err := tx.Unheard(10)
	if err != nil || len(left) > 0 {
		return fmt.Errorf("%d events and more were not heard: %v %w", len(left), left, err)
	}
	seen := map[int64]bool{}
	for after, more := "", true; more; {
		page, err := tx.ListDeliveries(c.shop, store.Page{After: after, Limit: 200})
		if err != nil {
			return err
		}
		for _, d := range page {
			if seen[d.Event] {
				return fmt.Errorf("event %d has two messages", d.Event)
			}
			seen[d.Event], after = true, d.ID
		}
		more = len(page) > 0
	}
	return nil
}

// mailsOnce: of the mails that the mailbox still has, no two that say the same to the same person have different ids.
func (c *crowd) mailsOnce() {
	c.t.Helper()
	ids := map[string]string{}
	for _, m := range c.mailbox.Messages() {
		said := strings.Join(m.To, " ") + ": " + m.Subject
		if id, ok := ids[said]; ok && id != m.Name {
			c.t.Errorf("%q was sent as %s and as %s", said, id, m.Name)
		}
		ids[said] = m.Name
	}
}

// whole lets SQLite look through its file; a network on PostgreSQL has none.
func whole(config network.Config) error {
	if config.Store.URL != "" {
		return nil
	}
	db, err := driver.Open(filepath.Join(config.DataDir, "lockhouse.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	var said string
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&said); err != nil || said != "ok" {
		return fmt.Errorf("the file is damaged: %s %w", said, err)
	}
	return nil
}

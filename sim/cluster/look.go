package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Limits of the last look.
const (
	settleLimit  = 3 * time.Minute // for what is left to do; between two tries of a message lie up to 30 s
	eventsAtOnce = 1_000
	pageLimit    = 200
)

// look is what the store has, once nothing is left to do.
type look struct {
	holds      map[string]lockhouse.Hold   // by reference
	parcels    map[string]lockhouse.Parcel // by reference
	rooms      map[lockhouse.SiteID]store.SiteRoom
	events     []lockhouse.Event // all that were ever said, oldest first
	deliveries map[int64][]lockhouse.Delivery
	notices    map[lockhouse.ParcelID][]lockhouse.Notice
	applied    map[lockhouse.LockerID]uint64
	waiting    map[string]int // what is left to do, by what it is
}

// settled waits until nothing is left to do, and gives what the store has then.
func (c *Cluster) settled(ctx context.Context, entries []entry) (l look, err error) {
	for end := time.Now().Add(settleLimit); ; time.Sleep(time.Second) {
		err = c.store.View(ctx, func(tx store.Tx) error {
			l, err = c.lookAt(tx, entries)
			return err
		})
		if err == nil && len(l.waiting) == 0 {
			return l, nil
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return l, errors.Join(fmt.Errorf("after %s there is still left to do: %v", settleLimit, l.waiting), err)
		}
	}
}

func (c *Cluster) lookAt(tx store.Tx, entries []entry) (look, error) {
	l := look{holds: map[string]lockhouse.Hold{}, parcels: map[string]lockhouse.Parcel{}, rooms: map[lockhouse.SiteID]store.SiteRoom{},
		deliveries: map[int64][]lockhouse.Delivery{}, notices: map[lockhouse.ParcelID][]lockhouse.Notice{}, applied: map[lockhouse.LockerID]uint64{},
		waiting: map[string]int{}}
	for _, e := range entries {
		if err := l.lookAtReference(tx, c.shop, e); err != nil {
			return l, err
		}
	}
	for _, locker := range c.lockers {
		room, err := tx.RoomsOf(locker.site)
		if err != nil {
			return l, err
		}
		for _, r := range room {
			l.rooms[r.Site] = r
		}
		if l.applied[locker.paper.Noun.ID], err = tx.AppliedThrough(locker.paper.Noun.ID); err != nil {
			return l, err
		}
	}
	if err := l.lookAtEvents(tx); err != nil {
		return l, err
	}
	return l, l.lookAtDeliveries(tx, c.shop)
}

// lookAtReference reads a hold and its parcel, if there are any.
func (l *look) lookAtReference(tx store.Tx, shop lockhouse.ShopID, e entry) error {
	h, err := tx.Hold(shop, e.Reference)
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	l.holds[e.Reference] = h
	if e.Standing == left && h.State == lockhouse.HoldPlaced && !late(e, h) {
		l.waiting["holds to lapse"]++
	}
	if h.Parcel == "" {
		return nil
	}
	p, err := tx.Parcel(h.Parcel)
	if err != nil {
		return err
	}
	l.parcels[e.Reference] = p
	notices, err := tx.NoticesOf(p.ID)
	for _, n := range notices {
		if n.DoneAt.IsZero() && !n.NextAt.IsZero() {
			l.waiting["mails to send"]++
		}
	}
	l.notices[p.ID] = notices
	return err
}

func (l *look) lookAtEvents(tx store.Tx) error {
	unheard, err := tx.Unheard(eventsAtOnce)
	if err != nil {
		return err
	}
	if len(unheard) > 0 {
		l.waiting["events to hear"] = len(unheard)
	}
	for after := int64(0); ; after = l.events[len(l.events)-1].Seq {
		more, err := tx.EventsAfter(after, eventsAtOnce)
		if err != nil {
			return err
		}
		l.events = append(l.events, more...)
		if len(more) < eventsAtOnce {
			return nil
		}
	}
}

func (l *look) lookAtDeliveries(tx store.Tx, shop lockhouse.ShopID) error {
	for page := (store.Page{Limit: pageLimit}); ; {
		some, err := tx.ListDeliveries(shop, page)
		if err != nil {
			return err
		}
		for _, d := range some {
			l.deliveries[d.Event] = append(l.deliveries[d.Event], d)
			if d.DoneAt.IsZero() && !d.NextAt.IsZero() {
				l.waiting["webhook messages to send"]++
			}
		}
		if len(some) < pageLimit {
			return nil
		}
		page.After = some[len(some)-1].ID
	}
}

package checkout

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/estate/nearby"
	"lockhouse/internal/bell"
	"lockhouse/store"
)

// How the desk follows the store.
const (
	gatherFor    = 25 * time.Millisecond // after a look: a busy network is looked at forty times a second at most
	lookEvery    = time.Second           // although every write rings: for what another process or node wrote
	healWithin   = time.Hour             // in which every site is read again, said or not
	eventsAtOnce = 1_000
	sitesAtOnce  = 200
	lookBack     = 10_000 // events before the last one, among which one may still appear that began earlier
	tellEvery    = 100_000
)

// mark is how far the desk has followed.
type mark struct {
	event    int64 // the last event that was heard of
	version  int64 // of sites
	healed   lockhouse.SiteID
	healedAt time.Time
}

// Follow reads the store and then keeps up with it until ctx ends: whenever said rings, and once a second. Until the first reading
// is done there are no offers; later, while the store does not answer, they are those of before, and say so.
func (d *Desk) Follow(ctx context.Context, said bell.Bell, log *slog.Logger) {
	said.Answer(ctx, bell.Pace{Every: lookEvery, Rest: gatherFor}, func(ctx context.Context) error {
		if d.index.Load() == nil {
			return d.Read(ctx, log)
		}
		if err := d.CatchUp(ctx); err != nil {
			return err
		}
		return d.heal(ctx)
	}, func(err error) {
		log.Error("search: the store could not be read; it is tried again", slog.Any("error", err), slog.Time("as_of", d.AsOf()))
	})
}

// Read reads all sites and their rooms, in the place of what was known, and says now and then how far it is.
func (d *Desk) Read(ctx context.Context, log *slog.Logger) error {
	d.following.Lock()
	defer d.following.Unlock()
	began := d.Now()
	next := mark{healedAt: began}
	if err := d.Store.View(ctx, func(tx store.Tx) (err error) { next.event, next.version, err = ends(tx); return err }); err != nil {
		return err
	}
	var all []nearby.Place
	for after := lockhouse.SiteID(""); ; after = all[len(all)-1].Site.ID {
		some, err := d.read(ctx, after)
		if err != nil {
			return err
		}
		if all = append(all, some...); len(all)%tellEvery == 0 && len(some) > 0 {
			log.Info("search: reading sites", slog.Int("sites", len(all)))
		}
		if len(some) < sitesAtOnce {
			break
		}
	}
	index := nearby.New(d.ranks())
	index.Put(all...)
	d.mark = next
	d.asOf.Store(began.UnixMicro())
	d.index.Store(index)
	log.Info("search: ready", slog.Int("sites", len(all)), slog.Int64("took_ms", d.Now().Sub(began).Milliseconds()))
	return nil
}

// ends gives the ends of what is followed, before anything is read. An event may still appear before the last one, where several
// write at once; so the last ten thousand are heard of again.
func ends(tx store.Tx) (event, version int64, err error) {
	last, err := tx.Recent(lookBack)
	if err != nil {
		return 0, 0, err
	}
	if len(last) > 0 {
		event = last[len(last)-1].Seq - 1
	}
	version, err = tx.SitesVersion()
	return event, version, err
}

// read reads some sites by their ids, with their rooms.
func (d *Desk) read(ctx context.Context, after lockhouse.SiteID) (places []nearby.Place, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		sites, err := tx.ListSites(store.Page{After: string(after), Limit: sitesAtOnce})
		if err != nil {
			return err
		}
		places, err = d.furnish(tx, sites)
		return err
	})
	return places, err
}

// furnish looks up the rooms of sites. One without a locker yet has none.
func (d *Desk) furnish(tx store.Tx, sites []lockhouse.Site) ([]nearby.Place, error) {
	ids := make([]lockhouse.SiteID, len(sites))
	for i, s := range sites {
		ids[i] = s.ID
	}
	rooms := make(map[lockhouse.SiteID]capacity.Room, len(ids))
	for some := range slices.Chunk(ids, sitesAtOnce) {
		read, err := tx.RoomsOf(some...)
		if err != nil {
			return nil, err
		}
		for _, r := range read {
			rooms[r.Site] = r.Room
		}
	}
	first := capacity.FirstArrival(d.Now())
	places := make([]nearby.Place, len(sites))
	for i, s := range sites {
		places[i] = d.place(d.alike.share(s), rooms[s.ID], first)
	}
	return places, nil
}

// CatchUp takes in everything that was said since the last time. A desk that has read nothing yet reads it all.
func (d *Desk) CatchUp(ctx context.Context) error {
	if d.index.Load() == nil {
		return d.Read(ctx, slog.New(slog.DiscardHandler))
	}
	d.following.Lock()
	defer d.following.Unlock()
	for {
		more, err := d.hear(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// hear takes in some of what was said: the rooms of sites that events name, and sites that changed.
func (d *Desk) hear(ctx context.Context) (more bool, err error) {
	began, next := d.Now(), d.mark
	var rooms []store.SiteRoom
	var changed []nearby.Place
	err = d.Store.View(ctx, func(tx store.Tx) error {
		events, err := tx.EventsAfter(d.mark.event, eventsAtOnce)
		if err != nil {
			return err
		}
		if more = len(events) == eventsAtOnce; len(events) > 0 {
			next.event = events[len(events)-1].Seq
			if rooms, err = tx.RoomsOf(named(events)...); err != nil {
				return err
			}
		}
		if next.version, err = tx.SitesVersion(); err != nil || next.version == d.mark.version {
			return err
		}
		sites, err := tx.SitesSince(d.mark.version)
		if err != nil {
			return err
		}
		changed, err = d.furnish(tx, sites)
		return err
	})
	if err != nil {
		return false, err
	}
	d.takeRooms(rooms)
	d.take(changed)
	if d.mark = next; !more {
		d.asOf.Store(began.UnixMicro())
	}
	return more, nil
}

// named gives the sites that events name, each once.
func named(events []lockhouse.Event) (sites []lockhouse.SiteID) {
	seen := map[lockhouse.SiteID]bool{"": true}
	for _, e := range events {
		if !seen[e.Site] && !keepsRoom(e.Kind) {
			seen[e.Site] = true
			sites = append(sites, e.Site)
		}
	}
	return sites
}

// keepsRoom tells of the events that come most often and never change what a site has room for. It is no list that must be
// complete: reading a room once more does no harm.
func keepsRoom(kind lockhouse.EventKind) bool {
	switch kind {
	case lockhouse.EventHoldConfirmed, lockhouse.EventParcelInTransit, lockhouse.EventDoorAuthorised, lockhouse.EventDoorOpened,
		lockhouse.EventDoorShut, lockhouse.EventNoticeSent, lockhouse.EventNoticeFailed:
		return true
	}
	return false
}

// takeRooms writes rooms into the index. A site that is not there yet comes by its own version, with its room.
func (d *Desk) takeRooms(rooms []store.SiteRoom) {
	index, first := d.index.Load(), capacity.FirstArrival(d.Now())
	for _, r := range rooms {
		if site := index.Site(r.Site); site != nil {
			index.SetRoom(r.Site, d.room(site, r.Room, first))
		}
	}
}

// take writes places into the index: the room alone where the site is what it was.
func (d *Desk) take(places []nearby.Place) {
	index := d.index.Load()
	var changed []nearby.Place
	for _, p := range places {
		if known := index.Site(p.Site.ID); known != nil && reflect.DeepEqual(known, p.Site) {
			index.SetRoom(p.Site.ID, p.Room)
		} else {
			changed = append(changed, p)
		}
	}
	index.Put(changed...)
}

// heal reads a slice of the sites again, as many as it takes to come round within healWithin. It mends whatever nobody said, and
// lets the calendar go on: each site's days are counted anew before the oldest of them means another.
func (d *Desk) heal(ctx context.Context) error {
	d.following.Lock()
	defer d.following.Unlock()
	since := d.Now().Sub(d.mark.healedAt)
	if since < lookEvery && since >= 0 {
		return nil
	}
	d.mark.healedAt = d.Now()
	rounds := 1 + d.index.Load().Len()*int(lookEvery/time.Millisecond)/int(healWithin/time.Millisecond)/sitesAtOnce
	for range rounds {
		places, err := d.read(ctx, d.mark.healed)
		if err != nil {
			return err
		}
		d.take(places)
		if d.mark.healed = ""; len(places) == sitesAtOnce {
			d.mark.healed = places[len(places)-1].Site.ID
		}
	}
	return nil
}

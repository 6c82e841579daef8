package sqlite

import (
	"sync"

	"lockhouse"
)

// lasting remembers what every parcel's way asks for and what changes a few times in a year: sites, lockers, compartments,
// webhooks, read and decoded once for all connections. All of it is as the file had it at one version, a number that rises
// with every change (migrations/00009_lasting.sql). A transaction that sees another number asks the file, so each sees what
// its own snapshot has, and what another process changed too.
type lasting struct {
	mu       sync.RWMutex
	version  int64
	sites    map[lockhouse.SiteID]siteRow
	lockers  map[lockhouse.LockerID]lockhouse.Locker
	boxes    map[lockhouse.LockerID][]lockhouse.Compartment
	webhooks map[lockhouse.ShopID]lockhouse.Webhook
}

// maxRemembered of each kind; compartments are the largest, with some 8 kB for a locker of fifty.
const maxRemembered = 4_096

// seen is what a connection knows of the version within its transaction.
type seen struct {
	begun   int64 // when the transaction began, or 0 if nobody asked yet
	now     int64
	changes int64 // that the connection had made when it last looked
}

// settled gives the version that a transaction sees, and whether what it reads may be remembered. What it has changed itself,
// or its neighbours in the same commit, may yet come to nothing: then only the file knows.
func (c *conn) settled() (version int64, ok bool, err error) {
	if made := c.TotalChanges(); c.seen.begun == 0 || made != c.seen.changes {
		c.seen.changes = made
		if err := c.rows(`SELECT version FROM lasting`, func(r *row) { c.seen.now = r.int64() }); err != nil {
			return 0, false, err
		}
		if c.seen.begun == 0 {
			c.seen.begun = c.seen.now
		}
	}
	return c.seen.now, c.seen.now == c.seen.begun, nil
}

// remembered gives what is kept of a kind under a name, or has it read and keeps it. What it gives is shared.
func remembered[K comparable, V any](t *tx, kind func(*lasting) *map[K]V, name K, read func() (V, error)) (v V, err error) {
	version, settled, err := t.conn.settled()
	if err != nil {
		return v, err
	}
	if !settled {
		return read()
	}
	l := t.conn.lasting
	if v, ok := recall(l, kind, version, name); ok {
		return v, nil
	}
	if v, err = read(); err == nil {
		keep(l, kind, version, name, v)
	}
	return v, err
}

func recall[K comparable, V any](l *lasting, kind func(*lasting) *map[K]V, version int64, name K) (v V, ok bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.version != version {
		return v, false
	}
	v, ok = (*kind(l))[name]
	return v, ok
}

func keep[K comparable, V any](l *lasting, kind func(*lasting) *map[K]V, version int64, name K, v V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if version < l.version { // a reader with an old snapshot
		return
	}
	if version > l.version {
		l.version, l.sites, l.lockers, l.boxes, l.webhooks = version, nil, nil, nil, nil
	}
	all := kind(l)
	if *all == nil {
		*all = map[K]V{}
	}
	if len(*all) >= maxRemembered {
		for some := range *all { // any: what is needed comes back
			delete(*all, some)
			break
		}
	}
	(*all)[name] = v
}

// The kinds.
func ofSites(l *lasting) *map[lockhouse.SiteID]siteRow                   { return &l.sites }
func ofLockers(l *lasting) *map[lockhouse.LockerID]lockhouse.Locker      { return &l.lockers }
func ofBoxes(l *lasting) *map[lockhouse.LockerID][]lockhouse.Compartment { return &l.boxes }
func ofWebhooks(l *lasting) *map[lockhouse.ShopID]lockhouse.Webhook      { return &l.webhooks }

package postgres

import (
	"slices"
	"sync"

	"lockhouse"
)

// Bounds of what is remembered.
const (
	maxPlaces  = 10_000
	maxLockers = 20_000
)

// memory remembers sites as Updates have read them: most Updates ask for one, and it hardly ever changes. What is remembered is
// only good for a transaction if it is still so when that commits; the transaction looks (trust.check), so that nobody
// decides by what was. Whoever gets a site from here does not change what hangs on it.
type memory struct {
	mu    sync.RWMutex
	known map[lockhouse.SiteID]place

	// Lockers are where they were registered, for good; their keys are those of some time or other.
	lockers map[lockhouse.LockerID]lockhouse.Locker
}

func (p *memory) locker(id lockhouse.LockerID) (lockhouse.Locker, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	l, ok := p.lockers[id]
	return l, ok
}

func (p *memory) keepLocker(l lockhouse.Locker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lockers == nil || len(p.lockers) >= maxLockers {
		p.lockers = map[lockhouse.LockerID]lockhouse.Locker{}
	}
	p.lockers[l.ID] = l
}

// place is a site and which state of its row that was.
type place struct {
	lockhouse.Site
	state string
}

func (p *memory) get(id lockhouse.SiteID) (place, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	known, ok := p.known[id]
	return known, ok
}

func (p *memory) keep(site place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= maxPlaces {
		p.known = map[lockhouse.SiteID]place{}
	}
	p.known[site.ID] = site
}

func (p *memory) forget(id lockhouse.SiteID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.known, id)
}

// rowState names the state of a site's row: its version, and the transaction that wrote it, for a version may have been given
// before, to what was taken back.
const rowState = `version || ' ' || xmin::text`

// trust is that a site is as it was remembered.
type trust struct {
	site  lockhouse.SiteID
	state string
}

// remembered gives a site without asking, and trusts in it.
func (t *tx) remembered(id lockhouse.SiteID) (lockhouse.Site, bool) {
	if !t.writes || t.seen.moved {
		return lockhouse.Site{}, false
	}
	known, ok := t.memory.get(id)
	if in := (trust{id, known.state}); ok && !slices.Contains(t.trusts, in) {
		t.trusts = append(t.trusts, in)
	}
	return known.Site, ok
}

// check is a write that fails unless the site is as it was remembered. It travels with the others.
func (u trust) check(p *memory) statement {
	return statement{sql: stillSo, args: []any{u.site, u.state}, alike: true, row: string(u.site) + ` ` + u.state,
		fails: func(err error) error {
			if !hasCode(err, divisionByZero) {
				return err
			}
			p.forget(u.site)
			return errOvertaken
		}}
}

var stillSo = `SELECT 1 / (count(*) = cardinality($1))::int FROM ` + given(`k1 text`, `k2 text`) + ` JOIN sites ON id = k1 AND ` + rowState + ` = k2`

// confirm puts the checks before the writes, which may change the very site.
func (t *tx) confirm() {
	t.waits = append(t.inOrder(), t.waits...)
	for _, u := range t.trusts {
		t.waits = slices.Insert(t.waits, 0, u.check(t.memory))
	}
	t.trusts = nil
}

// betrayed tells whether a site is not as it was remembered.
func (t *tx) betrayed(ask func(statement) error) (is bool, err error) {
	for _, u := range t.trusts {
		found := false
		look := statement{sql: `SELECT 1 FROM sites WHERE id = $1 AND ` + rowState + ` = $2`, args: []any{u.site, u.state}, read: func(*row) { found = true }}
		if err := ask(look); err != nil {
			return false, err
		}
		if !found {
			t.memory.forget(u.site)
			return true, nil
		}
	}
	return false, nil
}

// Package fleet knows the lockers: which there are, how their doors stand, what fails, when each was last heard. And it
// is where their receipts arrive, whichever way they came: by the locker's own line, or carried by anybody's phone.
//
// Each receipt is kept once. Its effect happens once, strictly in the order in which the locker numbered them, in one
// transaction with the mark up to which that was done; so a receipt that comes twice does nothing the second time, and
// one that comes early waits for those before it. A receipt that the parcel's state does not allow is kept and said so,
// and the next one goes on: what a locker signed is never lost, and never blocks what it signs afterwards.
package fleet

import (
	"context"
	"crypto/ecdh"
	"strings"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Hear gives a receipt its effect, in the transaction in which it is marked as applied. It refuses, by a
// *lockhouse.Error and before it has written anything, what the state does not allow.
type Hear func(store.Tx, lockhouse.Receipt) error

// Desk is where lockers are known. Its fields are set once, by the assembly; Hears is the table of app/network/hears.go.
type Desk struct {
	Store   store.Store
	Now     func() time.Time
	Hears   map[lockhouse.ReceiptKind]Hear
	Issuers [][]byte          // by which lockers are to know the network; none: they are not told
	Agrees  ecdh.KeyExchanger // the issuer key, with which lockers agree on their next keys
	Told    func(Tally)       // told what came of each delivery of receipts; optional
}

// Register adds a locker with its compartments at a site that exists. One that is registered already is a conflict.
func (d *Desk) Register(ctx context.Context, l lockhouse.Locker, boxes []lockhouse.Compartment) error {
	return d.Store.Update(ctx, func(tx store.Tx) error { return d.Add(tx, l, boxes) })
}

// Add is Register within the caller's transaction.
func (d *Desk) Add(tx store.Tx, l lockhouse.Locker, boxes []lockhouse.Compartment) error {
	if err := checkLocker(l, boxes); err != nil {
		return err
	}
	if _, err := tx.Site(l.Site); err != nil {
		return err
	}
	if err := tx.InsertLocker(l, boxes); err != nil {
		return err
	}
	if err := atSite(tx, l.Site); err != nil {
		return err
	}
	return tx.Say(lockhouse.Event{Kind: lockhouse.EventRoomChanged, At: lockhouse.AsKept(d.Now()), Site: l.Site, Locker: l.ID})
}

// maxAgentBytes bounds what is kept of an agent's word on its version.
const maxAgentBytes = 64

// Heard notes that a locker's line is up, for how long it was not, and which version of its agent it says it runs.
func (d *Desk) Heard(ctx context.Context, locker lockhouse.LockerID, agent string) error {
	now := d.Now()
	return d.Store.Update(ctx, func(tx store.Tx) error {
		was, err := tx.Heard(locker)
		if err != nil {
			return err
		}
		if err := missed(tx, locker, was, now); err != nil {
			return err
		}
		if err := runs(tx, locker, strings.ToValidUTF8(agent[:min(len(agent), maxAgentBytes)], "")); err != nil {
			return err
		}
		return tx.SetHeard(locker, now)
	})
}

func runs(tx store.Tx, locker lockhouse.LockerID, agent string) error {
	was, err := tx.AgentVersion(locker)
	if err != nil || was == agent {
		return err
	}
	return tx.SetAgentVersion(locker, agent)
}

// Standing is a locker as it was last heard.
type Standing struct {
	Locker       lockhouse.Locker
	Compartments []lockhouse.Compartment
	Doors        map[int]lockhouse.Door
	Parcels      []lockhouse.Parcel // inside it
	HeardAt      time.Time          // zero when never
	Fault        string             // "" when there is none
	// Desired is the version of how it is to be, Actual the one that it says it keeps to; 0 for none.
	Desired, Actual uint64
	Channel         string // of new versions of its agent; "" for as it is set up
	Agent           string // the version that it says it runs; "" while it has said none
	Panel           lockhouse.Panel
	Retirement      lockhouse.Retirement
	Keys            lockhouse.Rekeying
}

// StandingsAt gives the lockers of a site.
func (d *Desk) StandingsAt(ctx context.Context, site lockhouse.SiteID) (all []Standing, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		lockers, err := tx.LockersAt(site)
		if err != nil {
			return err
		}
		for _, l := range lockers {
			s, err := standing(tx, l)
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		return nil
	})
	return all, err
}

func standing(tx store.Tx, l lockhouse.Locker) (s Standing, err error) {
	s.Locker = l
	if s.Compartments, err = tx.Compartments(l.ID); err != nil {
		return s, err
	}
	doors, err := tx.Doors(l.ID)
	if err != nil {
		return s, err
	}
	if s.Parcels, err = tx.ParcelsIn(l.ID); err != nil {
		return s, err
	}
	if s.HeardAt, err = tx.Heard(l.ID); err != nil {
		return s, err
	}
	if s.Desired, s.Actual, err = tx.DesiredVersions(l.ID); err != nil {
		return s, err
	}
	if s.Channel, err = tx.UpdateChannel(l.ID); err != nil {
		return s, err
	}
	if s.Agent, err = tx.AgentVersion(l.ID); err != nil {
		return s, err
	}
	if s.Panel, err = tx.Panel(l.ID); err != nil {
		return s, err
	}
	if s.Retirement, err = tx.Retirement(l.ID); err != nil {
		return s, err
	}
	if s.Keys, err = tx.Rekeying(l.ID); err != nil {
		return s, err
	}
	s.Fault, err = tx.Fault(l.ID)
	s.Doors = doorsNow(doors, s.Compartments, s.Fault)
	return s, err
}

// Fault hears a locker say that a board does not answer, that it does again, or that the agent started.
func (d *Desk) Fault(tx store.Tx, r lockhouse.Receipt) error {
	kind, fault := lockhouse.EventLockerStarted, ""
	switch r.Kind {
	case lockhouse.ReceiptBoardFault:
		kind, fault = lockhouse.EventLockerFault, faultBoard
	case lockhouse.ReceiptBoardHealed:
		kind = lockhouse.EventLockerHealed
	}
	if r.Kind != lockhouse.ReceiptStarted { // starting heals nothing
		if _, err := setFault(tx, r.Locker, fault); err != nil {
			return err
		}
	}
	return d.say(tx, kind, r, fault)
}

func (d *Desk) say(tx store.Tx, kind lockhouse.EventKind, r lockhouse.Receipt, note string) error {
	locker, err := tx.Locker(r.Locker)
	if err != nil {
		return err
	}
	return tx.Say(lockhouse.Event{Kind: kind, At: r.Moment(d.Now()), Site: locker.Site, Locker: r.Locker, Compartment: r.Compartment, Note: note})
}

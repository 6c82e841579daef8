package fleet

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// SetOutOfService takes a compartment out of what can be promised, or puts it back, and gives how its locker stands then.
// That the locker is to know of it, its desired state says, which has a higher version now. Twice is as good as once.
func (d *Desk) SetOutOfService(ctx context.Context, locker lockhouse.LockerID, number int, out bool) (s Standing, err error) {
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		l, err := tx.Locker(locker)
		if err != nil {
			return err
		}
		if err := d.setOutOfService(tx, l, number, out); err != nil {
			return err
		}
		s, err = standing(tx, l)
		return err
	})
	return s, err
}

func (d *Desk) setOutOfService(tx store.Tx, l lockhouse.Locker, number int, out bool) error {
	version, _, err := tx.DesiredVersions(l.ID)
	if err != nil {
		return err
	}
	before, err := tx.Compartments(l.ID)
	if err != nil {
		return err
	}
	for _, c := range before {
		if c.Number == number && c.OutOfService == out {
			return nil
		}
	}
	if err := tx.SetOutOfService(l.ID, number, out); err != nil {
		return err
	}
	if err := tx.SetDesiredVersion(l.ID, version+1); err != nil {
		return err
	}
	return tx.Say(lockhouse.Event{Kind: lockhouse.EventRoomChanged, At: lockhouse.AsKept(d.Now()), Site: l.Site, Locker: l.ID, Compartment: number})
}

// SetChannel says from where a locker is to take new versions of its agent, "" for as it is set up, and gives how the locker stands then. Twice
// is as good as once.
func (d *Desk) SetChannel(ctx context.Context, locker lockhouse.LockerID, channel string) (s Standing, err error) {
	if err := lockhouse.CheckChannel(channel); err != nil {
		return s, err
	}
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		l, err := tx.Locker(locker)
		if err != nil {
			return err
		}
		if err := setChannel(tx, locker, channel); err != nil {
			return err
		}
		s, err = standing(tx, l)
		return err
	})
	return s, err
}

func setChannel(tx store.Tx, locker lockhouse.LockerID, channel string) error {
	before, err := tx.UpdateChannel(locker)
	if err != nil || before == channel {
		return err
	}
	version, _, err := tx.DesiredVersions(locker)
	if err != nil {
		return err
	}
	if err := tx.SetUpdateChannel(locker, channel); err != nil {
		return err
	}
	return tx.SetDesiredVersion(locker, version+1)
}

// Desired gives how a locker is to be, and when that was said: now. Its version is 0 where nothing was ever asked of it; then it says in
// which zone it is, and no more.
func (d *Desk) Desired(ctx context.Context, locker lockhouse.LockerID) (want lockhouse.Desired, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		want = lockhouse.Desired{At: d.Now()}
		if want.Zone, err = zoneOf(tx, locker); err != nil {
			return err
		}
		if want.Version, _, err = tx.DesiredVersions(locker); err != nil || want.Version == 0 {
			return err
		}
		want.Issuers = d.Issuers
		if want.Channel, err = tx.UpdateChannel(locker); err != nil {
			return err
		}
		boxes, err := tx.Compartments(locker)
		for _, c := range boxes { // which come in the order of their numbers
			if c.OutOfService {
				want.OutOfService = append(want.OutOfService, c.Number)
			}
		}
		if err != nil {
			return err
		}
		want.Revoked, err = revocationsNow(tx, locker, d.Now())
		return err
	})
	return want, err
}

// zoneOf gives the zone of a locker's site; "" for what can't be said.
func zoneOf(tx store.Tx, locker lockhouse.LockerID) (string, error) {
	l, err := tx.Locker(locker)
	if err != nil {
		return "", err
	}
	s, err := tx.Site(l.Site)
	if err != nil || lockhouse.CheckZone(s.Zone) != nil {
		return "", err
	}
	return s.Zone, nil
}

// silentS is how long a line that is up may be without a word.
const silentS = 90

// Astray tells whether a locker's own line does not bring it what the network has to say: it is down, or the locker has not taken it.
func (d *Desk) Astray(ctx context.Context, locker lockhouse.LockerID) (astray bool, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		heard, err := tx.Heard(locker)
		if err != nil {
			return err
		}
		desired, actual, err := tx.DesiredVersions(locker)
		astray = desired != actual || d.Now().Sub(heard) > silentS*time.Second
		return err
	})
	return astray, err
}

// maxVersion is the highest version that is believed of a locker. Operators don't come near it; a locker that says more than it
// was ever told must not use up the numbers, or what it is to be could not be changed any more.
const maxVersion = 1 << 52

// actual hears which version a locker says it keeps to, and tells whether that is not the one it is to. A locker that is
// ahead of us was told by a network that we have forgotten, as when a backup was restored: then what we want has the next
// version, or it would never be heard.
func actual(tx store.Tx, locker lockhouse.LockerID, version uint64) (behind bool, err error) {
	desired, was, err := tx.DesiredVersions(locker)
	if err != nil || version > maxVersion {
		return false, err
	}
	if version > desired {
		desired = version + 1
		if err := tx.SetDesiredVersion(locker, desired); err != nil {
			return false, err
		}
	}
	if version != was {
		err = tx.SetActualVersion(locker, version)
	}
	return version != desired, err
}

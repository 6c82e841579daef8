package fleet

import (
	"context"
	"encoding/hex"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Revoke takes grants back at a locker before their end: the one of that id, or all that the phone of that thumbprint has until now;
// or, by a parcel's ref, its PIN and passes of until now.
// Until is when the last of them would end. It works within the caller's transaction; the locker learns of it from its desired state,
// which has a higher version now. A locker keeps lockhouse.MaxRevocations at a time: one more is too_many, and none is forgotten for it.
func (d *Desk) Revoke(tx store.Tx, locker lockhouse.LockerID, name [8]byte, until time.Time) error {
	now := lockhouse.AsKept(d.Now())
	l, err := tx.Locker(locker)
	if err != nil {
		return err
	}
	version, _, err := tx.DesiredVersions(locker)
	if err != nil {
		return err
	}
	if err := d.hasRoom(tx, locker, name, now); err != nil {
		return err
	}
	if err := tx.Revoke(locker, lockhouse.Revocation{Name: name, At: now, Until: until}); err != nil {
		return err
	}
	if err := tx.SetDesiredVersion(locker, version+1); err != nil {
		return err
	}
	return tx.Say(lockhouse.Event{Kind: lockhouse.EventRevoked, At: now, Site: l.Site, Locker: locker, Note: hex.EncodeToString(name[:])})
}

func (d *Desk) hasRoom(tx store.Tx, locker lockhouse.LockerID, name [8]byte, now time.Time) error {
	good, err := revocationsNow(tx, locker, now)
	if err != nil || len(good) < lockhouse.MaxRevocations {
		return err
	}
	for _, r := range good {
		if r.Name == name {
			return nil
		}
	}
	return lockhouse.Refuse(lockhouse.CodeTooMany, "This locker keeps %d revocations already. The next of them ends by itself; take the locker out of service, or ask again then.",
		lockhouse.MaxRevocations)
}

// revocationsNow gives those that are not over.
func revocationsNow(tx store.Tx, locker lockhouse.LockerID, now time.Time) (good []lockhouse.Revocation, err error) {
	kept, err := tx.Revocations(locker)
	for _, r := range kept {
		if !now.Before(r.Until) {
			continue
		}
		gone, failed := isGone(tx, locker, r)
		if failed != nil {
			return nil, failed
		}
		if !gone {
			good = append(good, r)
		}
	}
	return good, err
}

// isGone tells whether a revocation is about a parcel's PIN and passes, and the parcel does not lie there any more.
func isGone(tx store.Tx, locker lockhouse.LockerID, r lockhouse.Revocation) (bool, error) {
	p, err := tx.ParcelByRef(lockhouse.ParcelRef(r.Name))
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return false, nil
	}
	return err == nil && (p.Locker != locker || !p.Inside()), err
}

// RevokeAt is Revoke in a transaction of its own, and gives how the locker stands then.
func (d *Desk) RevokeAt(ctx context.Context, locker lockhouse.LockerID, name [8]byte, until time.Time) (s Standing, err error) {
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		if err := d.Revoke(tx, locker, name, until); err != nil {
			return err
		}
		l, err := tx.Locker(locker)
		if err != nil {
			return err
		}
		s, err = standing(tx, l)
		return err
	})
	return s, err
}

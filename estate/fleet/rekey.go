package fleet

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strconv"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

// A locker changes its keyset without a visit. Somebody asks for it (Rekey); on its line the locker is told to make the next one, and
// says by a card which that is (Card); told that it is known, the locker switches, and with its first call under the new keys the
// network takes them for the present ones (Rekeyed). The former ones are taken until they are forgotten (ForgetFormer). Which of these
// comes next, the store alone says (Owed), so that each word may be lost, and is said again.

// Keys gives where a locker stands with its keysets, and up to which number its receipts have had their effect.
func (d *Desk) Keys(ctx context.Context, locker lockhouse.LockerID) (r lockhouse.Rekeying, applied uint64, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		if r, err = tx.Rekeying(locker); err != nil {
			return err
		}
		applied, err = tx.AppliedThrough(locker)
		return err
	})
	return r, applied, err
}

// rekeying changes where a locker stands with its keysets. What stays as it was is not written: a locker says for good that it has changed.
func (d *Desk) rekeying(ctx context.Context, locker lockhouse.LockerID, change func(store.Tx, *lockhouse.Rekeying) error) (r lockhouse.Rekeying, err error) {
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		if r, err = tx.Rekeying(locker); err != nil {
			return err
		}
		was := r
		if err := change(tx, &r); err != nil || reflect.DeepEqual(was, r) {
			return err
		}
		return tx.SetRekeying(locker, r)
	})
	return r, err
}

// Rekey asks a locker for a next keyset. Twice is as good as once; anew forgets a card that came, and asks again: where two came that
// disagree, somebody has to look first. While a former keyset is taken it is a conflict, and so it is for a locker that was retired.
func (d *Desk) Rekey(ctx context.Context, locker lockhouse.LockerID, anew bool) (lockhouse.Rekeying, error) {
	return d.rekeying(ctx, locker, func(tx store.Tx, r *lockhouse.Rekeying) error {
		retirement, err := tx.Retirement(locker)
		if err != nil {
			return err
		}
		if !retirement.AskedAt.IsZero() {
			return lockhouse.Refuse(lockhouse.CodeConflict, "This locker was retired; its keys are to be forgotten, not changed.")
		}
		if r.TakesFormer() {
			return lockhouse.Refuse(lockhouse.CodeConflict, "The last change is not over: the locker still takes its former keys, until %s. Wait, or have it forget them with 'lockhouse locker forget-keys --force'.",
				r.ChangedAt.Add(lockhouse.MaxFormerLife).UTC().Format(time.DateOnly))
		}
		if r.AskedAt.IsZero() {
			r.AskedAt = lockhouse.AsKept(d.Now())
		}
		if anew {
			r.Next = lockhouse.Keyset{}
		}
		return nil
	})
}

// RekeyAll asks every locker that Rekey would not refuse, and gives how many are asked and have not changed yet.
func (d *Desk) RekeyAll(ctx context.Context) (asked int, err error) {
	if err := d.Store.Update(ctx, func(tx store.Tx) error { return tx.AskAllToRekey(lockhouse.AsKept(d.Now())) }); err != nil {
		return 0, err
	}
	err = d.Store.View(ctx, func(tx store.Tx) error { asked, err = tx.LockersAskedToRekey(); return err })
	return asked, err
}

// Card hears which keyset a locker has next, and gives what it is to be told now: to switch to it; or, where that is the present one
// already, to forget the one before; "" for nothing. A card that nobody asked for changes nothing. Two that disagree are a fault that
// somebody has to look at: the locker's present keys are in two hands.
func (d *Desk) Card(ctx context.Context, locker lockhouse.LockerID, card []byte) (lockhouse.Command, error) {
	name, agrees := credential.KeysetNameOf(card), true
	r, err := d.rekeying(ctx, locker, func(tx store.Tx, r *lockhouse.Rekeying) error {
		if name == r.Next.Name || name == r.Present.Name || r.AskedAt.IsZero() {
			return nil
		}
		next, err := credential.VerifyKeyCard(locker, r.Present, d.Agrees, card)
		if err != nil {
			return lockhouse.Refuse(lockhouse.CodeMalformed, "This is no card of this locker's next keys.").Because(err)
		}
		if agrees = !r.Known() || sameKeys(r.Next, next); !agrees {
			return d.broken(tx, lockhouse.Receipt{Locker: locker, At: d.Now(), Quality: lockhouse.TimeGood}, faultKeysets)
		}
		r.Next = next
		return nil
	})
	if err != nil || !agrees {
		return lockhouse.Command{}, err
	}
	switch {
	case r.Known() && name == r.Next.Name:
		return lockhouse.Command{Locker: locker, Verb: lockhouse.CommandSwitch, Keyset: name}, nil
	case name == r.Present.Name && !r.TakesFormer():
		return lockhouse.Command{Locker: locker, Verb: lockhouse.CommandForget, Keyset: name}, nil
	}
	return lockhouse.Command{}, nil
}

// sameKeys tells whether two cards name the same keys, agreed on with different issuer keys perhaps: then the later one counts.
func sameKeys(a, b lockhouse.Keyset) bool {
	return bytes.Equal(a.Static, b.Static) && bytes.Equal(a.Receipt, b.Receipt)
}

// Rekeyed hears a locker say, with the receipt key of the keyset that was its next, that it uses it: that is the present one from now on,
// and the one before is taken until it is forgotten. Said again, it changes nothing. A keyset that is not known here is refused as malformed,
// and a fault of the locker's until it is.
func (d *Desk) Rekeyed(ctx context.Context, locker lockhouse.LockerID, statement []byte) error {
	err := d.rekeyed(ctx, locker, statement)
	if lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
		return err
	}
	return errors.Join(err, d.Store.Update(ctx, func(tx store.Tx) error {
		return d.broken(tx, lockhouse.Receipt{Locker: locker, At: d.Now(), Quality: lockhouse.TimeGood}, faultUnknownKeys)
	}))
}

func (d *Desk) rekeyed(ctx context.Context, locker lockhouse.LockerID, statement []byte) error {
	_, err := d.rekeying(ctx, locker, func(tx store.Tx, r *lockhouse.Rekeying) error {
		if said, err := credential.VerifyRekeyed(r.Present.Receipt, statement); err == nil && said.Keyset == r.Present.Name {
			return d.keysKnown(tx, locker)
		}
		said, err := credential.VerifyRekeyed(r.Next.Receipt, statement)
		if err != nil || said.Locker != locker || said.Keyset != r.Next.Name {
			return lockhouse.Refuse(lockhouse.CodeMalformed, "This locker uses keys that are not known.").Because(err)
		}
		l, err := tx.Locker(locker)
		if err != nil {
			return err
		}
		now := lockhouse.AsKept(d.Now())
		*r = lockhouse.Rekeying{Number: r.Number + 1, Present: r.Next, ChangedAt: now, Former: r.Present, Through: said.Through}
		if err := d.keysKnown(tx, locker); err != nil {
			return err
		}
		return tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerRekeyed, At: now, Site: l.Site, Locker: locker, Note: strconv.Itoa(r.Number)})
	})
	return err
}

// keysKnown ends the fault that a locker's keys are not known.
func (d *Desk) keysKnown(tx store.Tx, locker lockhouse.LockerID) error {
	fault, err := tx.Fault(locker)
	if err != nil || fault != faultUnknownKeys {
		return err
	}
	if err := tx.SetFault(locker, ""); err != nil {
		return err
	}
	return d.say(tx, lockhouse.EventLockerHealed, lockhouse.Receipt{Locker: locker, At: d.Now(), Quality: lockhouse.TimeGood}, faultUnknownKeys)
}

// ForgetFormer ends what a locker's former keyset is worth. It is a conflict while a grant may be good that was made for it, unless
// forced: after a theft. Its receipt key is known on for receipts that are still missing, and for no other. Twice is as good as once.
func (d *Desk) ForgetFormer(ctx context.Context, locker lockhouse.LockerID, forced bool) (lockhouse.Rekeying, error) {
	return d.rekeying(ctx, locker, func(_ store.Tx, r *lockhouse.Rekeying) error {
		if !r.AskedAt.IsZero() {
			return lockhouse.Refuse(lockhouse.CodeConflict, "The locker has not changed its keys yet: it does so at its next contact, while nobody is at it.")
		}
		if until := r.ChangedAt.Add(lockhouse.MaxFormerLife); r.TakesFormer() && !forced && d.Now().Before(until) {
			return lockhouse.Refuse(lockhouse.CodeConflict, "Passes and PINs that were printed for the former keys may be good until %s. Wait, or force it.", until.UTC().Format(time.DateOnly))
		}
		r.Former = lockhouse.Keyset{Receipt: r.Former.Receipt}
		return nil
	})
}

// Owed gives what a locker is to be told next about its keysets, which says whether it takes a former one; "" for nothing. A former
// keyset whose time is over is forgotten by that.
func (d *Desk) Owed(ctx context.Context, locker lockhouse.LockerID, takesFormer bool) (lockhouse.Command, error) {
	r, fault, err := d.keysAndFault(ctx, locker)
	if err != nil {
		return lockhouse.Command{}, err
	}
	if takesFormer && mayShow(r, fault) {
		return lockhouse.Command{Locker: locker, Verb: lockhouse.CommandShow}, nil
	}
	if r.TakesFormer() && !d.Now().Before(r.ChangedAt.Add(lockhouse.MaxFormerLife)) {
		if r, err = d.ForgetFormer(ctx, locker, false); err != nil {
			return lockhouse.Command{}, err
		}
	}
	return owed(locker, r, takesFormer, d.Now()), nil
}

// knownToldMin is for how long after a change a locker is told that its present keyset is known. It needs to hear it once, and says nothing of
// whether it has; one that does not in all that time has to be asked by an operator, should the store ever be set back.
const knownToldMin = 10

// owed decides it. A locker that is asked for another keyset is asked for its card until it has changed, although one is known: that may have
// come from a thief who was quicker, or have been replaced since. It is told to switch when it has said the one that is known. While it takes
// a former keyset it says its last card again: it was not told to forget yet, or the store was set back to before that change.
func owed(locker lockhouse.LockerID, r lockhouse.Rekeying, takesFormer bool, now time.Time) lockhouse.Command {
	c := lockhouse.Command{Locker: locker}
	switch {
	case !r.AskedAt.IsZero():
		c.Verb = lockhouse.CommandRekey
	case r.TakesFormer() && now.Sub(r.ChangedAt) < knownToldMin*time.Minute:
		c.Verb, c.Keyset = lockhouse.CommandKnown, r.Present.Name
	case takesFormer && r.Number > 0 && !r.TakesFormer():
		c.Verb, c.Keyset = lockhouse.CommandForget, r.Present.Name
	}
	return c
}

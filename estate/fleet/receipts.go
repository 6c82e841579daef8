package fleet

import (
	"context"
	"errors"
	"slices"

	"lockhouse"
	"lockhouse/store"
)

// Limits of one delivery of receipts.
const (
	MaxReceiptsPerCall = 256
	MaxReceiptBytes    = 1_024  // one receipt as it was signed
	MaxReceiptsAhead   = 10_000 // beyond the last that was applied
	appliedAtOnce      = 64     // in one transaction
)

// Tally says what came of a delivery of receipts.
type Tally struct {
	Fresh      int    // kept now, for the first time
	Duplicate  int    // here already
	Conflicted int    // here already with other content: the locker contradicts itself, and has a fault now
	Applied    uint64 // the number up to which the locker's receipts have had their effect
	Waiting    int    // kept, but beyond a gap
}

// Accept keeps a locker's receipts, whose signatures the caller has verified, and applies what is next in order. Giving
// the same receipts again is as good as giving them once.
func (d *Desk) Accept(ctx context.Context, locker lockhouse.LockerID, receipts []store.SignedReceipt) (Tally, error) {
	return d.accept(ctx, locker, receipts, refusedAhead)
}

// ahead says from which number on MaxReceiptsAhead counts, for receipts that are too far from the last that was applied.
type ahead func(tx store.Tx, first lockhouse.Receipt, applied uint64) (from uint64, err error)

func refusedAhead(_ store.Tx, _ lockhouse.Receipt, applied uint64) (uint64, error) {
	return applied, nil
}

// skipped counts from the far side of a gap that nothing can fill.
func skipped(tx store.Tx, first lockhouse.Receipt, applied uint64) (uint64, error) {
	next, err := tx.ReceiptsAfter(first.Locker, applied, 1)
	if err != nil || len(next) == 0 {
		return first.Seq, err
	}
	return next[0].Seq, nil
}

func (d *Desk) accept(ctx context.Context, locker lockhouse.LockerID, receipts []store.SignedReceipt, from ahead) (t Tally, err error) {
	if err := checkDelivery(locker, receipts); err != nil {
		return t, err
	}
	more, err := d.keepAndApply(ctx, locker, receipts, from, &t)
	for more && err == nil { // ends at a gap or with the last receipt
		more, err = d.apply(ctx, locker, &t)
	}
	if err == nil && d.Told != nil {
		d.Told(t)
	}
	return t, err
}

// AcceptOwn accepts what a locker brings on its own line, where it gives all that it has beyond the last that was applied, in
// order and in pieces. What is missing before a piece ends it does not have any more: this network was restored from a backup,
// and the backup is older than the locker's memory. Somebody has to look before what waits behind the gap may have its effect
// (Acknowledge). What phones carried here before its turn waits behind no gap: the next pieces bring what is between.
func (d *Desk) AcceptOwn(ctx context.Context, locker lockhouse.LockerID, receipts []store.SignedReceipt) (Tally, error) {
	t, err := d.accept(ctx, locker, receipts, skipped)
	if err != nil || len(receipts) == 0 || t.Applied >= receipts[len(receipts)-1].Seq {
		return t, err
	}
	return t, d.Store.Update(ctx, func(tx store.Tx) error { return d.broken(tx, receipts[0].Receipt, faultGap) })
}

// keepAndApply does both in one transaction: what a locker brings is nearly always what comes next. When an effect fails,
// the receipts are kept without any: their effects are tried again at the next delivery.
func (d *Desk) keepAndApply(ctx context.Context, locker lockhouse.LockerID, receipts []store.SignedReceipt, from ahead, t *Tally) (more bool, err error) {
	failed := false
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		*t = Tally{}
		applied, err := d.keep(tx, locker, receipts, from, t)
		if err != nil {
			return err
		}
		if next := comesNext(receipts, applied); t.Fresh == len(receipts) && len(next) > 0 {
			more, err = d.applyNext(tx, next, t)
		} else {
			more, err = d.applyAfter(tx, locker, applied, t)
		}
		failed = err != nil
		return err
	})
	if !failed {
		return more, err
	}
	return false, errors.Join(err, d.Store.Update(ctx, func(tx store.Tx) error {
		*t = Tally{}
		_, err := d.keep(tx, locker, receipts, from, t)
		return err
	}))
}

// keep writes the receipts down, each once, and gives the number up to which the locker's have had their effect.
func (d *Desk) keep(tx store.Tx, locker lockhouse.LockerID, receipts []store.SignedReceipt, from ahead, t *Tally) (applied uint64, err error) {
	if applied, err = tx.AppliedThrough(locker); err != nil {
		return 0, err
	}
	start := applied
	for _, r := range receipts {
		if r.Seq > start+MaxReceiptsAhead {
			if start, err = from(tx, receipts[0].Receipt, applied); err != nil {
				return 0, err
			}
		}
		if r.Seq > start+MaxReceiptsAhead {
			return 0, tooFarAhead(r.Seq, applied)
		}
		if err := d.keepOne(tx, r, t); err != nil {
			return 0, err
		}
	}
	return applied, nil
}

func (d *Desk) keepOne(tx store.Tx, r store.SignedReceipt, t *Tally) error {
	fresh, err := tx.InsertReceipt(r.Receipt, r.Raw)
	switch {
	case lockhouse.CodeOf(err) == lockhouse.CodeConflict:
		t.Conflicted++
		return d.broken(tx, r.Receipt, faultContradiction)
	case err != nil:
		return err
	case fresh:
		t.Fresh++
	default:
		t.Duplicate++
	}
	return nil
}

// apply gives the next receipts in order their effect and tells whether there may be more.
func (d *Desk) apply(ctx context.Context, locker lockhouse.LockerID, t *Tally) (more bool, err error) {
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		applied, err := tx.AppliedThrough(locker)
		if err != nil {
			return err
		}
		more, err = d.applyAfter(tx, locker, applied, t)
		return err
	})
	return more, err
}

func (d *Desk) applyAfter(tx store.Tx, locker lockhouse.LockerID, applied uint64, t *Tally) (more bool, err error) {
	t.Applied = applied
	next, err := tx.ReceiptsAfter(locker, applied, appliedAtOnce)
	if err != nil {
		return false, err
	}
	line := inLine(next, applied)
	t.Waiting = len(next) - len(line)
	if len(line) == 0 {
		return false, nil
	}
	t.Applied = line[len(line)-1].Seq
	return len(line) == appliedAtOnce, d.applyLine(tx, line)
}

// applyNext does the same with receipts that were kept just now and need not be read again, and goes on with those that
// had come before and waited for them.
func (d *Desk) applyNext(tx store.Tx, line []store.SignedReceipt, t *Tally) (more bool, err error) {
	last := line[len(line)-1]
	if err := d.applyLine(tx, line); err != nil {
		return false, err
	}
	return d.applyAfter(tx, last.Locker, last.Seq, t)
}

// applyLine gives receipts that follow each other without a gap their effect.
func (d *Desk) applyLine(tx store.Tx, line []store.SignedReceipt) error {
	before, known, err := prevOf(tx, line[0].Receipt)
	if err != nil {
		return err
	}
	for _, r := range line {
		if known && r.Prev != before {
			if err := d.broken(tx, r.Receipt, faultChain); err != nil {
				return err
			}
		}
		if err := d.hear(tx, r.Receipt); err != nil {
			return err
		}
		before, known = headOf(r.Raw), true
	}
	if err := d.moveDoors(tx, line); err != nil {
		return err
	}
	last := line[len(line)-1]
	return tx.SetAppliedThrough(last.Locker, last.Seq)
}

// moveDoors leaves each door as the last receipt that speaks of it says.
func (d *Desk) moveDoors(tx store.Tx, line []store.SignedReceipt) error {
	moved := map[int]bool{}
	for _, r := range slices.Backward(line) {
		door, speaks := doorAfter[r.Kind]
		if !speaks || r.Compartment == 0 || moved[r.Compartment] {
			continue
		}
		moved[r.Compartment] = true
		if err := tx.SetDoor(r.Locker, r.Compartment, door, r.Moment(d.Now())); err != nil {
			return err
		}
	}
	return nil
}

// hear gives one receipt its effect, by the table. A refusal is remembered and does not stop the line.
func (d *Desk) hear(tx store.Tx, r lockhouse.Receipt) error {
	hear, ok := d.Hears[r.Kind]
	if !ok { // a newer agent may know kinds that this network does not
		return d.refused(tx, r, "unknown kind")
	}
	err := hear(tx, r)
	if refusal(err) {
		return d.refused(tx, r, string(lockhouse.CodeOf(err)))
	}
	return err
}

// refused writes into the parcel's timeline, where there is a parcel, that a receipt had no effect.
func (d *Desk) refused(tx store.Tx, r lockhouse.Receipt, why string) error {
	e := lockhouse.Event{Kind: lockhouse.EventReceiptRefused, At: r.Moment(d.Now()), Locker: r.Locker,
		Compartment: r.Compartment, Note: r.Kind.String() + ": " + why}
	p, err := tx.ParcelByRef(r.Ref)
	if err != nil && !refusal(err) {
		return err
	}
	e.Parcel, e.Shop, e.Site = p.ID, p.Shop, p.Site
	return tx.Say(e)
}

// broken notes that a locker's receipts do not fit together. They are signed and without a gap, so their effects stand;
// but somebody has to look at the locker: its journal was rolled back, or its key is in two hands.
// It is said once: whoever brings the two again and again fills no table with it.
func (d *Desk) broken(tx store.Tx, r lockhouse.Receipt, how string) error {
	news, err := setFault(tx, r.Locker, how)
	if err != nil || !news {
		return err
	}
	return d.say(tx, lockhouse.EventLockerFault, r, how)
}

// refusal tells whether an error is a refusal of the receipt, and not a failure to find out.
func refusal(err error) bool {
	e, ok := errors.AsType[*lockhouse.Error](err)
	return ok && e.Code != lockhouse.CodeInternal && e.Code != lockhouse.CodeUnavailable
}

package line

import (
	"context"
	"errors"
	"log/slog"

	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/store"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// welcome says what the network has of the locker, and what time it is.
func (d *Desk) welcome(ctx context.Context, locker lockhouse.LockerID, hello wire.Hello) (any, error) {
	if hello.Locker != locker {
		return nil, errors.Join(errTheirs, errors.New("a hello in another's name"))
	}
	if err := d.Fleet.Heard(ctx, locker, hello.Version); err != nil {
		return nil, err
	}
	if err := d.rekeyed(ctx, locker, hello.Rekeyed); err != nil {
		return nil, err
	}
	var w wire.Welcome
	var r lockhouse.Retirement
	err := d.Store.View(ctx, func(tx store.Tx) (err error) {
		if w.AppliedThrough, err = tx.AppliedThrough(locker); err == nil {
			r, err = tx.Retirement(locker)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if w.Time, err = d.signedTime(ctx, locker, hello.TimeNonce); err != nil {
		return nil, err
	}
	if w.Desired, err = d.welcomeDesired(ctx, locker); err != nil {
		return nil, err
	}
	if r.Leaving() {
		if w.Command, err = d.signedCommand(ctx, lockhouse.Command{Locker: locker, Verb: lockhouse.CommandLeave}); err != nil {
			return nil, err
		}
	}
	d.Log.Info("line: up", slog.String("locker", string(locker)), slog.String("version", hello.Version), slog.Uint64("boot", uint64(hello.Boot)))
	return w, nil
}

// welcomeDesired gives how a locker is to be, whole. An agent from before there were zones refuses it, and is told without after its first word
// on its health, if it keeps to something else.
func (d *Desk) welcomeDesired(ctx context.Context, locker lockhouse.LockerID) ([]byte, error) {
	want, err := d.Fleet.Desired(ctx, locker)
	if err != nil {
		return nil, err
	}
	return d.signedDesired(ctx, locker, want)
}

// health hears how a locker is, and tells it how it is to be where it keeps to something else.
func (d *Desk) health(ctx context.Context, locker lockhouse.LockerID, m wire.Health) error {
	behind, err := d.Fleet.Health(ctx, locker, fleet.Health{Doors: m.Doors, Fault: m.Fault, Desired: m.Desired, Panel: panelOf(m)})
	if err != nil {
		return err
	}
	if err := errors.Join(d.release(ctx, locker, m.Doubtful), d.rekey(ctx, locker, m.FormerKeys)); err != nil || !behind {
		return err
	}
	return d.Tell(ctx, locker)
}

// panelOf is what a locker says of its panel; an older one says nothing.
func panelOf(m wire.Health) lockhouse.Panel {
	if m.Panel == nil {
		return lockhouse.Panel{}
	}
	return lockhouse.PanelOf(m.Panel, m.PanelMM)
}

// release tells a locker which of its doubts are none any more, because their parcels are elsewhere. What becomes of it, its next
// word on its health says.
func (d *Desk) release(ctx context.Context, locker lockhouse.LockerID, said []wire.Doubt) error {
	if len(said) == 0 {
		return nil
	}
	doubts := make([]lockhouse.Doubt, len(said))
	for i, one := range said {
		doubts[i] = lockhouse.Doubt{Compartment: one.Compartment, Generation: one.Generation, Ref: one.Ref}
	}
	elsewhere, err := d.Fleet.Elsewhere(ctx, locker, doubts)
	if err != nil {
		return err
	}
	for _, one := range elsewhere {
		if err := d.sayCommand(ctx, lockhouse.Command{Locker: locker, Verb: lockhouse.CommandRelease, Doubt: one}); err != nil {
			return err
		}
	}
	return nil
}

// receipts verifies all of a delivery before any is taken, and acknowledges what has had its effect.
func (d *Desk) receipts(ctx context.Context, locker lockhouse.LockerID, m wire.Delivery) (any, error) {
	raws := make([][]byte, len(m.Receipts))
	for i, raw := range m.Receipts {
		raws[i] = raw
	}
	var claims []lockhouse.Receipt
	err := d.byKeys(ctx, locker, func(keys peerKeys) (err error) {
		claims, err = credential.VerifyReceipts(raws, func(lockhouse.LockerID) ([]lockhouse.ReceiptKey, error) { return keys.receipt, nil })
		return err
	})
	if errors.Is(err, credential.ErrRefused) {
		return nil, errors.Join(errTheirs, err)
	}
	if err != nil {
		return nil, err
	}
	signed := make([]store.SignedReceipt, len(raws))
	for i, r := range claims {
		signed[i] = store.SignedReceipt{Receipt: r, Raw: raws[i]}
	}
	tally, err := d.Fleet.AcceptOwn(ctx, locker, signed)
	if lockhouse.CodeOf(err) == lockhouse.CodeMalformed {
		return nil, errors.Join(errTheirs, err)
	}
	return wire.Ack{AppliedThrough: tally.Applied}, err
}

package line

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// keysFreshS is how long a locker's keys are remembered: another node may have seen them change.
const keysFreshS = 60

// peerKeys are what is known of a locker's keysets.
type peerKeys struct {
	receipt []lockhouse.ReceiptKey // by which its receipts are known
	calls   [][]byte               // receipt keys by which it may call: the present one, and the next
	shared  []byte                 // which it shares with its network
	resting bool                   // no keyset is to come or to go
	until   time.Time              // so long it is believed
}

// keys gives a locker's keys: from memory if they were asked for lately.
func (d *Desk) keys(ctx context.Context, id lockhouse.LockerID) (peerKeys, error) {
	if keys := d.peers.keys(id); d.Now().Before(keys.until) {
		return keys, nil
	}
	return d.freshKeys(ctx, id)
}

// freshKeys asks the store.
func (d *Desk) freshKeys(ctx context.Context, id lockhouse.LockerID) (peerKeys, error) {
	r, applied, err := d.Fleet.Keys(ctx, id)
	if err != nil {
		return peerKeys{}, err
	}
	keys := peerKeys{receipt: r.ReceiptKeys(applied), calls: [][]byte{r.Present.Receipt}, shared: r.Present.Shared,
		resting: r.AskedAt.IsZero() && !r.TakesFormer(), until: d.Now().Add(keysFreshS * time.Second)}
	if r.Known() {
		keys.calls = append(keys.calls, r.Next.Receipt)
	}
	d.peers.setKeys(id, keys)
	return keys, nil
}

// byKeys checks something by a locker's keys; what those that are remembered refuse, it asks the store about.
func (d *Desk) byKeys(ctx context.Context, id lockhouse.LockerID, check func(peerKeys) error) error {
	keys, err := d.keys(ctx, id)
	if err != nil {
		return err
	}
	if err = check(keys); !errors.Is(err, credential.ErrRefused) {
		return err
	}
	if keys, err = d.freshKeys(ctx, id); err != nil {
		return err
	}
	return check(keys)
}

// authority is in whose name this locker is told something.
func (d *Desk) authority(ctx context.Context, id lockhouse.LockerID) (credential.Authority, error) {
	keys, err := d.keys(ctx, id)
	return credential.Authority{Issuer: d.Issuer, Shared: keys.shared}, err
}

// rekeyed hears a locker say that it uses its next keyset. A word that is not believed ends no line: it called with a key that is.
func (d *Desk) rekeyed(ctx context.Context, locker lockhouse.LockerID, statement []byte) error {
	if len(statement) == 0 {
		return nil
	}
	err := d.Fleet.Rekeyed(ctx, locker, statement)
	if lockhouse.CodeOf(err) == lockhouse.CodeMalformed {
		d.Log.Warn("line: a locker uses keys that are not known here; was the store set back? If the fault stays: lockhouse locker rekey", slog.String("locker", string(locker)), slog.Any("error", err))
		return nil
	}
	if err == nil {
		d.peers.setKeys(locker, peerKeys{})
	}
	return err
}

// rekey tells a locker what comes next for its keysets, if anything. What becomes of it, its next word says.
func (d *Desk) rekey(ctx context.Context, locker lockhouse.LockerID, takesFormer bool) error {
	keys, err := d.keys(ctx, locker)
	if err != nil || keys.resting && !takesFormer {
		return err
	}
	command, err := d.Fleet.Owed(ctx, locker, takesFormer)
	if err != nil {
		return err
	}
	return d.sayKeys(ctx, command)
}

// keyCard hears which keyset a locker has next, and has it switch. A card that is not believed ends no line, or a locker that has no better
// one would never get to give its receipts.
func (d *Desk) keyCard(ctx context.Context, locker lockhouse.LockerID, m wire.KeyCard) error {
	command, err := d.Fleet.Card(ctx, locker, m.Card)
	if lockhouse.CodeOf(err) == lockhouse.CodeMalformed {
		d.Log.Warn("line: a card of next keys was refused", slog.String("locker", string(locker)), slog.Any("error", err))
		return nil
	}
	if err != nil {
		return err
	}
	d.peers.setKeys(locker, peerKeys{})
	return d.sayKeys(ctx, command)
}

// keysShown hears which keys a locker has that are not known here since the store was set back. Believed, it is hung up on, and calls by them.
func (d *Desk) keysShown(ctx context.Context, locker lockhouse.LockerID, m wire.KeysShown) error {
	taken, err := d.Fleet.Shown(ctx, locker, m.Card, m.Known)
	if lockhouse.CodeOf(err) == lockhouse.CodeMalformed {
		d.Log.Warn("line: keys that a locker showed were refused", slog.String("locker", string(locker)), slog.Any("error", err))
		return nil
	}
	if err != nil || !taken {
		return err
	}
	d.Log.Info("line: a locker showed that its keys were known before the store was set back", slog.String("locker", string(locker)))
	d.peers.setKeys(locker, peerKeys{})
	d.HangUp(locker)
	return nil
}

func (d *Desk) sayKeys(ctx context.Context, command lockhouse.Command) error {
	if command.Verb == "" {
		return nil
	}
	return d.sayCommand(ctx, command)
}

// Rekey tells a locker at once that it is asked for another keyset, and gives what it says has become of it; see Command.
func (d *Desk) Rekey(ctx context.Context, locker lockhouse.LockerID) (lockhouse.Outcome, error) {
	d.peers.setKeys(locker, peerKeys{})
	return d.Command(ctx, locker, lockhouse.CommandRekey)
}

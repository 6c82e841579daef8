package line

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// askS is how long a locker may take to say what has become of a command.
const askS = 8

// Tell says to a locker how it is to be, if its line is up: whole, and then without the zone, which is the same again to whoever took the
// whole. If its line is not up, nothing is lost: the next welcome says it, and after each word on its health the locker is told again until
// it keeps to it.
func (d *Desk) Tell(ctx context.Context, locker lockhouse.LockerID) error {
	want, err := d.Fleet.Desired(ctx, locker)
	if err != nil {
		return err
	}
	whole := want
	want.Zone = "" // for agents from before there was one, which refuse the whole
	for _, form := range []lockhouse.Desired{whole, want} {
		if err := d.tell(ctx, locker, form); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) tell(ctx context.Context, locker lockhouse.LockerID, want lockhouse.Desired) error {
	signed, err := d.signedDesired(ctx, locker, want)
	if err != nil || signed == nil {
		return err
	}
	kind, data, err := wire.EncodeUplink(wire.Desired{Desired: signed})
	if err != nil {
		return err
	}
	return d.Bus.Conn().Publish(wire.DownSubject(locker, kind), data)
}

// signedDesired gives nothing where nothing is asked of the locker.
func (d *Desk) signedDesired(ctx context.Context, locker lockhouse.LockerID, want lockhouse.Desired) ([]byte, error) {
	if want.Version == 0 && want.Zone == "" {
		return nil, nil
	}
	by, err := d.authority(ctx, locker)
	if err != nil {
		return nil, err
	}
	return credential.SignDesired(by, locker, want)
}

// Command has a locker do something now, and gives what it says has become of it. A locker whose line is not up, or that
// does not answer, is refused as unavailable: then the command's time passes, and it is not done later.
func (d *Desk) Command(ctx context.Context, locker lockhouse.LockerID, verb lockhouse.CommandVerb) (lockhouse.Outcome, error) {
	command, err := d.signedCommand(ctx, lockhouse.Command{Locker: locker, Verb: verb})
	if err != nil {
		return "", err
	}
	kind, data, err := wire.EncodeUplink(wire.Command{Command: command})
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, askS*time.Second)
	defer cancel()
	m, err := d.Bus.Conn().RequestWithContext(ctx, wire.DownSubject(locker, kind), data)
	if errors.Is(err, nats.ErrNoResponders) {
		return "", lockhouse.Refuse(lockhouse.CodeUnavailable, "The locker's line is not up just now. It says how it is when it is back.")
	}
	if err != nil {
		return "", lockhouse.Refuse(lockhouse.CodeUnavailable, "The locker did not answer within %d s. Look at when it was last heard, and ask again.", askS).Because(err)
	}
	return outcomeOf(m.Data)
}

// sayCommand commands something and does not wait for its outcome.
func (d *Desk) sayCommand(ctx context.Context, c lockhouse.Command) error {
	command, err := d.signedCommand(ctx, c)
	if err != nil {
		return err
	}
	kind, data, err := wire.EncodeUplink(wire.Command{Command: command})
	if err != nil {
		return err
	}
	conn := d.Bus.Conn()
	return conn.PublishRequest(wire.DownSubject(c.Locker, kind), conn.NewRespInbox(), data)
}

func (d *Desk) signedCommand(ctx context.Context, c lockhouse.Command) ([]byte, error) {
	by, err := d.authority(ctx, c.Locker)
	if err != nil {
		return nil, err
	}
	now := d.Now()
	c.IssuedAt, c.ExpiresAt = now, now.Add(lockhouse.CommandLife)
	if _, err := io.ReadFull(d.Bus.Random, c.ID[:]); err != nil {
		return nil, fmt.Errorf("drawing a command's id: %w", err)
	}
	return credential.SignCommand(by, c)
}

func outcomeOf(data []byte) (lockhouse.Outcome, error) {
	message, err := wire.DecodeUplink(data)
	if err != nil {
		return "", err
	}
	done, ok := message.(wire.Done)
	if !ok {
		return "", fmt.Errorf("%w: %T where what became of a command was due", wire.ErrUplink, message)
	}
	return done.Outcome, nil
}

// Forget has a locker that was retired take nothing more, and notes that it will; then it hangs up. The locker calls again, and hears
// in its welcome that it is noted, and that it is to forget its keys. Whatever of this is lost, is said once more: by this to a locker whose
// word was not heard, and by the next welcome to one that does not know that it was.
func (d *Desk) Forget(ctx context.Context, locker lockhouse.LockerID) (lockhouse.Outcome, error) {
	outcome, err := d.Command(ctx, locker, lockhouse.CommandRetire)
	if err != nil || outcome != lockhouse.OutcomeDone {
		return outcome, err
	}
	if err := d.Fleet.Forgotten(ctx, locker); err != nil {
		return outcome, err
	}
	d.HangUp(locker)
	return outcome, nil
}

// HangUp ends a locker's line, wherever it ends. It calls again, and is let in or not.
func (d *Desk) HangUp(locker lockhouse.LockerID) { d.seats.kick(d.Bus, locker) }

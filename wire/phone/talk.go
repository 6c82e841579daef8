package phone

import (
	"context"
	"errors"
	"fmt"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// read checks a receipt, where there is one, and that it is about this locker and compartment.
func (v *Visit) read(index int, event wire.DoorEvent, compartment uint16, raw []byte) (News, error) {
	n := News{Index: index, Event: event, Compartment: int(compartment), Raw: raw}
	if raw == nil {
		return n, nil
	}
	r, err := v.check(raw)
	if err != nil {
		return News{}, err
	}
	if r.Compartment != int(compartment) {
		return News{}, fmt.Errorf("%w: a receipt of compartment %d for %d", ErrLink, r.Compartment, compartment)
	}
	n.Receipt = &r
	return n, nil
}

func (v *Visit) check(raw []byte) (lockhouse.Receipt, error) {
	r, err := credential.VerifyReceipt(v.locker.ReceiptKey, raw)
	if err == nil && r.Locker != v.locker.ID {
		err = fmt.Errorf("a receipt of locker %s", r.Locker)
	}
	if err != nil {
		return lockhouse.Receipt{}, errors.Join(ErrLink, err)
	}
	return r, nil
}

func (v *Visit) say(ctx context.Context, message any) error {
	plain, err := wire.Encode(message)
	if err != nil {
		return err
	}
	sealed, err := v.channel.Seal(plain)
	if err != nil {
		return err
	}
	return v.write(ctx, sealed)
}

func (v *Visit) write(ctx context.Context, message []byte) error {
	frames, err := wire.Cut(v.info.Session, message, wire.FrameBytes(int(v.info.MTU)))
	if err != nil {
		return err
	}
	for _, f := range frames {
		if err := v.link.Write(ctx, f); err != nil {
			return errors.Join(ErrLink, err)
		}
	}
	return nil
}

func (v *Visit) hear(ctx context.Context) (any, error) {
	sealed, err := v.message(ctx)
	if err != nil {
		return nil, err
	}
	plain, err := v.channel.Open(sealed)
	if err != nil {
		return nil, errors.Join(ErrLink, err)
	}
	return wire.DecodeDown(plain)
}

// message waits for a whole message of this session.
func (v *Visit) message(ctx context.Context) ([]byte, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case frame, ok := <-v.link.Frames():
			if !ok {
				return nil, ErrLink
			}
			message, err := v.joiner.Add(frame)
			if errors.Is(err, wire.ATTWrongSession) {
				continue // a notification reaches every phone that listens
			}
			if err != nil {
				return nil, errors.Join(ErrLink, err)
			}
			if message != nil {
				return message, nil
			}
		}
	}
}

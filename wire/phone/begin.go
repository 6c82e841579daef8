package phone

import (
	"context"
	"errors"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// Begin reads INFO, shows the grant, and asks for the door of one target right away unless open is negative. The visit
// is there when the locker admitted the phone, even when it refused the door: the error says why then, and the news is
// empty. Refusals are *lockhouse.Error with the locker's code.
func Begin(ctx context.Context, link Link, p Phone, locker Locker, grant []byte, open int) (*Visit, News, error) {
	v := &Visit{link: link, locker: locker}
	raw, err := v.readInfo(ctx)
	if err != nil {
		return nil, News{}, err
	}
	admission, err := v.present(ctx, p, raw, grant, open)
	if err != nil {
		return nil, News{}, err
	}
	if err := admission.Opening.Err(); err != nil || open < 0 {
		return v, News{}, err
	}
	n, err := v.read(open, 0, admission.Compartment, admission.Receipt)
	return v, n, err
}

// readInfo reads INFO and checks that this is the locker that the grant is for. Which of its static keys INFO names does not matter: a locker
// that has changed its keys takes the former one for a while, and none but the right locker can answer.
func (v *Visit) readInfo(ctx context.Context) ([]byte, error) {
	raw, err := v.link.Info(ctx)
	if err != nil {
		return nil, errors.Join(ErrLink, err)
	}
	if v.info, err = wire.ParseInfo(raw); err != nil {
		return nil, err
	}
	if lockhouse.LockerIDOf(v.info.Locker) != v.locker.ID {
		return nil, lockhouse.RefuseAtDoor(lockhouse.CodeWrongLocker)
	}
	v.joiner.Session = v.info.Session
	return raw, nil
}

func (v *Visit) present(ctx context.Context, p Phone, info, grant []byte, open int) (wire.Admission, error) {
	i, err := wire.NewInitiator(v.locker.StaticKey, info, p.Random)
	if err != nil {
		return wire.Admission{}, err
	}
	meeting := credential.Meeting{Info: info, Static: v.locker.StaticKey, Ephemeral: i.Ephemeral(), Grant: grant}
	if v.info.Flags&wire.FlagRelayed != 0 {
		meeting.Presence = []byte(p.Presence)
	}
	proof, err := credential.Prove(p.Key, meeting)
	if err != nil {
		return wire.Admission{}, err
	}
	plain, err := wire.Encode(presentation(meeting, proof, open, v.mail(p)))
	if err != nil {
		return wire.Admission{}, err
	}
	m1, err := i.First(plain)
	if err != nil {
		return wire.Admission{}, err
	}
	return v.admitted(ctx, i, m1)
}

// presentation is what a meeting's first message has in it, in the form of its way.
func presentation(m credential.Meeting, proof []byte, open int, mail []byte) any {
	var target *uint8
	if open >= 0 {
		index := inByte(open)
		target = &index
	}
	if m.Presence != nil {
		return wire.Relayed{Grant: m.Grant, Proof: proof, Open: target, Presence: m.Presence}
	}
	if mail != nil {
		return wire.Carrying{Grant: m.Grant, Proof: proof, Open: target, Mail: mail}
	}
	return wire.Presentation{Grant: m.Grant, Proof: proof, Open: target}
}

// mail gives what the phone carries to this locker, if it takes any.
func (v *Visit) mail(p Phone) []byte {
	if p.Mail == nil || v.info.Flags&wire.FlagTakesMail == 0 {
		return nil
	}
	return p.Mail(v.info)
}

func (v *Visit) admitted(ctx context.Context, i *wire.Initiator, m1 []byte) (wire.Admission, error) {
	if err := v.write(ctx, m1); err != nil {
		return wire.Admission{}, err
	}
	m2, err := v.message(ctx)
	if err != nil {
		return wire.Admission{}, err
	}
	plain, channel, err := i.Second(m2)
	if err != nil {
		return wire.Admission{}, errors.Join(ErrLink, err)
	}
	admission, err := wire.DecodeAdmission(plain)
	if err != nil {
		return wire.Admission{}, err
	}
	v.channel = channel
	if admission.Succession != nil {
		if v.locker.ReceiptKey, err = credential.VerifySuccession(v.locker.ReceiptKey, v.locker.ID, admission.Succession); err != nil {
			return wire.Admission{}, errors.Join(ErrLink, err)
		}
	}
	return admission, admission.Admitted.Err()
}

package api

import (
	"context"
	"net/http"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// Mail by phone is an option, off unless the operator turns it on: whoever goes to a locker whose line is down carries the network's
// word to it, sealed. docs/latch.md says what is in it, and why one may not want it.

type mailInput struct {
	ID   lockhouse.LockerID `path:"id" maxLength:"64"`
	Body struct {
		Nonce string `json:"nonce" maxLength:"22" doc:"The nonce of the INFO that the phone has just read, 16 bytes, base64url: the locker believes the time of it."`
	}
}

type mailView struct {
	Mail string `json:"mail" doc:"Sealed to the locker, base64url: for the first message."`
}

func (a *API) mail() {
	add(a, route{
		method: http.MethodPost, path: "/v1/lockers/{id}/mail", id: "drawMail", tag: tagReceipt, who: anybody,
		summary: "The network's word for a locker that one stands before",
		about: "For a locker that has lost its line and, by a power cut, the time. Not found unless this network lets phones carry mail. " +
			"Nobody but the locker can read it, and it opens no door.",
		refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, a.drawMail)
}

func (a *API) drawMail(ctx context.Context, in *mailInput) (*body[mailView], error) {
	if !a.MailByPhone {
		return nil, lockhouse.Refuse(lockhouse.CodeNotFound, "Phones carry no mail in this network.")
	}
	raw, err := unb64("nonce", in.Body.Nonce)
	if err != nil {
		return nil, err
	}
	if len(raw) != len(wire.Info{}.Nonce) {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "INFO's nonce has 16 bytes, not %d.", len(raw)).With("field", "nonce")
	}
	locker, err := a.lockerOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	mail, err := a.sealed(ctx, locker, [16]byte(raw))
	if err != nil {
		return nil, err
	}
	return answer(mailView{b64(mail)}), nil
}

// mailWith gives what a phone may carry beside its grant: nil where the option is off, or the locker's own line does it.
func (a *API) mailWith(ctx context.Context, locker lockhouse.Locker) (*string, error) {
	if !a.MailByPhone {
		return nil, nil
	}
	astray, err := a.Fleet.Astray(ctx, locker.ID)
	if err != nil || !astray {
		return nil, err
	}
	mail, err := a.sealed(ctx, locker, [16]byte{})
	if err != nil || len(mail) > wire.MaxMailBytes {
		return nil, err // what is too long for a message waits for the line
	}
	text := b64(mail)
	return &text, nil
}

func (a *API) sealed(ctx context.Context, locker lockhouse.Locker, nonce [16]byte) ([]byte, error) {
	want, err := a.Fleet.Desired(ctx, locker.ID)
	if err != nil {
		return nil, err
	}
	want.Nonce, want.Zone = nonce, "" // for whose sake an older agent would refuse it all
	statement, err := credential.SignDesired(a.authority(locker), locker.ID, want)
	if err != nil {
		return nil, err
	}
	return credential.SealMail(locker.StaticKey, statement)
}

package api

import (
	"context"
	"net/http"

	"lockhouse/store"
	"lockhouse/trust/person"
)

// pinByMail lets people choose themselves whether their mails carry the PIN, whatever a shop was told.
func (a *API) pinByMail() {
	add(a, route{
		method: http.MethodPut, path: "/v1/recipient/pin-by-mail", id: "choosePINByMail", tag: tagRecipient, who: byRecipient, status: http.StatusNoContent,
		summary: "Choose whether my mails carry the PIN",
		about: "For who reads mail and has no smartphone: the mail that calls to the locker then has the digits that open the door at its panel, and whoever reads the mail can collect. It counts for this and all " +
			"later parcels to this mailbox, before what a shop says. Where nothing was chosen and no shop was asked, mails carry none. A locker that has no keys gets nobody a PIN by mail.",
	}, a.choosePINByMail)
}

type pinByMailInput struct {
	Body struct {
		PINByMail bool `json:"pin_by_mail"`
	}
}

func (a *API) choosePINByMail(ctx context.Context, in *pinByMailInput) (*struct{}, error) {
	ids, err := a.persons(ctx)
	if err != nil {
		return nil, err
	}
	own := person.NoPIN
	if in.Body.PINByMail {
		own = person.WithPIN
	}
	return nil, a.Store.Update(ctx, func(tx store.Tx) error { return person.Choose(tx, a.People, own, a.Now(), ids...) })
}

// mailsPIN tells whether the next mail to the signed-in mailbox carries a PIN.
func (a *API) mailsPIN(ctx context.Context) (yes bool, err error) {
	err = a.Store.View(ctx, func(tx store.Tx) error {
		mine, err := a.People.Contact(tx, sessionOf(ctx).Person)
		if err != nil {
			return err
		}
		newest, err := person.Newest(tx, a.People, mine.Email)
		yes = newest.MailsPIN()
		return err
	})
	return yes, err
}

package person

import (
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Choice is what somebody wants of their mails themselves. It counts before what a shop was told, whichever shop it is.
type Choice string

// The choices. Unchosen leaves it to what the shop says that its customer asked for; where it says nothing, mails carry no PIN.
const (
	Unchosen Choice = ""
	NoPIN    Choice = "never"
	WithPIN  Choice = "always"
)

// MailsPIN tells whether mails to somebody carry the PIN.
func (c Contact) MailsPIN() bool {
	if c.OwnPIN != Unchosen {
		return c.OwnPIN == WithPIN
	}
	return c.PINByMail
}

// Newest gives the contact by which the reader of a mailbox was announced last, the zero Contact where nobody was. What they chose,
// it has: Choose writes it to all of theirs, and each new one begins with it.
func Newest(tx store.Tx, b Book, email string) (Contact, error) {
	ids, err := b.ByEmail(tx, email)
	if err != nil || len(ids) == 0 {
		return Contact{}, err
	}
	return b.Contact(tx, ids[0])
}

// Choose writes down what somebody chose, who is known under all of these.
func Choose(tx store.Tx, b Book, own Choice, at time.Time, ids ...lockhouse.PersonID) error {
	for _, id := range ids {
		c, err := b.Contact(tx, id)
		if err != nil {
			return err
		}
		c.OwnPIN = own
		if _, err := b.Keep(tx, id, c, at); err != nil {
			return err
		}
	}
	return nil
}

// Package person is the only room that knows who somebody is: name, mail address, telephone. Everything else speaks of
// a PersonID. Contacts are sealed at rest with a key for each person (seal.go), wrapped by a master key that is not in the
// database: whoever steals the file, or a backup of it, has no name. A person whose last parcel ended some time ago is
// forgotten (forget.go): their key is destroyed. A backup from before still has it, so what is promised to the forgotten
// holds when the last such backup is gone: keep backups for a stated time, and the master key apart from them.
//
// Who may import it: link/notice, which writes to people, api, the stores and the assembly.
// arch_test.go holds that.
package person

import (
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"

	"lockhouse"
	"lockhouse/store"
)

// Contact is how a person can be reached.
type Contact struct {
	Name     string
	Email    string
	Phone    string // optional, E.164
	Language string // BCP 47: en, es or hi
	// PINByMail is a shop's word that mails are to carry the PIN: for who has no smartphone, and reads mail at home or has it read to
	// them. OwnPIN is what they chose themselves.
	PINByMail bool   `json:",omitzero"`
	OwnPIN    Choice `json:",omitzero"`
}

// Book keeps contacts. It works within a transaction of the store it came from, so that a parcel and its person appear
// together or not at all.
type Book interface {
	// Keep writes a contact down, or corrects it. Where the mail address becomes another, the person is signed out
	// everywhere and their links are void: whoever reads the old mailbox must not be taken for the reader of the new one. moved
	// tells of that; somebody who was not known before has not moved.
	Keep(tx store.Tx, id lockhouse.PersonID, c Contact, at time.Time) (moved bool, err error)
	Contact(tx store.Tx, id lockhouse.PersonID) (Contact, error)
	// ByEmail finds everybody whom a shop announced with a mail address, newest first: each parcel may have its own.
	ByEmail(tx store.Tx, email string) ([]lockhouse.PersonID, error)
	// Over gives persons whose parcels have all ended before a moment, and those who have none, the longest known first.
	// A parcel that was recalled and never came counts from its announcement: nothing ends it. One that is announced and
	// never comes keeps its person until its shop recalls it.
	Over(tx store.Tx, before time.Time, limit int) ([]lockhouse.PersonID, error)
	// Forget destroys a person's key and contact, and signs them out everywhere. Twice is as good as once.
	Forget(tx store.Tx, id lockhouse.PersonID) error
}

// Check refuses a contact that could not be written to. The sentences name fields, never their content.
func (c Contact) Check() error {
	if name := strings.TrimSpace(c.Name); name == "" || len([]rune(name)) > 120 || strings.ContainsFunc(name, breaks) {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "recipient.name must have 1 to 120 characters, on one line.").With("field", "recipient.name")
	}
	a, err := mail.ParseAddress(c.Email)
	if err != nil || a.Address != c.Email || len(c.Email) > 254 || strings.ContainsAny(c.Email, "\r\n") {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "recipient.email is not a mail address such as name@example.org.").With("field", "recipient.email")
	}
	if c.Phone != "" && !e164.MatchString(c.Phone) {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "recipient.phone must look like +12025550100.").With("field", "recipient.phone")
	}
	return nil
}

// e164 is a telephone number as ITU-T E.164 writes it for the whole world: 15 digits at most.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// breaks tells whether a character ends a line or does worse: a name stands in the first line of a mail, and a shop must
// not write the second.
func breaks(c rune) bool { return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' }

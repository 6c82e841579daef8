// Package notice writes to people: by mail, discreetly. Neither the host nor the shop is named, in the subject nor in the
// body; the place goes by its alias, and a look at somebody's mailbox gives away nothing but that a parcel waits. What
// mail programs read by machine (schema.org's ParcelDelivery) keeps to the same.
//
// The one-time link in a mail is drawn at the moment of sending. A retry draws another, and both are good: when a server
// took a mail and the yes got lost, the person has two mails with one Message-ID, and whichever is opened works.
package notice

import (
	"io"
	"log/slog"
	"time"

	"lockhouse"
	"lockhouse/internal/backoff"
	"lockhouse/internal/bell"
	"lockhouse/store"
	"lockhouse/trust/person"
)

// Waits between tries: 14 tries over about two days, for a mail that comes later than that only confuses.
var Waits = backoff.Schedule{
	5 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour, 20 * time.Hour,
}

// Limits of one transaction and of one mail.
const (
	maxAtOnce      = 512                   // mails under way or not written down yet; a node that is killed then sends so many twice at most
	maxLines       = 16                    // connections to the server
	maxMailsOnLine = 50                    // on one connection to the server
	maxIdleLineS   = 5                     // a connection is kept without a mail; servers hang up after minutes (RFC 5321, 4.5.3.2.7)
	sendTimeout    = 30 * time.Second      // one mail, from connecting to the server's yes
	pollEvery      = 2 * time.Second       // for notices whose wait is over; new ones come by Nudge
	gatherFor      = 50 * time.Millisecond // after a sweep: what is due by then shares transactions
	maxErrorChars  = 160
)

// Linker draws the token of a one-time link for a person, within a transaction (trust/auth).
type Linker interface {
	NewLink(tx store.Tx, person lockhouse.PersonID) (token string, err error)
}

// PINs gives the PIN of a parcel at the locker that it lies in, "" where there is none (flow/unlock).
type PINs interface {
	PIN(tx store.Tx, l lockhouse.Locker, p lockhouse.Parcel) (string, error)
}

// Options say by which server mail leaves, and in whose name.
type Options struct {
	Host     string // the SMTP server; empty: nothing is sent and notices wait
	Port     int
	Username string // empty: no sign-in
	Password string
	TLS      string      // "starttls" (required), "tls" (from the first byte), "none" (only for a server on this machine)
	From     string      // mail address of the sender
	Network  string      // the network's name, as people know it
	Tried    func(Tried) // told of each mail that was tried or given up; optional
	PINs     PINs        // nil: no mail carries one
	BaseURL  string      // where the recipient's page is, such as https://parcels.example
}

// MaxAge is how old a notice is sent at most. The tries of one are over long before; it bounds what waits when none could
// be made.
const MaxAge = 72 * time.Hour

// Tried is what came of a try to send a mail.
type Tried struct {
	Kind         lockhouse.NoticeKind
	Parcel       lockhouse.ParcelID
	Began, Ended time.Time
	Done, Again  bool // sent; or to be tried again
}

// Sender sends what is due.
type Sender struct {
	store   store.Store
	book    person.Book
	links   Linker
	options Options
	now     func() time.Time
	random  io.Reader
	log     *slog.Logger
	nudge   bell.Bell
	lines   [maxLines]line
}

// New makes a sender; nothing is sent before Run.
func New(st store.Store, book person.Book, links Linker, o Options, now func() time.Time, random io.Reader, log *slog.Logger) *Sender {
	return &Sender{store: st, book: book, links: links, options: o, now: now, random: random, log: log, nudge: bell.New()}
}

// Nudge says that something new is due. It never waits.
func (s *Sender) Nudge() { s.nudge.Ring() }

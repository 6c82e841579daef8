package notice

import (
	"fmt"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/person"
)

// letter is everything that goes into one mail. Of the site it knows the alias and the address, never name or host; of
// the shop nothing.
type letter struct {
	notice   lockhouse.Notice
	language string
	to       person.Contact
	token    string // of the one-time link; empty when there is nothing to open
	parcel   lockhouse.Parcel
	place    place
	pin      string // for the locker's panel; empty where it was not asked for
	locker   string // the name that is painted on the locker, with a PIN
	at       time.Time
}

// place is the public side of a site.
type place struct {
	Alias, Street, City, Region, Postal, Country string
	Zone                                         *time.Location
}

// letter gathers what the mail says and draws its link. needed is false when the world moved on while the notice waited:
// nobody is called to a compartment that is empty by now.
func (s *Sender) letter(tx store.Tx, n lockhouse.Notice) (l letter, needed bool, err error) {
	l = letter{notice: n, at: s.now()}
	if l.to, err = s.book.Contact(tx, n.Person); err != nil {
		return l, false, err
	}
	if n.Parcel != "" {
		err = l.about(tx, n.Parcel)
	}
	if err != nil || !l.timely() {
		return l, false, err
	}
	if l.to.MailsPIN() && s.options.PINs != nil && l.parcel.Inside() {
		if err := l.withPIN(tx, s.options.PINs); err != nil {
			return l, false, err
		}
	}
	l.language = languageOf(l.to.Language)
	if n.Kind != lockhouse.NoticeCollected { // which has nothing to open
		l.token, err = s.links.NewLink(tx, n.Person)
	}
	return l, true, err
}

// withPIN adds the PIN, unless the locker says that it has no keys: who can read the mail could open the link in it as well.
func (l *letter) withPIN(tx store.Tx, pins PINs) error {
	locker, err := tx.Locker(l.parcel.Locker)
	if err != nil {
		return err
	}
	has, err := tx.Panel(locker.ID)
	if err != nil || has.Said && !has.Keys { // nothing there to type it on
		return err
	}
	keys, err := tx.Rekeying(locker.ID) // which Locker may have of some time ago, in an Update
	if err != nil {
		return err
	}
	locker.StaticKey, locker.ReceiptKey, locker.AdvertKey = keys.Present.Static, keys.Present.Receipt, keys.Present.Shared
	l.locker = locker.Name
	l.pin, err = pins.PIN(tx, locker, l.parcel)
	return err
}

func (l *letter) about(tx store.Tx, id lockhouse.ParcelID) (err error) {
	if l.parcel, err = tx.Parcel(id); err != nil {
		return err
	}
	site, err := tx.Site(l.parcel.Site)
	if err != nil {
		return err
	}
	zone, err := site.Location()
	if err != nil {
		return fmt.Errorf("site %s: %w", site.ID, err)
	}
	l.place = place{Alias: site.Alias, Street: site.Street, City: site.City, Region: site.Region, Postal: site.Postal, Country: site.Country, Zone: zone}
	return nil
}

// timely tells whether the notice still says something true.
func (l *letter) timely() bool {
	switch l.notice.Kind {
	case lockhouse.NoticeAnnounced:
		return l.parcel.State == lockhouse.ParcelAnnounced || l.parcel.State == lockhouse.ParcelInTransit
	case lockhouse.NoticeReady:
		return l.parcel.State == lockhouse.ParcelDroppedOff
	case lockhouse.NoticeOverdue:
		return l.parcel.State == lockhouse.ParcelOverdue
	}
	return true
}

// fill puts place and time into a sentence of the catalogue.
func (l *letter) fill(sentence string) string {
	if l.place.Zone == nil {
		return sentence
	}
	return fill(sentence, l.place.Alias, words[l.language].moment(lastMinute(l.parcel.CollectBy.In(l.place.Zone))))
}

// lastMinute gives a deadline as people say it: midnight is the end of a day, and "Thursday, 00:00" reads like a whole
// day more.
func lastMinute(until time.Time) time.Time {
	if until.Hour() == 0 && until.Minute() == 0 {
		return until.Add(-time.Minute)
	}
	return until
}

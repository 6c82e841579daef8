package postgres

import (
	"fmt"
	"slices"

	"lockhouse"
)

const eventColumns = `seq, kind, at, shop, hold, parcel, site, locker, compartment, note`

func readEvent(r *row) lockhouse.Event {
	return lockhouse.Event{Seq: r.int64(), Kind: lockhouse.EventKind(r.text()), At: r.time(), Shop: lockhouse.ShopID(r.text()),
		Hold: lockhouse.HoldID(r.text()), Parcel: lockhouse.ParcelID(r.text()), Site: lockhouse.SiteID(r.text()),
		Locker: lockhouse.LockerID(r.text()), Compartment: r.int(), Note: r.text()}
}

func (t *tx) Say(e lockhouse.Event) error {
	t.seen.said = append(t.seen.said, e)
	return t.writeAlike("", sayEvents, e.Kind, e.At, e.Shop, e.Hold, e.Parcel, e.Site, e.Locker, e.Compartment, e.Note)
}

// inOrder gives the writes that see to it that what is said of a parcel is numbered behind what was said of it before: they fail where
// it is not. A number is the transaction's, which may be older than one that had the parcel first; then it runs again, as a
// younger one. Of a parcel that was inserted here nothing was said.
func (t *tx) inOrder() (checks []statement) {
	var spoken []lockhouse.ParcelID
	for _, e := range t.seen.said {
		if e.Parcel == "" || slices.Contains(t.seen.inserted, e.Parcel) || slices.Contains(spoken, e.Parcel) {
			continue
		}
		spoken = append(spoken, e.Parcel)
		checks = append(checks, statement{sql: saidLater, args: []any{e.Parcel}, alike: true, fails: func(err error) error {
			if hasCode(err, divisionByZero) {
				return errOvertaken
			}
			return err
		}})
	}
	return checks
}

var saidLater = `SELECT 1 / (count(*) = 0)::int FROM ` + given(`k1 text`) + ` JOIN events ON parcel = k1 AND parcel <> ''
	AND seq >= (SELECT ` + fmt.Sprintf(numbersBefore, `(pg_current_xact_id()::text::bigint + 1)`) + `)`

// sayEvents numbers them in their order.
var sayEvents = `INSERT INTO events (` + eventColumns + `)
	SELECT (SELECT event_numbers(cardinality($1))) + row_number() OVER (), given.* FROM ` +
	given(`kind text`, `at bigint`, `shop text`, `hold text`, `parcel text`, `site text`, `locker text`, `compartment bigint`, `note text`)

// Unheard holds back what lies behind an open transaction: it may still say something with a lower number. In an Update
// it takes the mark first, and looks for events once it has it: whoever had the mark before has moved it by then. It is asked
// alone: whoever hears many events would hold up a group.
func (t *tx) Unheard(limit int) ([]lockhouse.Event, error) {
	if _, err := allKept(t, (*row).int64, `SELECT heard_through FROM outbox`); err != nil {
		return nil, err
	}
	events, err := all(t, readEvent, `SELECT `+eventColumns+` FROM events WHERE seq > (SELECT heard_through FROM outbox) AND `+settled+`
		ORDER BY seq LIMIT $1`, limit)
	if err != nil || !t.writes || len(events) == 0 {
		return events, err
	}
	return events, t.fetchHeard(events)
}

// fetchHeard fetches and locks the parcels of events, which those who hear are about to ask for; those that another transaction
// has are waited for when they are.
func (t *tx) fetchHeard(events []lockhouse.Event) error {
	var ids []string
	for _, e := range events {
		if e.Parcel != "" {
			ids = append(ids, string(e.Parcel))
		}
	}
	parcels, err := allFree(t, readParcel, `SELECT `+parcelColumns+` FROM parcels WHERE id = ANY ($1)`, ids)
	for _, p := range parcels {
		t.parcelSeen(p, err)
	}
	return err
}

func (t *tx) MarkHeard(through int64) error {
	return t.change("There is no such event, or it was heard already.", `UPDATE outbox SET heard_through = $1
		WHERE heard_through < $1 AND EXISTS (SELECT 1 FROM events WHERE seq = $1)`, through)
}

// Timeline knows that of a parcel which was inserted here nothing was said before.
func (t *tx) Timeline(parcel lockhouse.ParcelID) (line []lockhouse.Event, err error) {
	if slices.Contains(t.seen.inserted, parcel) {
		for _, e := range t.seen.said {
			if e.Parcel == parcel {
				line = append(line, e)
			}
		}
		return line, nil
	}
	e, err := t.behind(parcel)
	if err != nil {
		return nil, err
	}
	line, err = all(t, readEvent, `SELECT `+eventColumns+` FROM events WHERE parcel = $1 AND parcel <> '' ORDER BY seq`, parcel)
	return append(e.Events, line...), err
}

func (t *tx) Recent(limit int) ([]lockhouse.Event, error) {
	return all(t, readEvent, `SELECT `+eventColumns+` FROM events ORDER BY seq DESC LIMIT $1`, limit)
}

// EventsAfter holds back what lies behind an open transaction, as Unheard does.
func (t *tx) EventsAfter(seq int64, limit int) ([]lockhouse.Event, error) {
	return all(t, readEvent, `SELECT `+eventColumns+` FROM events WHERE seq > $1 AND `+settled+` ORDER BY seq LIMIT $2`, seq, limit)
}

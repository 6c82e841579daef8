// Package notify decides whom to tell, of what: it hears events and leaves notices in a queue. Who a person is, in which
// words they are told and how the message travels is link/notice's.
package notify

import (
	"lockhouse"
	"lockhouse/store"
)

// reasons is the one list of what a recipient is written to about. Where a parcel was recalled or returned, the shop is
// told by its webhook, and it is the shop that speaks to its customer.
var reasons = map[lockhouse.EventKind]lockhouse.NoticeKind{
	lockhouse.EventParcelAnnounced:  lockhouse.NoticeAnnounced,
	lockhouse.EventParcelDroppedOff: lockhouse.NoticeReady,
	lockhouse.EventParcelOverdue:    lockhouse.NoticeOverdue,
	lockhouse.EventParcelCollected:  lockhouse.NoticeCollected,
	lockhouse.EventDoorService:      lockhouse.NoticeService,
}

// current is what the reader of a new mailbox is told: what the old one was told last. Of what was recalled, nothing.
var current = map[lockhouse.ParcelState]lockhouse.NoticeKind{
	lockhouse.ParcelAnnounced:  lockhouse.NoticeAnnounced,
	lockhouse.ParcelInTransit:  lockhouse.NoticeAnnounced,
	lockhouse.ParcelDroppedOff: lockhouse.NoticeReady,
	lockhouse.ParcelOverdue:    lockhouse.NoticeOverdue,
}

// Hear leaves a notice for whom an event concerns, due at once. Hearing an event again leaves nothing: the store keeps
// one notice of a kind for each event.
func Hear(tx store.Tx, e lockhouse.Event) error {
	kind, ok := reasons[e.Kind]
	if !ok && e.Kind != lockhouse.EventParcelReaddressed || e.Parcel == "" {
		return nil
	}
	p, err := tx.Parcel(e.Parcel)
	if err != nil {
		return err
	}
	if e.Kind == lockhouse.EventParcelReaddressed {
		kind = current[p.State]
	}
	if kind == "" || stale(kind, p) {
		return nil
	}
	return tx.InsertNotice(lockhouse.Notice{Event: e.Seq, Kind: kind, Person: p.Person, Parcel: p.ID, At: e.At,
		Attempts: lockhouse.Attempts{NextAt: e.At}})
}

// stale tells whether a notice would be untrue by now: receipts of a locker that was cut off arrive together, and nobody
// should be told to come for what they have taken already.
func stale(kind lockhouse.NoticeKind, p lockhouse.Parcel) bool {
	switch kind {
	case lockhouse.NoticeAnnounced:
		return p.State != lockhouse.ParcelAnnounced && p.State != lockhouse.ParcelInTransit
	case lockhouse.NoticeReady:
		return p.State != lockhouse.ParcelDroppedOff
	case lockhouse.NoticeOverdue:
		return p.State != lockhouse.ParcelOverdue
	}
	return false
}

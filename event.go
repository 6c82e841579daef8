package lockhouse

import "time"

// EventKind names something that happened in the network.
type EventKind string

// Every event. app/network/hears.go is the one list of who listens to which.
const (
	EventHoldPlaced    EventKind = "hold.placed"
	EventHoldExtended  EventKind = "hold.extended"
	EventHoldConfirmed EventKind = "hold.confirmed"
	EventHoldReleased  EventKind = "hold.released"
	EventHoldLapsed    EventKind = "hold.lapsed"

	// EventRoomChanged: the counts of a site's room changed, and no other event says so. A locker came, a compartment went
	// out of service or came back, a parcel stays beyond its days, or room is kept no longer for one that never came.
	EventRoomChanged EventKind = "room.changed"

	EventParcelAnnounced  EventKind = "parcel.announced"
	EventParcelInTransit  EventKind = "parcel.in_transit"
	EventParcelDroppedOff EventKind = "parcel.dropped_off"
	EventParcelMisfit     EventKind = "parcel.misfit"
	EventParcelCollected  EventKind = "parcel.collected"
	EventParcelOverdue    EventKind = "parcel.overdue"
	EventParcelExtended   EventKind = "parcel.extended"
	EventParcelRecalled   EventKind = "parcel.recalled"
	EventParcelReturned   EventKind = "parcel.returned"
	// EventParcelReaddressed: its recipient has another mailbox now. Where it lies did not change.
	EventParcelReaddressed EventKind = "parcel.readdressed"

	EventDoorAuthorised EventKind = "door.authorised"
	EventDoorOpened     EventKind = "door.opened"
	EventDoorNotOpened  EventKind = "door.not_opened"
	EventDoorLeftOpen   EventKind = "door.left_open"
	EventDoorForced     EventKind = "door.forced"
	EventDoorShut       EventKind = "door.shut"
	EventDoorService    EventKind = "door.service" // opened for service; the note is the reason
	EventLockerFault    EventKind = "locker.fault"
	EventLockerHealed   EventKind = "locker.healed"
	EventLockerStarted  EventKind = "locker.started"
	EventLockerRetired  EventKind = "locker.retired" // the note says how
	EventLockerRekeyed  EventKind = "locker.rekeyed" // it uses its next keyset; the note is that one's number
	// EventRevoked: grants were taken back at a locker before their end. The note is their name: a phone's thumbprint or a grant's id.
	EventRevoked EventKind = "locker.revoked"
	// EventFaultAcknowledged: an operator has looked at a locker whose receipts did not fit together. The note is the fault.
	EventFaultAcknowledged EventKind = "locker.fault_acknowledged"
	// EventReceiptRefused: a locker stated what the parcel's state does not allow. The receipt is kept, and has no effect.
	EventReceiptRefused EventKind = "receipt.refused"

	EventNoticeSent   EventKind = "notice.sent"
	EventNoticeFailed EventKind = "notice.failed"
)

// EventKinds lists every kind, so that what is counted by kind is counted by a known number of them.
func EventKinds() []EventKind {
	return []EventKind{
		EventHoldPlaced, EventHoldExtended, EventHoldConfirmed, EventHoldReleased, EventHoldLapsed,
		EventParcelAnnounced, EventParcelInTransit, EventParcelDroppedOff, EventParcelMisfit, EventParcelCollected, EventParcelOverdue,
		EventParcelExtended, EventParcelRecalled, EventParcelReturned, EventParcelReaddressed,
		EventDoorAuthorised, EventDoorOpened, EventDoorNotOpened, EventDoorLeftOpen, EventDoorForced, EventDoorShut, EventDoorService,
		EventLockerFault, EventLockerHealed, EventLockerStarted, EventLockerRetired, EventLockerRekeyed, EventRevoked, EventFaultAcknowledged, EventReceiptRefused, EventRoomChanged,
		EventNoticeSent, EventNoticeFailed,
	}
}

// Event is one entry of the outbox: written in the transaction that made it true, heard afterwards. Empty fields do not
// apply. It names no person.
type Event struct {
	Seq         int64 // given by the store, rising
	Kind        EventKind
	At          time.Time
	Shop        ShopID
	Hold        HoldID
	Parcel      ParcelID
	Site        SiteID
	Locker      LockerID
	Compartment int
	Note        string // a word or two for the timeline, such as a fault's code
}

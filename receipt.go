package lockhouse

import "time"

// ReceiptKind says what a locker states in a receipt.
type ReceiptKind uint8

// What a locker puts into receipts. The numbers travel; they never change.
const (
	ReceiptAuthorised  ReceiptKind = 1  // a grant and its proof were found good, a compartment is armed
	ReceiptOpened      ReceiptKind = 2  // the door's own contact says so
	ReceiptStored      ReceiptKind = 3  // a courier's door was shut on the parcel
	ReceiptCollected   ReceiptKind = 4  // the recipient's door was opened and shut again
	ReceiptTakenOut    ReceiptKind = 5  // the courier's door for a recalled parcel was opened and shut again
	ReceiptMisfit      ReceiptKind = 6  // the courier says that the parcel did not fit, and took it out
	ReceiptNotOpened   ReceiptKind = 7  // the lock was pulsed and the door did not open
	ReceiptLeftOpen    ReceiptKind = 8  // the door stayed open beyond the locker's patience
	ReceiptForced      ReceiptKind = 9  // a door is open that nobody was let through
	ReceiptBoardFault  ReceiptKind = 10 // the lock board is silent or answers nonsense
	ReceiptBoardHealed ReceiptKind = 11
	ReceiptStarted     ReceiptKind = 12 // the agent started; Boot went up by one
	ReceiptShut        ReceiptKind = 13 // a door that was left open or forced is shut again
	ReceiptService     ReceiptKind = 14 // a compartment was opened for service, and is shut again
)

var receiptWords = map[ReceiptKind]string{
	ReceiptAuthorised: "authorised", ReceiptOpened: "opened", ReceiptStored: "stored", ReceiptCollected: "collected",
	ReceiptTakenOut: "taken_out", ReceiptMisfit: "misfit", ReceiptNotOpened: "not_opened", ReceiptLeftOpen: "left_open",
	ReceiptForced: "forced", ReceiptBoardFault: "board_fault", ReceiptBoardHealed: "board_healed", ReceiptStarted: "started",
	ReceiptShut: "shut", ReceiptService: "service",
}

// String gives the kind's word; an unknown kind is "unknown".
func (k ReceiptKind) String() string {
	if w, ok := receiptWords[k]; ok {
		return w
	}
	return "unknown"
}

// TimeQuality says how far a locker trusts its own clock.
type TimeQuality uint8

// Qualities of time, worst first.
const (
	TimeFloor TimeQuality = 0 // only a lower bound: the latest signed time seen, and uptime since
	TimeDay   TimeQuality = 1 // set by the network, and run on since
	TimeGood  TimeQuality = 2 // set by the network within the hour
)

// Receipt is a locker's signed statement of what happened. Seq counts all receipts of a locker without a gap, and Prev
// chains each to the one before, so that none can be left out unseen.
type Receipt struct {
	Locker      LockerID
	Boot        uint32
	Seq         uint64
	Kind        ReceiptKind
	At          time.Time
	Quality     TimeQuality
	Grant       GrantID   // zero where no grant was involved
	Ref         ParcelRef // zero where no parcel was involved
	Compartment int       // 0 where no door was involved
	Generation  uint32
	Phone       [8]byte  // first 8 bytes of the SHA-256 of the phone's key
	Prev        [16]byte // first 16 bytes of the SHA-256 of the receipt before; zero on the first
}

// Moment gives the time at which the network takes the receipt's happening to have been. It is the locker's, unless the
// locker knew only a lower bound or its clock runs ahead: then it is now, which never shortens anybody's time.
func (r Receipt) Moment(now time.Time) time.Time {
	if r.Quality == TimeFloor || r.At.After(now) {
		return now
	}
	return r.At
}

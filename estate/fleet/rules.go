package fleet

import (
	"crypto/sha256"
	"strings"

	"lockhouse"
	"lockhouse/store"
)

// faultBoard is the fault of a locker whose lock board does not answer.
const faultBoard = "board"

// ofDisk tells whether a fault is one of the locker's disk or of what it keeps there.
func ofDisk(fault string) bool {
	return strings.HasPrefix(fault, "disk") || strings.HasPrefix(fault, "journal")
}

// doorAfter says how a door stands after a receipt. Authorised says nothing of the door.
var doorAfter = map[lockhouse.ReceiptKind]lockhouse.Door{
	lockhouse.ReceiptOpened:    lockhouse.DoorOpen,
	lockhouse.ReceiptLeftOpen:  lockhouse.DoorOpen,
	lockhouse.ReceiptForced:    lockhouse.DoorOpen,
	lockhouse.ReceiptNotOpened: lockhouse.DoorShut,
	lockhouse.ReceiptStored:    lockhouse.DoorShut,
	lockhouse.ReceiptCollected: lockhouse.DoorShut,
	lockhouse.ReceiptTakenOut:  lockhouse.DoorShut,
	lockhouse.ReceiptMisfit:    lockhouse.DoorShut,
	lockhouse.ReceiptShut:      lockhouse.DoorShut,
	lockhouse.ReceiptService:   lockhouse.DoorShut,
}

// doorsNow gives how doors stand, as far as anybody knows: while the board is silent nobody does, of any.
func doorsNow(said map[int]lockhouse.Door, boxes []lockhouse.Compartment, fault string) map[int]lockhouse.Door {
	if fault != faultBoard {
		return said
	}
	unknown := map[int]lockhouse.Door{}
	for _, c := range boxes {
		unknown[c.Number] = lockhouse.DoorUnknown
	}
	return unknown
}

// inLine gives the receipts that follow a number without a gap.
func inLine(receipts []store.SignedReceipt, after uint64) []store.SignedReceipt {
	for i, r := range receipts {
		if r.Seq != after+uint64(i)+1 {
			return receipts[:i]
		}
	}
	return receipts
}

// comesNext gives those of a delivery that follow a number without a gap, at most appliedAtOnce, or none where it is not in order.
func comesNext(receipts []store.SignedReceipt, after uint64) []store.SignedReceipt {
	return inLine(receipts[:min(len(receipts), appliedAtOnce)], after)
}

// headOf is what the next receipt's Prev must be: the first 16 bytes of the SHA-256 of a receipt as it was signed.
func headOf(raw []byte) (head [16]byte) {
	sum := sha256.Sum256(raw)
	copy(head[:], sum[:])
	return head
}

// prevOf gives what a receipt's Prev must be: zero on the first. It is not known behind a gap that was skipped.
func prevOf(receipts store.Receipts, r lockhouse.Receipt) (head [16]byte, known bool, err error) {
	if r.Seq <= 1 {
		return head, true, nil
	}
	before, err := receipts.ReceiptAt(r.Locker, r.Seq-1)
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return head, false, nil
	}
	return headOf(before.Raw), err == nil, err
}

func checkDelivery(locker lockhouse.LockerID, receipts []store.SignedReceipt) error {
	if n := len(receipts); n > MaxReceiptsPerCall {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "%d receipts at once; give at most %d.", n, MaxReceiptsPerCall)
	}
	for _, r := range receipts {
		switch {
		case r.Locker != locker:
			return lockhouse.Refuse(lockhouse.CodeMalformed, "Receipt %d is another locker's. Give each locker's receipts by themselves.", r.Seq)
		case r.Seq == 0:
			return lockhouse.Refuse(lockhouse.CodeMalformed, "A receipt has the number 0; a locker counts from 1.")
		case len(r.Raw) == 0 || len(r.Raw) > MaxReceiptBytes:
			return lockhouse.Refuse(lockhouse.CodeMalformed, "Receipt %d has %d bytes; give 1 to %d.", r.Seq, len(r.Raw), MaxReceiptBytes)
		}
	}
	return nil
}

func tooFarAhead(seq, applied uint64) error {
	return lockhouse.Refuse(lockhouse.CodeConflict, "Receipt %d is too far ahead: the last that was applied is %d. Give those between first.", seq, applied).
		With("applied", applied)
}

func checkLocker(l lockhouse.Locker, boxes []lockhouse.Compartment) error {
	if _, err := l.ID.Bytes(); err != nil {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "A locker's id is lkr_ and 16 hex digits.").With("field", "id")
	}
	if err := lockhouse.CheckLockerName(l.Name); err != nil {
		return err
	}
	if len(l.StaticKey) != 65 || len(l.ReceiptKey) != 65 || len(l.AdvertKey) != 16 {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "A locker has a static key and a receipt key of 65 bytes, and an advert key of 16.").
			With("field", "keys")
	}
	for _, c := range boxes {
		if c.Locker != l.ID {
			return lockhouse.Refuse(lockhouse.CodeMalformed, "Compartment %d is another locker's.", c.Number).With("compartment", c.Number)
		}
	}
	return lockhouse.CheckCompartments(boxes)
}

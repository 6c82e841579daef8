package agent

import (
	"lockhouse"
	"lockhouse/trust/credential"
)

// keptReceipt is a receipt that is still here.
type keptReceipt struct {
	seq uint64
	raw []byte
}

// says makes the receipt that a record will carry: signed, numbered, chained to the one before. Alarms fall silent when
// very many receipts wait for the network; what says where a parcel is never does, and ends by itself, because drop-offs
// are refused long before.
func (a *Agent) says(kind lockhouse.ReceiptKind, number int, op *opening) ([]byte, error) {
	if len(a.kept) >= quietAfterReceipts && !saysWhere(kind) {
		return nil, nil
	}
	r := lockhouse.Receipt{
		Locker: a.config.Locker, Boot: a.state.Boot, Seq: a.state.Seq + 1, Kind: kind, At: timeOf(a.floorS()),
		Quality: a.clock.quality(a.Now()), Compartment: number, Prev: a.state.Head,
	}
	if kind == lockhouse.ReceiptStarted {
		r.Boot++ // the record that carries it counts
	}
	if number != 0 {
		c := a.state.at(number)
		r.Generation, r.Ref = c.Generation, c.Ref
	}
	if op != nil {
		r.Grant, r.Ref, r.Generation, r.Phone = op.Grant, op.Ref, op.Generation, op.Phone
	}
	raw, err := credential.SignReceipt(a.Receipt, r)
	if err != nil {
		return nil, lockhouse.RefuseAtDoor(lockhouse.CodeUnavailable).Because(err)
	}
	return raw, nil
}

// saysWhere tells whether a receipt says where a parcel is.
func saysWhere(kind lockhouse.ReceiptKind) bool {
	switch kind {
	case lockhouse.ReceiptOpened, lockhouse.ReceiptStored, lockhouse.ReceiptCollected, lockhouse.ReceiptTakenOut, lockhouse.ReceiptMisfit,
		lockhouse.ReceiptService: // which says what is not to be kept back either
		return true
	}
	return false
}

// dropOffsPaused: rather no new parcel than one whose receipts have no room, that lands on another, or that nobody has keys for.
func (a *Agent) dropOffsPaused() bool {
	return a.retired || a.forgot || len(a.kept) >= pauseAfterReceipts
}

// ReceiptsAfter gives receipts with numbers above seq, oldest first, at most limit. The first may be later than seq+1
// when the ones between were acknowledged.
func (a *Agent) ReceiptsAfter(seq uint64, limit int) [][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out [][]byte
	for _, k := range a.kept {
		if k.seq > seq && len(out) < limit {
			out = append(out, k.raw)
		}
	}
	return out
}

// Acknowledged says that the network has applied all receipts up to a number: they need not be kept. The last thousand stay
// all the same (141 kB, some weeks of a locker's life): for phones that ask for the very last, and for a network that was
// restored from a backup and has forgotten them. A restart before the journal is written anew offers more, which does no harm.
//
// A number that is not written yet says that the journal is not the one it was: lost, or an old copy. Nobody knows then
// what lies behind the doors, so no courier is shown an empty compartment that may hold somebody's parcel.
func (a *Agent) Acknowledged(seq uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if seq > a.state.Seq {
		a.forgot = true
		a.announce()
		return
	}
	a.acked = max(a.acked, seq)
	n := 0
	for n < len(a.kept)-memoryReceipts && a.kept[n].seq <= seq {
		n++
	}
	if n == 0 {
		return
	}
	a.kept = append([]keptReceipt(nil), a.kept[n:]...)
}

// tail gives the last n receipts, oldest first.
func (a *Agent) tail(n int) [][]byte {
	var out [][]byte
	for _, k := range a.kept[max(0, len(a.kept)-n):] {
		out = append(out, k.raw)
	}
	return out
}

// Boot gives how often the agent has started on this journal.
func (a *Agent) Boot() uint32 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state.Boot
}

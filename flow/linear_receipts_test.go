package flow_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/bits"
	mathrand "math/rand/v2"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/flow/collect"
	"lockhouse/flow/dropoff"
	"lockhouse/flow/hold"
	"lockhouse/flow/manifest"
	"lockhouse/store"
	"lockhouse/store/storetest"
)

// bags is how many parcels a round's locker stores and hands out: two receipts for each.
const bags = 6

// brought is one question about receipts: take these (a bit for each), or, with none, how far are you?
type brought struct{ receipts uint32 }

// taken is the answer.
type taken struct {
	unknown bool
	tally   fleet.Tally
	applied uint64
	states  [bags]lockhouse.ParcelState
}

// shelf is the model's state: which receipts are kept. What has had its effect follows from it.
type shelf uint32

// applied is how many follow each other from the first without a gap.
func (s shelf) applied() int { return bits.TrailingZeros32(^uint32(s)) }

// state is what a parcel is after the receipts that have had their effect: the first half of them store, the second hand out.
func (s shelf) state(bag int) lockhouse.ParcelState {
	switch applied := s.applied(); {
	case applied > bags+bag:
		return lockhouse.ParcelCollected
	case applied > bag:
		return lockhouse.ParcelDroppedOff
	}
	return lockhouse.ParcelAnnounced
}

// shelves is the model.
var shelves = porcupine.NondeterministicModel{
	Init: func() []any { return []any{shelf(0)} },
	Step: func(state, question, answer any) []any {
		s, q, a := state.(shelf), question.(brought), answer.(taken)
		next := s | shelf(q.receipts)
		switch {
		case a.unknown:
			return []any{s, next}
		case q.receipts == 0:
			if a.applied != uint64(s.applied()) {
				return nil
			}
			for bag, is := range a.states {
				if is != s.state(bag) {
					return nil
				}
			}
			return []any{s}
		}
		fresh := bits.OnesCount32(uint32(next &^ s))
		want := fleet.Tally{Fresh: fresh, Duplicate: bits.OnesCount32(q.receipts) - fresh, Applied: uint64(next.applied()),
			Waiting: bits.OnesCount32(uint32(next)) - next.applied()}
		if a.tally != want {
			return nil
		}
		return []any{next}
	},
	DescribeOperation: func(question, answer any) string { return fmt.Sprintf("%+v -> %+v", question, answer) },
}

// TestReceiptsAreLinearizable: a locker's receipts come by several lines at once, in any order and again and again, while
// others look at the parcels. Each is kept once and takes effect once and in its order, and nobody sees anything else.
func TestReceiptsAreLinearizable(t *testing.T) {
	linear(t, shelves.ToModel(), func(t *testing.T, plain, s store.Store, round int, seed uint64) *history {
		y := newYard(t, plain, round+1)
		y.fleet.Store = s
		return runs(5, 14, seed, y.ask)
	})
}

// yard is one locker with parcels on their way to it, and all receipts that it will have signed.
type yard struct {
	fleet    fleet.Desk
	locker   lockhouse.LockerID
	parcels  [bags]lockhouse.Parcel
	receipts []store.SignedReceipt
}

func newYard(t *testing.T, s store.Store, number int) *yard {
	t.Helper()
	site, locker := storetest.Build(t, s, number, bags, 0, 0)
	now := func() time.Time { return storetest.Noon }
	stored := dropoff.Desk{Store: s, Sizes: lockhouse.DefaultSizes(), Now: now}
	collected := collect.Desk{Now: now}
	y := &yard{locker: locker.ID, fleet: fleet.Desk{Now: now, Hears: map[lockhouse.ReceiptKind]fleet.Hear{
		lockhouse.ReceiptStored: stored.Stored, lockhouse.ReceiptCollected: collected.Collected}}}
	till := hold.Desk{Store: s, Sizes: lockhouse.DefaultSizes(), Now: now, Random: rand.Reader}
	clerk := manifest.Desk{Store: s, Now: now, Random: rand.Reader}
	for bag := range bags {
		reference := fmt.Sprintf("order-%d-%d", number, bag)
		_, _, err := till.Place(t.Context(), hold.Request{Shop: "shop_1", Reference: reference, Site: site.ID, Dimensions: storetest.Book, Arrives: storetest.Today})
		if err != nil {
			t.Fatal(err)
		}
		if y.parcels[bag], _, err = clerk.Announce(t.Context(), manifest.Order{Shop: "shop_1", Reference: reference, Tracking: reference}, nobody); err != nil {
			t.Fatal(err)
		}
	}
	var head [16]byte
	for _, kind := range []lockhouse.ReceiptKind{lockhouse.ReceiptStored, lockhouse.ReceiptCollected} {
		for bag, p := range y.parcels {
			seq := uint64(len(y.receipts) + 1)
			r := store.SignedReceipt{Raw: fmt.Appendf(nil, "receipt %d of %d", seq, number), Receipt: lockhouse.Receipt{Locker: y.locker, Boot: 1, Seq: seq,
				Kind: kind, At: storetest.Noon, Quality: lockhouse.TimeGood, Ref: p.Ref, Compartment: bag + 1, Generation: 1, Prev: head}}
			sum := sha256.Sum256(r.Raw)
			copy(head[:], sum[:])
			y.receipts = append(y.receipts, r)
		}
	}
	return y
}

// ask brings some receipts that lie near each other, or looks.
func (y *yard) ask(h *history, client int, random *mathrand.Rand) {
	var q brought
	var some []store.SignedReceipt
	if random.IntN(3) > 0 {
		first := random.IntN(len(y.receipts))
		for _, at := range random.Perm(min(4, len(y.receipts)-first)) {
			if q.receipts == 0 || random.IntN(4) > 0 {
				some = append(some, y.receipts[first+at])
				q.receipts |= 1 << (first + at)
			}
		}
	}
	began := h.now()
	var a taken
	var err error
	if len(some) > 0 {
		a.tally, err = y.fleet.Accept(context.Background(), y.locker, some)
	} else {
		a.applied, a.states, err = y.look()
	}
	a.unknown = lockhouse.CodeOf(err) == lockhouse.CodeUnavailable // any other failure is an answer that can't be
	if err != nil && !a.unknown {
		a.tally.Conflicted = -1
	}
	h.note(client, began, q, a, a.unknown)
}

func (y *yard) look() (applied uint64, states [bags]lockhouse.ParcelState, err error) {
	err = y.fleet.Store.View(context.Background(), func(tx store.Tx) error {
		if applied, err = tx.AppliedThrough(y.locker); err != nil {
			return err
		}
		for bag, p := range y.parcels {
			is, err := tx.Parcel(p.ID)
			if err != nil {
				return err
			}
			states[bag] = is.State
		}
		return nil
	})
	return applied, states, err
}

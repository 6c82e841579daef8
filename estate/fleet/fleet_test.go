package fleet_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

func wantCode(t *testing.T, err error, code lockhouse.Code) {
	t.Helper()
	if e, ok := errors.AsType[*lockhouse.Error](err); !ok || e.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

// yard is a desk whose table writes down in which order it heard what.
type yard struct {
	fleet.Desk
	heard []uint64
}

func newYard(s store.Store) *yard {
	y := &yard{Desk: fleet.Desk{Store: s, Now: func() time.Time { return storetest.Noon }}}
	y.Hears = map[lockhouse.ReceiptKind]fleet.Hear{
		lockhouse.ReceiptOpened: func(_ store.Tx, r lockhouse.Receipt) error { y.heard = append(y.heard, r.Seq); return nil },
		lockhouse.ReceiptStored: func(_ store.Tx, r lockhouse.Receipt) error {
			y.heard = append(y.heard, r.Seq)
			return lockhouse.Refuse(lockhouse.CodeConflict, "Not now.")
		},
		lockhouse.ReceiptBoardFault: y.Fault, lockhouse.ReceiptBoardHealed: y.Fault,
	}
	return y
}

// chain makes a locker's first n receipts, of kinds in turn.
func chain(locker lockhouse.LockerID, n int, kinds ...lockhouse.ReceiptKind) (list []store.SignedReceipt) {
	var head [16]byte
	for i := range n {
		r := store.SignedReceipt{Raw: fmt.Appendf(nil, "%s receipt %d", locker, i+1), Receipt: lockhouse.Receipt{Locker: locker, Boot: 1, Seq: uint64(i + 1),
			Kind: kinds[i%len(kinds)], At: storetest.Noon, Compartment: 1, Prev: head}}
		sum := sha256.Sum256(r.Raw)
		copy(head[:], sum[:])
		list = append(list, r)
	}
	return list
}

func upTo(n int) (seqs []uint64) {
	for i := range n {
		seqs = append(seqs, uint64(i+1))
	}
	return seqs
}

// TestAnyWayHome delivers a locker's receipts in any pieces, any order and any number of times: each has its effect
// once, in the locker's order, and in the end all of them have.
func TestAnyWayHome(t *testing.T) {
	s := sqlitetest.Open(t)
	number := 0
	rapid.Check(t, func(rt *rapid.T) {
		number++
		_, locker := storetest.Build(t, s, number, 1, 0, 0)
		y := newYard(s)
		all := chain(locker.ID, rapid.IntRange(1, 12).Draw(rt, "receipts"), lockhouse.ReceiptOpened, lockhouse.ReceiptStored)
		loads := rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom(all), 0, 6), 0, 8).Draw(rt, "deliveries")
		arrived := map[uint64]bool{}
		for _, load := range append(loads, all) {
			tally, err := y.Accept(t.Context(), locker.ID, load)
			if err != nil {
				rt.Fatal(err)
			}
			fresh := 0
			for _, r := range load {
				if !arrived[r.Seq] {
					arrived[r.Seq], fresh = true, fresh+1
				}
			}
			through := 0
			for arrived[uint64(through+1)] {
				through++
			}
			if tally.Fresh != fresh || tally.Duplicate != len(load)-fresh || tally.Applied != uint64(through) || tally.Waiting != len(arrived)-through {
				rt.Fatalf("got %+v; %d are fresh, %d are in line, %d arrived", tally, fresh, through, len(arrived))
			}
		}
		if !slices.Equal(y.heard, upTo(len(all))) {
			rt.Fatalf("heard %v of %d", y.heard, len(all))
		}
	})
}

// TestLongLine applies more than one transaction's worth at once, delivered backwards.
func TestLongLine(t *testing.T) {
	s := sqlitetest.Open(t)
	_, locker := storetest.Build(t, s, 1, 1, 0, 0)
	y := newYard(s)
	all := chain(locker.ID, 500, lockhouse.ReceiptOpened)
	if _, err := y.Accept(t.Context(), locker.ID, all[250:]); err != nil {
		t.Fatal(err)
	}
	tally, err := y.Accept(t.Context(), locker.ID, all[:250])
	if err != nil || tally.Applied != 500 || tally.Waiting != 0 || !slices.Equal(y.heard, upTo(500)) {
		t.Fatalf("got %+v, %v; heard %d", tally, err, len(y.heard))
	}
}

func TestFaultsBothWays(t *testing.T) {
	for how, fault := range map[string]storetest.Fault{"not done": storetest.NotDone, "done, not told": storetest.NotTold} {
		t.Run(how, func(t *testing.T) {
			faulty := &storetest.Faulty{Store: sqlitetest.Open(t)}
			_, locker := storetest.Build(t, faulty, 1, 1, 0, 0)
			y := newYard(faulty)
			all := chain(locker.ID, 3, lockhouse.ReceiptOpened)
			faulty.Next = fault
			if _, err := y.Accept(t.Context(), locker.ID, all); !errors.Is(err, storetest.ErrFault) {
				t.Fatal(err)
			}
			for range 2 {
				if tally, err := y.Accept(t.Context(), locker.ID, all); err != nil || tally.Applied != 3 {
					t.Fatalf("got %+v, %v", tally, err)
				}
			}
			if !slices.Equal(y.heard, upTo(3)) {
				t.Fatalf("heard %v", y.heard)
			}
		})
	}
}

// TestContradiction: a second receipt of the same number changes nothing and makes a fault that an operator sees; so
// does one that does not continue the chain. Those after it are heard.
func TestContradiction(t *testing.T) {
	for name, spoil := range map[string]struct {
		how   func([]store.SignedReceipt) []store.SignedReceipt
		fault string
	}{
		"another of the same number": {func(all []store.SignedReceipt) []store.SignedReceipt {
			forged := all[1]
			forged.Raw = []byte("something else")
			return []store.SignedReceipt{all[0], all[1], forged, all[2]}
		}, "contradiction"},
		"a broken chain":                     {func(all []store.SignedReceipt) []store.SignedReceipt { all[1].Prev[3]++; return all }, "chain"},
		"a first one that has one before it": {func(all []store.SignedReceipt) []store.SignedReceipt { all[0].Prev[3]++; return all }, "chain"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sqlitetest.Open(t)
			site, locker := storetest.Build(t, s, 1, 1, 0, 0)
			y := newYard(s)
			if _, err := y.Accept(t.Context(), locker.ID, spoil.how(chain(locker.ID, 3, lockhouse.ReceiptOpened))); err != nil {
				t.Fatal(err)
			}
			standing, err := y.StandingsAt(t.Context(), site.ID)
			if err != nil || standing[0].Fault != spoil.fault || !slices.Equal(y.heard, upTo(3)) {
				t.Fatalf("fault %q, heard %v, %v", standing[0].Fault, y.heard, err)
			}
		})
	}
}

// TestBetrayalStays: nothing that a locker says afterwards clears it, and saying it again is no news.
func TestBetrayalStays(t *testing.T) {
	s := sqlitetest.Open(t)
	site, locker := storetest.Build(t, s, 1, 1, 0, 0)
	y := newYard(s)
	all := chain(locker.ID, 3, lockhouse.ReceiptStarted, lockhouse.ReceiptBoardFault, lockhouse.ReceiptBoardHealed)
	other := all[0]
	other.Raw = []byte("something else")
	for range 3 {
		if _, err := y.Accept(t.Context(), locker.ID, []store.SignedReceipt{all[0], other}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := y.Accept(t.Context(), locker.ID, all); err != nil {
		t.Fatal(err)
	}
	if _, err := y.Health(t.Context(), locker.ID, fleet.Health{}); err != nil {
		t.Fatal(err)
	}
	standing, err := y.StandingsAt(t.Context(), site.ID)
	if err != nil || standing[0].Fault != "contradiction" {
		t.Fatalf("fault %q, %v", standing[0].Fault, err)
	}
	storetest.View(t, s, func(tx store.Tx) error {
		events, err := tx.Recent(50)
		said := slices.DeleteFunc(events, func(e lockhouse.Event) bool { return e.Note != "contradiction" })
		if len(said) != 1 {
			t.Errorf("said %d times", len(said))
		}
		return err
	})
}

// TestAcknowledge: what receipts betrayed goes when an operator says so, which is said once, and comes again when they do not
// fit again; what a locker says of itself stays.
func TestAcknowledge(t *testing.T) {
	s := sqlitetest.Open(t)
	_, locker := storetest.Build(t, s, 1, 1, 0, 0)
	y := newYard(s)
	all := chain(locker.ID, 3, lockhouse.ReceiptOpened, lockhouse.ReceiptOpened, lockhouse.ReceiptBoardFault)
	other := all[0]
	other.Raw = []byte("something else")
	acknowledged := func(want string) {
		t.Helper()
		standing, err := y.Acknowledge(t.Context(), locker.ID)
		if err != nil || standing.Locker.ID != locker.ID || standing.Fault != want {
			t.Fatalf("got %+v, %v", standing, err)
		}
	}
	contradicts := func() {
		t.Helper()
		if tally, err := y.Accept(t.Context(), locker.ID, []store.SignedReceipt{all[0], other}); err != nil || tally.Conflicted != 1 {
			t.Fatalf("got %+v, %v", tally, err)
		}
	}
	acknowledged("")
	for range 2 {
		contradicts()
		acknowledged("")
		acknowledged("")
	}
	if _, err := y.Accept(t.Context(), locker.ID, all); err != nil {
		t.Fatal(err)
	}
	acknowledged("board")
	storetest.View(t, s, func(tx store.Tx) error {
		events, err := tx.Recent(50)
		said := slices.DeleteFunc(events, func(e lockhouse.Event) bool { return e.Kind != lockhouse.EventFaultAcknowledged })
		if len(said) != 2 || said[0].Note != "contradiction" || said[0].Locker != locker.ID {
			t.Errorf("said %+v", said)
		}
		return err
	})
	_, err := y.Acknowledge(t.Context(), "lkr_none")
	wantCode(t, err, lockhouse.CodeNotFound)
}

// TestAlarms: a forced door is said once, stands whatever the locker says afterwards, gives way to what receipts betray alone,
// and goes when somebody has looked. Of its disk a locker can say nothing in receipts; what it says of it in its health is told too.
func TestAlarms(t *testing.T) {
	s := sqlitetest.Open(t)
	site, locker := storetest.Build(t, s, 1, 1, 0, 0)
	y := newYard(s)
	y.Hears[lockhouse.ReceiptForced] = y.Forced
	all := chain(locker.ID, 4, lockhouse.ReceiptForced, lockhouse.ReceiptForced, lockhouse.ReceiptBoardFault, lockhouse.ReceiptBoardHealed)
	fault := func(want string) {
		t.Helper()
		standings, err := y.StandingsAt(t.Context(), site.ID)
		if err != nil || standings[0].Fault != want {
			t.Fatalf("fault %q, want %q; %v", standings[0].Fault, want, err)
		}
	}
	says := func(what string) {
		t.Helper()
		if _, err := y.Health(t.Context(), locker.ID, fleet.Health{Fault: what}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := y.Accept(t.Context(), locker.ID, all); err != nil {
		t.Fatal(err)
	}
	says("")
	fault("forced")
	if _, err := y.Acknowledge(t.Context(), locker.ID); err != nil {
		t.Fatal(err)
	}
	fault("")
	for range 2 {
		says("disk full")
	}
	fault("disk full")
	says("")
	fault("")
	storetest.View(t, s, func(tx store.Tx) error {
		events, err := tx.Recent(50)
		notes := map[lockhouse.EventKind][]string{}
		for _, e := range events {
			notes[e.Kind] = append(notes[e.Kind], e.Note)
		}
		if got := notes[lockhouse.EventLockerFault]; !slices.Equal(got, []string{"disk full", "board", "forced"}) {
			t.Errorf("faults said: %q", got)
		}
		if got := notes[lockhouse.EventLockerHealed]; !slices.Equal(got, []string{"disk full", ""}) {
			t.Errorf("healed: %q", got)
		}
		return err
	})
}

// TestRefusedReceipts: what the table refuses, or does not know, is kept and said, and does not stop the line; a failure
// to find out does.
func TestRefusedReceipts(t *testing.T) {
	s := sqlitetest.Open(t)
	_, locker := storetest.Build(t, s, 1, 1, 0, 0)
	y := newYard(s)
	all := chain(locker.ID, 4, lockhouse.ReceiptStored, lockhouse.ReceiptKind(99), lockhouse.ReceiptOpened, lockhouse.ReceiptForced)
	broken := errors.New("the disk is gone")
	y.Hears[lockhouse.ReceiptForced] = func(store.Tx, lockhouse.Receipt) error { return broken }
	if _, err := y.Accept(t.Context(), locker.ID, all[:3]); err != nil {
		t.Fatal(err)
	}
	if _, err := y.Accept(t.Context(), locker.ID, all); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	storetest.View(t, s, func(tx store.Tx) error {
		events, err := tx.Recent(10)
		if err != nil || len(events) != 2 || events[1].Note != "stored: conflict" || events[0].Note != "unknown: unknown kind" {
			t.Errorf("got %+v, %v", events, err)
		}
		applied, err := tx.AppliedThrough(locker.ID)
		if applied != 3 {
			t.Errorf("applied through %d", applied)
		}
		return err
	})
	delete(y.Hears, lockhouse.ReceiptForced) // the disk is back
	if tally, err := y.Accept(t.Context(), locker.ID, nil); err != nil || tally.Applied != 4 {
		t.Fatalf("got %+v, %v", tally, err)
	}
}

func TestBadDeliveries(t *testing.T) {
	s := sqlitetest.Open(t)
	_, locker := storetest.Build(t, s, 1, 1, 0, 0)
	y := newYard(s)
	good := chain(locker.ID, 1, lockhouse.ReceiptOpened)
	with := func(change func(*store.SignedReceipt)) []store.SignedReceipt {
		r := good[0]
		change(&r)
		return []store.SignedReceipt{r}
	}
	for name, c := range map[string]struct {
		locker   lockhouse.LockerID
		receipts []store.SignedReceipt
		code     lockhouse.Code
	}{
		"too many":         {locker.ID, slices.Repeat(good, fleet.MaxReceiptsPerCall+1), lockhouse.CodeMalformed},
		"another locker's": {locker.ID, with(func(r *store.SignedReceipt) { r.Locker = "lkr_0000000000000099" }), lockhouse.CodeMalformed},
		"number 0":         {locker.ID, with(func(r *store.SignedReceipt) { r.Seq = 0 }), lockhouse.CodeMalformed},
		"no bytes":         {locker.ID, with(func(r *store.SignedReceipt) { r.Raw = nil }), lockhouse.CodeMalformed},
		"many bytes":       {locker.ID, with(func(r *store.SignedReceipt) { r.Raw = make([]byte, fleet.MaxReceiptBytes+1) }), lockhouse.CodeMalformed},
		"far ahead":        {locker.ID, with(func(r *store.SignedReceipt) { r.Seq = fleet.MaxReceiptsAhead + 1 }), lockhouse.CodeConflict},
		"an unknown one's": {"lkr_none", with(func(r *store.SignedReceipt) { r.Locker = "lkr_none" }), lockhouse.CodeNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := y.Accept(t.Context(), c.locker, c.receipts)
			wantCode(t, err, c.code)
		})
	}
	if len(y.heard) != 0 {
		t.Errorf("heard %v", y.heard)
	}
}

func TestStandings(t *testing.T) {
	s := sqlitetest.Open(t)
	site, locker := storetest.Build(t, s, 1, 2, 0, 0)
	y := newYard(s)
	all := chain(locker.ID, 2, lockhouse.ReceiptOpened, lockhouse.ReceiptBoardFault)
	if _, err := y.Accept(t.Context(), locker.ID, all); err != nil {
		t.Fatal(err)
	}
	_, err := y.SetOutOfService(t.Context(), locker.ID, 2, true)
	if err := errors.Join(err, y.Heard(t.Context(), locker.ID, "v1")); err != nil {
		t.Fatal(err)
	}
	got, err := y.StandingsAt(t.Context(), site.ID)
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	l := got[0]
	if l.Doors[1] != lockhouse.DoorUnknown || l.Fault != "board" || !l.HeardAt.Equal(storetest.Noon) || len(l.Compartments) != 2 || !l.Compartments[1].OutOfService {
		t.Fatalf("got %+v", l)
	}
	healed := chain(locker.ID, 3, lockhouse.ReceiptOpened, lockhouse.ReceiptBoardFault, lockhouse.ReceiptBoardHealed)
	if _, err := y.Accept(t.Context(), locker.ID, healed); err != nil {
		t.Fatal(err)
	}
	if got, _ := y.StandingsAt(t.Context(), site.ID); got[0].Fault != "" || got[0].Doors[1] != lockhouse.DoorOpen {
		t.Errorf("fault %q, door %q", got[0].Fault, got[0].Doors[1])
	}
}

// TestRoomChangesAreSaid: whoever keeps an index of room follows events, so each change of a site's room needs one.
func TestRoomChangesAreSaid(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	y := newYard(s)
	locker, boxes := storetest.Locker(site.ID, 2, 1, 1, 0)
	if err := y.Register(t.Context(), locker, boxes); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second changes nothing
		if _, err := y.SetOutOfService(t.Context(), locker.ID, 2, true); err != nil {
			t.Fatal(err)
		}
	}
	storetest.View(t, s, func(tx store.Tx) error {
		said, err := tx.Recent(10)
		if err != nil || len(said) != 2 {
			t.Fatal(said, err)
		}
		for i, compartment := range []int{2, 0} { // newest first
			if e := said[i]; e.Kind != lockhouse.EventRoomChanged || e.Site != site.ID || e.Compartment != compartment {
				t.Errorf("got %+v", e)
			}
		}
		return nil
	})
}

func TestRegister(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	y := newYard(s)
	locker, boxes := storetest.Locker(site.ID, 2, 2, 0, 0)
	for name, c := range map[string]struct {
		change func(*lockhouse.Locker, []lockhouse.Compartment) []lockhouse.Compartment
		code   lockhouse.Code
	}{
		"an id of its own making": {func(l *lockhouse.Locker, b []lockhouse.Compartment) []lockhouse.Compartment { l.ID = "A"; return b }, lockhouse.CodeMalformed},
		"no name":                 {func(l *lockhouse.Locker, b []lockhouse.Compartment) []lockhouse.Compartment { l.Name = ""; return b }, lockhouse.CodeMalformed},
		"a short key": {func(l *lockhouse.Locker, b []lockhouse.Compartment) []lockhouse.Compartment {
			l.StaticKey = nil
			return b
		}, lockhouse.CodeMalformed},
		"no compartments": {func(*lockhouse.Locker, []lockhouse.Compartment) []lockhouse.Compartment { return nil }, lockhouse.CodeMalformed},
		"a number twice": {func(_ *lockhouse.Locker, b []lockhouse.Compartment) []lockhouse.Compartment {
			b[1].Number = 1
			return b
		}, lockhouse.CodeMalformed},
		"a lock twice": {func(_ *lockhouse.Locker, b []lockhouse.Compartment) []lockhouse.Compartment {
			b[1].Board, b[1].Channel = b[0].Board, b[0].Channel
			return b
		}, lockhouse.CodeMalformed},
		"another's compartment": {func(_ *lockhouse.Locker, b []lockhouse.Compartment) []lockhouse.Compartment {
			b[1].Locker = "lkr_0000000000000099"
			return b
		}, lockhouse.CodeMalformed},
		"no rank": {func(_ *lockhouse.Locker, b []lockhouse.Compartment) []lockhouse.Compartment {
			b[1].Rank = 0
			return b
		}, lockhouse.CodeMalformed},
		"an unknown site": {func(l *lockhouse.Locker, b []lockhouse.Compartment) []lockhouse.Compartment {
			l.Site = "site_none"
			return b
		}, lockhouse.CodeNotFound},
	} {
		l, b := locker, slices.Clone(boxes)
		b = c.change(&l, b)
		if err := y.Register(t.Context(), l, b); lockhouse.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := y.Register(t.Context(), locker, boxes); err != nil {
		t.Fatal(err)
	}
	wantCode(t, y.Register(t.Context(), locker, boxes), lockhouse.CodeConflict)
}

// BenchmarkAccept takes receipts in by the hundred, as after a locker was cut off.
func BenchmarkAccept(b *testing.B) {
	s := sqlitetest.Open(b)
	_, locker := storetest.Build(b, s, 1, 1, 0, 0)
	y := newYard(s)
	all := chain(locker.ID, b.N, lockhouse.ReceiptOpened)
	b.ResetTimer()
	for part := range slices.Chunk(all, 100) {
		rand.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
		if _, err := y.Accept(b.Context(), locker.ID, part); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "receipts/s")
}

// TestGap: a network that was restored from an old backup has forgotten receipts that the locker does not have any more. It
// keeps what comes, however far ahead, and says that somebody has to look; then what waits has its effect, in order.
func TestGap(t *testing.T) {
	for _, missing := range []int{5, fleet.MaxReceiptsAhead + 7} {
		s := sqlitetest.Open(t)
		_, locker := storetest.Build(t, s, 1, 1, 0, 0)
		y := newYard(s)
		all := chain(locker.ID, 3+missing+4, lockhouse.ReceiptOpened)
		for _, some := range [][]store.SignedReceipt{all[:3], all[3+missing:]} {
			if _, err := y.AcceptOwn(t.Context(), locker.ID, some); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(y.heard, upTo(3)) {
			t.Fatalf("heard %v", y.heard)
		}
		at, err := y.StandingsAt(t.Context(), locker.Site)
		if err != nil || at[0].Fault != "gap" {
			t.Fatalf("%+v, %v", at, err)
		}
		after, err := y.Acknowledge(t.Context(), locker.ID)
		if err != nil || after.Fault != "" {
			t.Fatalf("%+v, %v", after, err)
		}
		n := uint64(3 + missing)
		if !slices.Equal(y.heard, append(upTo(3), n+1, n+2, n+3, n+4)) {
			t.Fatalf("heard %v", y.heard)
		}
	}
}

// TestNoGap: a phone has carried what a locker signed last, and then the locker's line is up again and brings the rest in
// pieces. Between two of them nothing is missing, and nobody has to look.
func TestNoGap(t *testing.T) {
	s := sqlitetest.Open(t)
	_, locker := storetest.Build(t, s, 1, 1, 0, 0)
	y := newYard(s)
	all := chain(locker.ID, 30, lockhouse.ReceiptOpened)
	if _, err := y.Accept(t.Context(), locker.ID, all[25:28]); err != nil {
		t.Fatal(err)
	}
	for piece := range slices.Chunk(all, 10) {
		if _, err := y.AcceptOwn(t.Context(), locker.ID, piece); err != nil {
			t.Fatal(err)
		}
		at, err := y.StandingsAt(t.Context(), locker.Site)
		if err != nil || at[0].Fault != "" {
			t.Fatalf("%+v, %v", at, err)
		}
	}
	if !slices.Equal(y.heard, upTo(30)) {
		t.Errorf("heard %v", y.heard)
	}
}

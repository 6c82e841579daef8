package agent_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

func over(link *phone.Direct) bool {
	select {
	case <-link.Session.(*agent.Session).Done():
		return true
	default:
		return false
	}
}

func TestSessionsAreFewAndTheUnprovedGiveWay(t *testing.T) {
	w := newWorld(t)
	var links []*phone.Direct
	for i := range 8 {
		link, err := w.connect(fmt.Sprint("stranger ", i))
		must(t, err)
		links = append(links, link)
		w.now = w.now.Add(time.Second)
	}
	stored := collect(&lockhouse.Receipt{Ref: first, Compartment: 1, Generation: 1})
	_, _, err := w.visit("recipient", w.grant("recipient", stored), -1)
	must(t, err)
	if !over(links[0]) || over(links[1]) {
		t.Error("the oldest stranger should have given way, and nobody else")
	}
	for i := range 7 {
		who := fmt.Sprint("proved ", i)
		_, _, err := w.visit(who, w.grant(who, stored), -1)
		must(t, err)
	}
	if _, err := w.connect("late"); !errors.Is(err, wire.ATTFull) {
		t.Errorf("a ninth session beside eight that have proved themselves: %v", err)
	}
}

func TestAPhoneHasOneSession(t *testing.T) {
	w := newWorld(t)
	one, err := w.connect("phone")
	must(t, err)
	two, err := w.connect("phone")
	must(t, err)
	if !over(one) || over(two) {
		t.Error("the newer session should replace the older")
	}
	if one.Session.Info()[1] == two.Session.Info()[1] {
		t.Error("two sessions have one id")
	}
}

func TestSessionsEnd(t *testing.T) {
	w := newWorld(t)
	silent, err := w.connect("silent")
	must(t, err)
	w.pass(21 * time.Second)
	if !over(silent) {
		t.Error("a phone that says nothing keeps its session")
	}
	_, _, err = w.visit("idle", w.grant("idle", store(first, 1)), -1)
	must(t, err)
	idle := w.link
	w.pass(100 * time.Second)
	if over(idle) {
		t.Error("an admitted phone is cut off too early")
	}
	w.pass(30 * time.Second)
	if !over(idle) {
		t.Error("an idle phone keeps its session")
	}
}

func TestASessionThatWaitsForItsDoorIsNotIdle(t *testing.T) {
	w := newWorld(t)
	v, n, err := w.visit("courier", w.grant("courier", store(first, 1)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.pass(85 * time.Second)
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptStored)
}

func TestAPhoneThatTakesNothingLosesItsSession(t *testing.T) {
	w := newWorld(t)
	session, err := w.agent.Connect("deaf", 23, func([]byte) error { return errors.New("gone") })
	must(t, err)
	frames := 0
	for range 5 {
		if session.Write([]byte{session.Info()[1], 0x80, 0, 1, 7}) == nil {
			frames++
		}
	}
	if frames != 0 {
		t.Error("nonsense was taken")
	}
}

func TestReceiptsWaitAndAreTrimmed(t *testing.T) {
	w := newWorld(t)
	for i := range 6 {
		w.dropOff(lockhouse.ParcelRef{byte(i + 1)}, 1)
	}
	all := w.receipts()
	if len(all) != 1+6*3 || all[0].Kind != lockhouse.ReceiptStarted {
		t.Fatalf("%d receipts", len(all))
	}
	if got := w.agent.ReceiptsAfter(5, 3); len(got) != 3 {
		t.Errorf("%d receipts after the fifth, at most three", len(got))
	}
	w.agent.Acknowledged(all[len(all)-1].Seq)
	if rest := w.receipts(); len(rest) != len(all) {
		t.Errorf("%d receipts stay", len(rest))
	}
	w.alarms(1_000) // a network that has forgotten the last thousand is told them again
	all = w.receipts()
	w.agent.Acknowledged(all[len(all)-1].Seq)
	if rest := w.receipts(); len(rest) != 1_000 || rest[999].Seq != all[len(all)-1].Seq {
		t.Errorf("%d receipts stay", len(rest))
	}
	w.start()
	after := w.receipts()
	if last := after[len(after)-1]; last.Kind != lockhouse.ReceiptStarted || last.Boot != 2 || last.Seq != all[len(all)-1].Seq+1 {
		t.Errorf("%+v", last)
	}
}

// TestAJournalThatIsNotTheOneItWas: with receipts out that it did not write, the locker may hold parcels that it knows
// nothing of. It takes none in, and what its people have grants for still comes out.
func TestAJournalThatIsNotTheOneItWas(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	w.agent.Acknowledged(stored.Seq + 1)
	_, _, err := w.visit("courier", w.grant("courier", store(second, 1)), 0)
	refused(t, err, lockhouse.CodeClosed)
	if h := w.agent.Health(); h.Fault != "journal lost" {
		t.Errorf("fault %q", h.Fault)
	}
	v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	if len(w.receipts()) != 6 {
		t.Errorf("%d receipts are kept; nothing was acknowledged", len(w.receipts()))
	}
}

// TestManyReceipts holds the order in which a locker whose network is gone gives things up: drop-offs first, then
// alarms, and what says where a parcel is never.
func TestManyReceipts(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	w.alarms(8_000)
	said := w.last()
	w.start() // from a journal that was written anew
	if all := w.receipts(); all[0].Seq != 1 || all[len(all)-2] != said {
		t.Errorf("a restart lost receipts: %d to %d of %d", all[0].Seq, all[len(all)-2].Seq, said.Seq)
	}
	w.setTime()
	_, _, err := w.visit("courier", w.grant("courier", store(second, 1)), 0)
	refused(t, err, lockhouse.CodeClosed)
	w.alarms(2_500)
	if n := len(w.agent.ReceiptsAfter(0, 20_000)); n != 10_000 {
		t.Errorf("%d receipts are kept", n)
	}
	v, n, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	if n.Receipt != nil {
		t.Error("still saying more than where parcels are")
	}
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(2)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
	all := w.receipts()
	w.agent.Acknowledged(all[len(all)-1].Seq)
	w.setTime()
	w.dropOff(second, 1)
	if w.journal.rewrites == 0 || len(w.journal.lines) > 20_000 {
		t.Errorf("%d lines after %d rewrites", len(w.journal.lines), w.journal.rewrites)
	}
}

// alarms makes at least so many receipts: a door that somebody plays with, now and then.
func (w *world) alarms(n int) {
	for range (n + 1) / 2 {
		w.board.spring(6)
		w.pass(2 * time.Second)
		w.board.shut(6)
		w.pass(2 * time.Second)
		w.now = w.now.Add(2 * time.Hour)
	}
}

func (w *world) last() lockhouse.Receipt {
	all := w.receipts()
	return all[len(all)-1]
}

func TestTheJournalIsWrittenAnewAndMeansTheSame(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	for w.journal.rewrites == 0 {
		w.alarms(50)
		w.agent.Acknowledged(w.last().Seq - 100)
	}
	before, doors := w.last(), fmt.Sprint(w.agent.Doors())
	if len(w.journal.lines) > 1_200 {
		t.Errorf("%d lines remain", len(w.journal.lines))
	}
	w.start()
	after := w.receipts()
	if n := len(after); n < 100 || after[n-2] != before || after[n-1].Kind != lockhouse.ReceiptStarted {
		t.Errorf("%+v follows %+v", after[n-2:], before)
	}
	if got := fmt.Sprint(w.agent.Doors()); got != doors {
		t.Errorf("doors %s, were %s", got, doors)
	}
	v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
}

func TestWatchWakes(t *testing.T) {
	w := newWorld(t)
	changed, stop := w.agent.Watch()
	w.dropOff(first, 1)
	select {
	case <-changed:
	default:
		t.Error("a receipt, and nobody was woken")
	}
	stop()
	for len(changed) > 0 {
		<-changed
	}
	w.dropOff(second, 1)
	if len(changed) != 0 {
		t.Error("woken after stop")
	}
}

func TestConfigThatCantBeIsRefused(t *testing.T) {
	w := newWorld(t)
	for name, spoil := range map[string]func(c *agent.Config){
		"no compartments":   func(c *agent.Config) { c.Compartments = nil },
		"one number twice":  func(c *agent.Config) { c.Compartments[1].Number = 1 },
		"one lock twice":    func(c *agent.Config) { c.Compartments[1].Channel = 0 },
		"number 0":          func(c *agent.Config) { c.Compartments[0].Number = 0 },
		"channel 48":        func(c *agent.Config) { c.Compartments[0].Channel = 48 },
		"no rank":           func(c *agent.Config) { c.Compartments[0].Rank = 0 },
		"no issuer":         func(c *agent.Config) { c.Trusted.Issuers = nil },
		"no shared key":     func(c *agent.Config) { c.Trusted.Shared = nil },
		"no id":             func(c *agent.Config) { c.Locker = "locker" },
		"too many":          func(c *agent.Config) { c.Compartments = make([]lockhouse.Compartment, 257) },
		"board without end": func(c *agent.Config) { c.Compartments[0].Board = 99 },
	} {
		config := w.config
		config.Compartments = append([]lockhouse.Compartment(nil), w.config.Compartments...)
		spoil(&config)
		if _, err := agent.New(config, agent.Parts{Static: exchange(t, "static"), Receipt: signer(t, "receipts"), Board: w.board, Journal: &fakeJournal{world: w}, Now: func() time.Time { return w.now }}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAJournalThatMakesNoSenseIsRefused(t *testing.T) {
	w := newWorld(t)
	w.dropOff(first, 1)
	for name, lines := range map[string][][]byte{
		"garbage":           {[]byte("not a record")},
		"a later agent's":   {{0x88, 0x18, 0x63, 0, 0, 0, 0xf4, 0xf6, 0xf6, 0xf6}},
		"a receipt missing": without(w.journal.lines, 2), // "authorised", in ARMED
		"an arrow missing":  without(w.journal.lines, 3), // PULSED, which has no receipt
	} {
		if _, err := agent.New(w.config, agent.Parts{Static: exchange(t, "static"), Receipt: signer(t, "receipts"), Board: w.board, Journal: &fakeJournal{world: w, lines: lines}, Now: func() time.Time { return w.now }}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func without(lines [][]byte, i int) [][]byte {
	return append(append([][]byte(nil), lines[:i]...), lines[i+1:]...)
}

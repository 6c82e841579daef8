package agent_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/trust/credential"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

// fakeKeysets is a disk with keysets: what was drawn and not kept is lost with the power.
type fakeKeysets struct {
	world   *world
	present credential.OwnKeyset
	next    *agent.NextKeyset
	former  *agent.FormerKeyset
	drawn   *credential.OwnKeyset
	rekeyed []byte
	made    int
	fails   error
}

func (k *fakeKeysets) Former() (*agent.FormerKeyset, error) { return k.former, nil }
func (k *fakeKeysets) Next() (*agent.NextKeyset, error)     { k.drawn = nil; return k.next, nil }

func (k *fakeKeysets) Rekeyed() []byte { return k.rekeyed }

func (k *fakeKeysets) Make() (credential.OwnKeyset, error) {
	k.made++
	name := string(rune('a' + k.made))
	k.drawn = &credential.OwnKeyset{Static: exchange(k.world.t, name+" static"), Receipt: signer(k.world.t, name+" receipts")}
	return *k.drawn, k.fails
}

// durably does something of which the power may go before and after.
func (k *fakeKeysets) durably(do func()) error {
	k.world.point()
	if k.fails != nil {
		return k.fails
	}
	do()
	k.world.point()
	return nil
}

func (k *fakeKeysets) KeepNext(shared, card []byte) error {
	return k.durably(func() {
		if k.drawn == nil {
			k.drawn = &k.next.OwnKeyset
		}
		k.next = &agent.NextKeyset{OwnKeyset: credential.OwnKeyset{Static: k.drawn.Static, Receipt: k.drawn.Receipt, Shared: shared}, Card: card}
	})
}

func (k *fakeKeysets) Switch(s agent.Succession) error {
	return k.durably(func() {
		k.present, k.next, k.former, k.rekeyed = k.next.OwnKeyset, nil, &agent.FormerKeyset{OwnKeyset: k.present, Succession: s}, s.Rekeyed
	})
}

func (k *fakeKeysets) Forget() error { return k.durably(func() { k.former = nil }) }

func receiptKey(t testing.TB, own credential.OwnKeyset) []byte {
	t.Helper()
	public, err := credential.PublicKey(own.Receipt)
	must(t, err)
	return public
}

// network is what a network has of the locker's keysets, and by which it speaks to it.
type network struct {
	*world
	present lockhouse.Keyset
	ids     *byte
}

func (w *world) network() *network {
	return &network{w, lockhouse.Keyset{Static: public(w.t, "static"), Receipt: public(w.t, "receipts"), Shared: shared}, new(byte(100))}
}

// commands says something about keysets, and gives the outcome.
func (n *network) commands(verb lockhouse.CommandVerb, name lockhouse.KeysetName) lockhouse.Outcome {
	n.t.Helper()
	*n.ids++
	raw, err := credential.SignCommand(credential.Authority{Issuer: signer(n.t, "issuer"), Shared: n.present.Shared},
		lockhouse.Command{ID: [8]byte{*n.ids}, Locker: lockerID, Verb: verb, Keyset: name, IssuedAt: n.now, ExpiresAt: n.now.Add(lockhouse.CommandLife)})
	must(n.t, err)
	_, outcome := n.agent.Obey(raw)
	return outcome
}

func (n *network) wants(verb lockhouse.CommandVerb, name lockhouse.KeysetName, want lockhouse.Outcome) {
	n.t.Helper()
	if got := n.commands(verb, name); got != want {
		n.t.Errorf("%s was %s, not %s", verb, got, want)
	}
}

// asked has the locker make its next keyset, and reads its card.
func (n *network) asked() lockhouse.Keyset {
	n.t.Helper()
	n.wants(lockhouse.CommandRekey, lockhouse.KeysetName{}, lockhouse.OutcomeDone)
	next, err := credential.VerifyKeyCard(lockerID, n.present, exchange(n.t, "issuer"), n.agent.KeyCard())
	must(n.t, err)
	return next
}

// alone waits until no phone is served any more.
func (w *world) alone() { w.pass(3 * time.Minute) }

// changed has the locker switch to its next keyset.
func (n *network) changed() {
	n.t.Helper()
	n.alone()
	next := n.asked()
	n.wants(lockhouse.CommandSwitch, next.Name, lockhouse.OutcomeDone)
	said, err := credential.VerifyRekeyed(next.Receipt, n.agent.Rekeyed())
	must(n.t, err)
	if said.Keyset != next.Name || said.Locker != lockerID {
		n.t.Errorf("it says %+v", said)
	}
	n.present = next
}

// bundle is what a phone gets from the network: a grant and the locker's keys.
type bundle struct {
	locker phone.Locker
	grant  []byte
}

func (n *network) bundle(who string, target lockhouse.Target) bundle {
	n.t.Helper()
	g := lockhouse.Grant{ID: lockhouse.GrantID{who[0], byte(target.Compartment)}, Locker: lockerID, PhoneKey: public(n.t, who), IssuedAt: n.now.Add(-time.Minute), ExpiresAt: n.now.Add(12 * time.Hour), Targets: []lockhouse.Target{target}}
	raw, err := credential.SignGrant(credential.Authority{Issuer: signer(n.t, "issuer"), Shared: n.present.Shared}, g)
	must(n.t, err)
	return bundle{phone.Locker{ID: lockerID, StaticKey: n.present.Static, ReceiptKey: n.present.Receipt}, raw}
}

func (n *network) pin(r *lockhouse.Receipt) string {
	n.t.Helper()
	secret, err := credential.AgreePINSecret(exchange(n.t, "issuer"), n.present.Static, n.present.Shared, lockerID)
	must(n.t, err)
	return secret.PIN(r.Ref, r.Generation, time.Time{})
}

func (n *network) paper(r *lockhouse.Receipt) string {
	n.t.Helper()
	raw, err := credential.SignPass(credential.Authority{Issuer: signer(n.t, "issuer"), Shared: n.present.Shared},
		lockhouse.Grant{ID: lockhouse.GrantID{5}, Locker: lockerID, IssuedAt: n.now, ExpiresAt: n.now.Add(time.Hour), Targets: []lockhouse.Target{collect(r)}})
	must(n.t, err)
	return wire.PassDigits(raw)
}

// begin lets a phone come with a bundle.
func (w *world) begin(who string, b bundle, open int) (*phone.Visit, phone.News, error) {
	w.t.Helper()
	var err error
	w.link, err = w.connect(who)
	must(w.t, err)
	return phone.Begin(soon(w.t), w.link, phone.Phone{Key: signer(w.t, who), Mail: w.mail, Random: rand.Reader}, b.locker, b.grant, open)
}

// goes opens a door with a bundle, and takes the parcel; every receipt is checked by the phone.
func (w *world) goes(who string, b bundle, kind lockhouse.ReceiptKind) {
	w.t.Helper()
	v, n, err := w.begin(who, b, 0)
	must(w.t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.take(n.Compartment)
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, kind)
	must(w.t, v.Bye(soon(w.t)))
}

func (w *world) atPanel(err error, number int) {
	w.t.Helper()
	must(w.t, err)
	w.pass(time.Second)
	w.board.take(number)
	w.board.shut(number)
	w.pass(2 * time.Second)
}

// TestRekey: a locker changes its keys with parcels inside. A grant that was fetched before, offline since, opens its door, and its phone can
// check the receipts; a courier's, a PIN and a pass of before do; so does all that was made since. Each is good in its own keyset alone.
// Forgotten, nothing of before is worth anything. All along, over starts, the receipts are one chain: to the last of before by the former
// key, from there on by the present one.
func TestRekey(t *testing.T) {
	w := newWorld(t)
	n := w.network()
	var stored [6]*lockhouse.Receipt
	for i := range stored[:5] {
		stored[i] = w.dropOff(lockhouse.ParcelRef{byte(i + 1)}, 1+i/2)
	}
	before, courier := n.bundle("recipient", collect(stored[0])), n.bundle("courier", store(lockhouse.ParcelRef{77}, 3))
	late := n.bundle("late", collect(stored[4]))
	pin, pass, latePIN, latePass := n.pin(stored[1]), n.paper(stored[2]), n.pin(stored[4]), n.paper(stored[4])

	n.wants(lockhouse.CommandSwitch, lockhouse.KeysetName{1}, lockhouse.OutcomeConflict)
	n.wants(lockhouse.CommandForget, lockhouse.KeysetName{1}, lockhouse.OutcomeDone) // there is none
	n.alone()
	next := n.asked()
	if again := n.asked(); again.Name != next.Name || w.keysets.made != 1 {
		t.Error("asked again, it made others")
	}
	n.wants(lockhouse.CommandSwitch, lockhouse.KeysetName{1}, lockhouse.OutcomeConflict)
	v, _, err := w.begin("recipient", before, -1)
	must(t, err)
	n.wants(lockhouse.CommandSwitch, next.Name, lockhouse.OutcomeBusy) // a phone is served
	must(t, v.Bye(soon(t)))
	last := w.last().Seq
	n.wants(lockhouse.CommandSwitch, next.Name, lockhouse.OutcomeDone)
	n.wants(lockhouse.CommandSwitch, next.Name, lockhouse.OutcomeDone) // we were not told
	said, err := credential.VerifyRekeyed(next.Receipt, w.agent.Rekeyed())
	must(t, err)
	if said.Through != last || !w.agent.Health().FormerKeys || w.agent.CallKey(true) == nil {
		t.Errorf("it says %+v, and the last receipt was %d", said, last)
	}
	old := *n
	n.present = next

	w.start()
	w.setTime()
	link, err := w.connect("anybody")
	must(t, err)
	raw, err := link.Info(soon(t))
	must(t, err)
	if info, err := wire.ParseInfo(raw); err != nil || info.StaticKey != wire.StaticKeyID(next.Static) {
		t.Errorf("INFO names %x, %v", info.StaticKey, err)
	}
	w.goes("recipient", before, lockhouse.ReceiptCollected)
	w.goes("courier", courier, lockhouse.ReceiptStored)
	w.atPanel(w.agent.EnterPIN(pin), stored[1].Compartment)
	w.atPanel(w.agent.ShowPass(pass), stored[2].Compartment)
	w.goes("recipient", n.bundle("recipient", collect(stored[3])), lockhouse.ReceiptCollected)
	for name, crossed := range map[string]bundle{
		"the former grant in the present key": {n.bundle("late", collect(stored[4])).locker, late.grant},
		"the present grant in the former key": {late.locker, n.bundle("late", collect(stored[4])).grant},
	} {
		if _, _, err := w.begin("late", crossed, 0); lockhouse.CodeOf(err) != lockhouse.CodeWrongLocker {
			t.Errorf("%s: %v", name, err)
		}
	}
	if days := []lockhouse.Day{lockhouse.DayOf(w.now), lockhouse.DayOf(w.now) + 1, lockhouse.DayOf(w.now) + 2}; !bytes.Equal(w.agent.NamesKey(days[0]), shared) ||
		!bytes.Equal(w.agent.NamesKey(days[1]), shared) || !bytes.Equal(w.agent.NamesKey(days[2]), next.Shared) {
		t.Error("it advertises under other names than phones know")
	}
	old.wants(lockhouse.CommandReport, lockhouse.KeysetName{}, lockhouse.OutcomeDone) // by a node that has not heard of it
	if n.wants(lockhouse.CommandRekey, lockhouse.KeysetName{}, lockhouse.OutcomeDone); credential.KeysetNameOf(w.agent.KeyCard()) != next.Name {
		t.Error("asked before the last change is over, it says another card than that one's")
	}

	v, _, err = w.begin("late", late, -1)
	must(t, err)
	session := w.link
	n.wants(lockhouse.CommandForget, lockhouse.KeysetName{1}, lockhouse.OutcomeConflict)
	for range 2 {
		n.wants(lockhouse.CommandForget, next.Name, lockhouse.OutcomeDone)
		if _, err := v.Open(soon(t), 0, 0); err == nil || !over(session) {
			t.Error("a session of before goes on")
		}
		if _, _, err := w.begin("late", late, 0); !errors.Is(err, phone.ErrLink) {
			t.Errorf("a grant of before: %v", err)
		}
		refused(t, w.agent.EnterPIN(latePIN), lockhouse.CodeWrongPIN)
		refused(t, w.agent.ShowPass(latePass), lockhouse.CodeWrongLocker)
		old.wants(lockhouse.CommandReport, lockhouse.KeysetName{}, lockhouse.OutcomeForeign)
		if w.agent.CallKey(true) != nil || w.agent.Health().FormerKeys || !bytes.Equal(w.agent.NamesKey(0), next.Shared) {
			t.Error("it has something of before")
		}
		w.start()
		must(t, w.agent.SetTime(n.time()))
	}
	w.goes("late", n.bundle("late", collect(stored[4])), lockhouse.ReceiptCollected)
	for _, raw := range w.agent.ReceiptsAfter(0, 1_000) {
		key := next.Receipt
		if r, err := credential.ReadReceipt(raw); err == nil && r.Seq <= last {
			key = old.present.Receipt
		}
		if _, err := credential.VerifyReceipt(key, raw); err != nil {
			t.Error(err)
		}
	}
	w.receipts() // which are one chain
	n.changed()  // and the next change begins where this one ended
	w.nothingIsLost()
}

// time is the network's word for it.
func (n *network) time() []byte {
	n.t.Helper()
	nonce, err := n.agent.TimeNonce()
	must(n.t, err)
	statement, err := credential.SignTime(credential.Authority{Issuer: signer(n.t, "issuer"), Shared: n.present.Shared}, credential.Time{Locker: lockerID, At: n.now, Nonce: nonce})
	must(n.t, err)
	return statement
}

// TestRekeyCutAtEveryPoint: wherever the power goes, the locker has one keyset whole, the network finishes the change by saying its words
// again, and what lies inside comes out by what was printed before.
func TestRekeyCutAtEveryPoint(t *testing.T) {
	for at := 1; ; at++ {
		w := newWorld(t)
		n := w.network()
		stored := w.dropOff(first, 1)
		pin := n.pin(stored)
		w.alone()
		drive := func() {
			next := n.asked()
			n.wants(lockhouse.CommandSwitch, next.Name, lockhouse.OutcomeDone)
		}
		went := w.cut(at, drive)
		w.start()
		must(t, w.agent.SetTime(n.time()))
		w.pass(time.Minute)
		drive()
		w.atPanel(w.agent.EnterPIN(pin), stored.Compartment)
		w.receipts()
		if w.keysets.made > 2 || w.keysets.former == nil || w.keysets.next != nil {
			t.Fatalf("cut at %d: %+v", at, w.keysets)
		}
		next := w.keysets.former.Card
		went = w.cut(at, func() { n.wants(lockhouse.CommandForget, credential.KeysetNameOf(next), lockhouse.OutcomeDone) }) || went
		n.present = lockhouse.Keyset{Static: w.keysets.present.Static.PublicKey().Bytes(), Receipt: receiptKey(t, w.keysets.present), Shared: w.keysets.present.Shared}
		w.start()
		must(t, w.agent.SetTime(n.time()))
		w.pass(time.Minute)
		n.wants(lockhouse.CommandForget, credential.KeysetNameOf(next), lockhouse.OutcomeDone)
		if !went {
			return
		}
	}
}

// TestRekeyOnABadDisk: what was surely not kept changed nothing, and the locker goes on; of what nobody knows whether it was kept, the next
// start knows.
func TestRekeyOnABadDisk(t *testing.T) {
	w := newWorld(t)
	n := w.network()
	stored := w.dropOff(first, 1)
	w.alone()
	w.keysets.fails = notKept(errors.New("no room"))
	n.wants(lockhouse.CommandRekey, lockhouse.KeysetName{}, lockhouse.OutcomeBusy)
	if w.agent.KeyCard() != nil {
		t.Error("it says keys that it may lose")
	}
	w.keysets.fails = nil
	next := n.asked()
	w.keysets.fails = notKept(errors.New("no room"))
	n.wants(lockhouse.CommandSwitch, next.Name, lockhouse.OutcomeBusy)
	w.atPanel(w.agent.EnterPIN(n.pin(stored)), stored.Compartment)
	w.keysets.fails = errors.New("nobody knows")
	n.wants(lockhouse.CommandSwitch, next.Name, lockhouse.OutcomeBusy)
	refused(t, w.agent.EnterPIN(n.pin(stored)), lockhouse.CodeUnavailable) // it opens nothing until it is started again
	w.keysets.fails = nil
	w.start()
	must(t, w.agent.SetTime(n.time()))
	w.pass(time.Second)
	n.wants(lockhouse.CommandSwitch, next.Name, lockhouse.OutcomeDone)
}

// TestRekeyWithAnotherIssuer: where the issuer key changed before the locker switched, the next shared key is agreed on anew, with the same
// keys; the card of before is none any more.
func TestRekeyWithAnotherIssuer(t *testing.T) {
	w := newWorld(t)
	n := w.network()
	issuers, err := credential.NewIssuers(public(t, "issuer"), public(t, "next issuer"))
	must(t, err)
	w.config.Trusted.Issuers = issuers
	w.start()
	w.setTime()
	w.pass(time.Second)
	was := n.asked()
	raw, err := credential.SignCommand(authority(t, "next issuer"), lockhouse.Command{ID: [8]byte{3}, Locker: lockerID, Verb: lockhouse.CommandRekey, IssuedAt: w.now, ExpiresAt: w.now.Add(time.Minute)})
	must(t, err)
	w.obeys(raw, lockhouse.OutcomeDone)
	next, err := credential.VerifyKeyCard(lockerID, n.present, exchange(t, "next issuer"), w.agent.KeyCard())
	must(t, err)
	if !bytes.Equal(next.Static, was.Static) || !bytes.Equal(next.Receipt, was.Receipt) || bytes.Equal(next.Shared, was.Shared) {
		t.Error("other keys, or the same shared key")
	}
	n.wants(lockhouse.CommandSwitch, was.Name, lockhouse.OutcomeConflict)
	n.wants(lockhouse.CommandSwitch, next.Name, lockhouse.OutcomeDone)
}

// TestFormerStaticKeyPosesAsNobody: who has a locker's former static key can't answer a phone that comes with the present one.
func TestFormerStaticKeyPosesAsNobody(t *testing.T) {
	w := newWorld(t)
	n := w.network()
	stored := w.dropOff(first, 1)
	n.changed()
	thief := newWorld(t) // with all the keys of before
	if _, _, err := thief.begin("recipient", n.bundle("recipient", collect(stored)), 0); !errors.Is(err, phone.ErrLink) {
		t.Errorf("it answered: %v", err)
	}
	if len(thief.board.pulses) > 0 {
		t.Errorf("pulsed %v", thief.board.pulses)
	}
}

// TestRekeyNowhereToKeep: a locker that can't keep keys says that it knows no such command.
func TestRekeyNowhereToKeep(t *testing.T) {
	w := newWorld(t)
	n := w.network()
	a, err := agent.New(w.config, agent.Parts{Static: exchange(t, "static"), Receipt: signer(t, "receipts"), Board: w.board, Journal: w.journal, Now: func() time.Time { return w.now }, Random: rand.Reader})
	must(t, err)
	w.agent = a
	w.setTime()
	w.pass(time.Second)
	n.wants(lockhouse.CommandRekey, lockhouse.KeysetName{}, lockhouse.OutcomeUnknown)
	n.wants(lockhouse.CommandSwitch, lockhouse.KeysetName{}, lockhouse.OutcomeUnknown)
	n.wants(lockhouse.CommandForget, lockhouse.KeysetName{}, lockhouse.OutcomeUnknown)
}

// TestForgetKeepsTheWord: how the locker is to be was countersigned with a former shared key. That key is not forgotten before the network has
// said the same by the present one, or a start without a line would know of no revocation, no new PIN and no door out of service.
func TestForgetKeepsTheWord(t *testing.T) {
	w := newWorld(t)
	n := w.network()
	want := lockhouse.Desired{Version: 3, OutOfService: []int{2}}
	says := func() []byte {
		raw, err := credential.SignDesired(credential.Authority{Issuer: signer(t, "issuer"), Shared: n.present.Shared}, lockerID, want)
		must(t, err)
		return raw
	}
	w.setTime()
	before := says()
	must(t, w.agent.SetDesired(before))
	n.changed()
	must(t, w.agent.SetDesired(before)) // by a node that has not heard of the change
	n.wants(lockhouse.CommandForget, n.present.Name, lockhouse.OutcomeBusy)
	must(t, w.agent.SetDesired(says()))
	n.wants(lockhouse.CommandForget, n.present.Name, lockhouse.OutcomeDone)
	w.start()
	if out := w.outOfService(); len(out) != 1 || w.agent.Health().Desired != 3 {
		t.Errorf("after a start without a line %v are out of service, version %d", out, w.agent.Health().Desired)
	}
}

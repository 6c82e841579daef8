package agent_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/internal/fixedkeys"
	"lockhouse/trust/credential"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

// world is one locker with everything around it: the board and its doors, what lies behind them, the disk, the time,
// and the people's phones. Any append or pulse may be the last thing that happens before the power goes.
type world struct {
	t           testing.TB
	now         time.Time
	board       *fakeBoard
	journal     *fakeJournal
	agent       *agent.Agent
	config      agent.Config
	link        *phone.Direct // of the latest visit
	checked     map[string]lockhouse.Receipt
	kept        *small
	known       *small                    // by what its keys are known
	figures     *small                    // what the agent measured of itself
	mail        func(wire.Info) []byte    // what the next phone carries
	keepIssuers func(keys [][]byte) error // nil: the network's keys can't change
	keysets     *fakeKeysets              // the locker's own
	lined       bool                      // whether the agent is told at its start that its line is up

	points int // appends and pulses so far, each counted before and after
	cutAt  int // the point at which the power goes; 0 for never
}

// powerCut is what stops everything at a point.
type powerCut struct{}

// point is a moment at which the power may go.
func (w *world) point() {
	if w.points++; w.points == w.cutAt {
		panic(powerCut{})
	}
}

var (
	noon     = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	lockerID = lockhouse.LockerIDOf([8]byte{1, 2, 3, 4, 5, 6, 7, 8})
)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: noon, checked: map[string]lockhouse.Receipt{}, kept: &small{}, known: &small{}, figures: &small{}}
	w.board = &fakeBoard{world: w, answer: lockhouse.AnswerDone}
	w.journal = &fakeJournal{world: w}
	issuers, err := credential.NewIssuers(public(t, "issuer"))
	must(t, err)
	w.keysets = &fakeKeysets{world: w, present: credential.OwnKeyset{Static: exchange(t, "static"), Receipt: signer(t, "receipts"), Shared: shared}}
	w.config = agent.Config{Locker: lockerID, Trusted: credential.Trusted{Issuers: issuers, Shared: shared}, NotBefore: noon.Add(-time.Hour)}
	for i := range 6 { // two of each rank
		w.config.Compartments = append(w.config.Compartments, lockhouse.Compartment{
			Locker: lockerID, Number: i + 1, Size: "SML"[i/2 : i/2+1], Rank: i/2 + 1, Column: 1, Row: i + 1, FloorMM: 300 * i, Board: 0, Channel: i,
		})
	}
	w.start()
	w.setTime()
	return w
}

// start starts the agent on what is on the disk, and lets it look at its doors.
func (w *world) start() {
	w.t.Helper()
	w.halt()
	w.pass(time.Second)
}

// halt starts the agent and lets no time pass.
func (w *world) halt() {
	w.t.Helper()
	var err error
	own := w.keysets.present
	w.config.Trusted.Shared = own.Shared
	w.agent, err = agent.New(w.config, agent.Parts{
		Static: own.Static, Receipt: own.Receipt, Board: w.board, Journal: w.journal,
		Now: func() time.Time { return w.now }, Random: rand.Reader, Desired: w.kept, Known: w.known, Measured: w.figures, KeepIssuers: w.keepIssuers, Keysets: w.keysets,
	})
	must(w.t, err)
	w.agent.Lined(w.lined)
}

// setTime gives the locker the network's word for the time.
func (w *world) setTime() {
	w.t.Helper()
	nonce, err := w.agent.TimeNonce()
	must(w.t, err)
	statement, err := credential.SignTime(authority(w.t, "issuer"), credential.Time{Locker: lockerID, At: w.now, Nonce: nonce})
	must(w.t, err)
	must(w.t, w.agent.SetTime(statement))
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); {
		wait := max(w.agent.Step(context.Background()), 50*time.Millisecond)
		w.now = w.now.Add(min(wait, max(0, end.Sub(w.now)))) // a step may have taken longer
	}
	w.agent.Step(context.Background())
}

// connect begins a session and gives the phone's end of it.
func (w *world) connect(peer string) (*phone.Direct, error) {
	return phone.Within(func(send func([]byte) error) (phone.Session, error) { return w.agent.Connect(peer, 247, send) })
}

func (w *world) locker() phone.Locker {
	return phone.Locker{ID: lockerID, StaticKey: public(w.t, "static"), ReceiptKey: public(w.t, "receipts")}
}

// visit lets a phone show a grant, and ask for one door unless open is negative.
func (w *world) visit(who string, grant []byte, open int) (*phone.Visit, phone.News, error) {
	w.t.Helper()
	var err error
	w.link, err = w.connect(who)
	must(w.t, err)
	return phone.Begin(soon(w.t), w.link, phone.Phone{Key: signer(w.t, who), Random: rand.Reader, Mail: w.mail}, w.locker(), grant, open)
}

// cut runs something until the power goes at a point, and tells whether it went.
func (w *world) cut(at int, do func()) (went bool) {
	w.points, w.cutAt = 0, at
	defer func() {
		w.cutAt = 0
		if r := recover(); r != nil {
			if _, ok := r.(powerCut); !ok {
				panic(r)
			}
			went = true
		}
	}()
	do()
	return false
}

// nothingIsLost holds that what lies behind a shut door counts as occupied.
func (w *world) nothingIsLost() {
	w.t.Helper()
	for _, v := range w.agent.Doors() {
		if lies := w.board.inside[v.Channel]; lies != (lockhouse.ParcelRef{}) && !v.Occupied && !w.board.open[v.Channel] {
			w.t.Errorf("%s lies in compartment %d, which counts as free", lies, v.Number)
		}
	}
}

// next waits for the next that a door does.
func (w *world) next(v *phone.Visit) phone.News {
	w.t.Helper()
	for range 2_000 {
		if len(w.link.Frames()) > 0 {
			n, err := v.Next(soon(w.t))
			must(w.t, err)
			return n
		}
		w.pass(100 * time.Millisecond)
	}
	w.t.Fatal("no news of the door")
	return phone.News{}
}

// expect waits for a door's next event, and checks its receipt.
func (w *world) expect(v *phone.Visit, event wire.DoorEvent, kind lockhouse.ReceiptKind) phone.News {
	w.t.Helper()
	n := w.next(v)
	if n.Event != event || n.Receipt == nil || n.Receipt.Kind != kind {
		w.t.Fatalf("got event %d with %+v, want event %d with a receipt %q", n.Event, n.Receipt, event, kind)
	}
	return n
}

// grant signs what a phone may do.
func (w *world) grant(who string, targets ...lockhouse.Target) []byte {
	w.t.Helper()
	g := lockhouse.Grant{Locker: lockerID, PhoneKey: public(w.t, who), IssuedAt: w.now.Add(-time.Minute), ExpiresAt: w.now.Add(12 * time.Hour), Targets: targets}
	_, err := rand.Read(g.ID[:])
	must(w.t, err)
	raw, err := credential.SignGrant(authority(w.t, "issuer"), g)
	must(w.t, err)
	return raw
}

func store(ref lockhouse.ParcelRef, rank int) lockhouse.Target {
	return lockhouse.Target{Ref: ref, Verb: lockhouse.VerbStore, Rank: rank}
}

// collect is for the parcel where a receipt said that it was stored.
func collect(r *lockhouse.Receipt) lockhouse.Target {
	return lockhouse.Target{Ref: r.Ref, Verb: lockhouse.VerbCollect, Compartment: r.Compartment, Generation: r.Generation}
}

// dropOff stores a parcel and gives the receipt.
func (w *world) dropOff(ref lockhouse.ParcelRef, rank int) *lockhouse.Receipt {
	w.t.Helper()
	v, n, err := w.visit("courier", w.grant("courier", store(ref, rank)), 0)
	must(w.t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.put(n.Compartment, ref)
	w.board.shut(n.Compartment)
	return w.expect(v, wire.DoorClosed, lockhouse.ReceiptStored).Receipt
}

// receipts gives all that the locker keeps, checked: signed, numbered without a gap, each naming the one before.
func (w *world) receipts() (out []lockhouse.Receipt) {
	w.t.Helper()
	var before []byte
	for i, raw := range w.agent.ReceiptsAfter(0, 100_000) {
		r := w.verified(raw)
		if before != nil && (r.Prev != credential.Link(before) || r.Seq != out[i-1].Seq+1) {
			w.t.Fatalf("receipt %d does not follow %d", r.Seq, out[i-1].Seq)
		}
		before, out = raw, append(out, r)
	}
	return out
}

// verified checks a receipt's signature, once.
func (w *world) verified(raw []byte) lockhouse.Receipt {
	r, known := w.checked[string(raw)]
	if !known {
		var err error
		r, err = credential.VerifyReceipt(public(w.t, "receipts"), raw)
		if err != nil { // after a change of keys
			r, err = credential.VerifyReceipt(receiptKey(w.t, w.keysets.present), raw)
		}
		must(w.t, err)
		w.checked[string(raw)] = r
	}
	return r
}

// kinds gives the words of the receipts about a compartment, from a number on.
func (w *world) kinds(number int) (out []string) {
	w.t.Helper()
	for _, r := range w.receipts() {
		if r.Compartment == number {
			out = append(out, r.Kind.String())
		}
	}
	return out
}

func (w *world) wantKinds(number int, want ...string) {
	w.t.Helper()
	w.wantKindsFrom(number, 0, want...)
}

// wantKindsFrom passes over those that were there before.
func (w *world) wantKindsFrom(number, before int, want ...string) {
	w.t.Helper()
	if got := w.kinds(number)[before:]; fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("receipts of compartment %d: %v, want %v", number, got, want)
	}
}

func refused(t testing.TB, err error, code lockhouse.Code) {
	t.Helper()
	if err == nil || lockhouse.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// fakeBoard is sixteen doors, and what lies behind them.
type fakeBoard struct {
	world  *world
	open   [16]bool
	inside [16]lockhouse.ParcelRef
	sticks [16]bool
	broken bool // it answers nonsense
	answer lockhouse.Answer
	pulses []int // compartment numbers
	opens  int
	reads  int
	seen   func(number int)    // called when a lock is let go
	only   lockhouse.ParcelRef // whose door may open now; zero for any
}

func (b *fakeBoard) Pulse(_ context.Context, _, channel int) (lockhouse.Answer, error) {
	b.world.point()
	if b.broken {
		return lockhouse.AnswerUnknown, errors.New("silence")
	}
	b.pulses = append(b.pulses, channel+1)
	if lies := b.inside[channel]; b.only != (lockhouse.ParcelRef{}) && lies != (lockhouse.ParcelRef{}) && lies != b.only {
		b.world.t.Errorf("for parcel %s the door of %s was opened", b.only, lies)
	}
	if b.seen != nil {
		b.seen(channel + 1)
	}
	if b.answer != lockhouse.AnswerNotDone && !b.sticks[channel] {
		b.spring(channel + 1)
	}
	b.world.point()
	if b.answer != lockhouse.AnswerDone {
		return b.answer, errors.New("as the driver gives one with every other answer")
	}
	return b.answer, nil
}

func (b *fakeBoard) Shut(context.Context, int) ([]bool, error) {
	if b.broken {
		return []bool{true}, nil
	}
	b.reads++
	bits := make([]bool, 16)
	for i, open := range b.open {
		bits[i] = !open
	}
	return bits, nil
}

func (b *fakeBoard) spring(number int) {
	if !b.open[number-1] {
		b.opens++
	}
	b.open[number-1] = true
}

func (b *fakeBoard) shut(number int)                            { b.open[number-1] = false }
func (b *fakeBoard) put(number int, parcel lockhouse.ParcelRef) { b.inside[number-1] = parcel }

// take gives what lies behind an open door.
func (b *fakeBoard) take(number int) lockhouse.ParcelRef {
	ref := b.inside[number-1]
	b.inside[number-1] = lockhouse.ParcelRef{}
	return ref
}

// fakeJournal is a disk that keeps what it acknowledged, and may or may not have kept the rest.
type fakeJournal struct {
	world    *world
	lines    [][]byte
	fails    error
	left     int // appends until the disk is full; 0 for never
	rewrites int
}

func (j *fakeJournal) Append(record []byte) error {
	j.world.point()
	if j.left--; j.left == 0 {
		j.fails = notKept(syscall.ENOSPC)
	}
	if j.fails != nil {
		return j.fails
	}
	j.lines = append(j.lines, bytes.Clone(record))
	j.world.point()
	return nil
}

func (j *fakeJournal) Replay(each func([]byte) error) error {
	for _, line := range j.lines {
		if err := each(line); err != nil {
			return err
		}
	}
	return nil
}

func (j *fakeJournal) Rewrite(records [][]byte) error {
	if j.fails != nil {
		return j.fails
	}
	j.rewrites++
	j.lines = nil
	for _, r := range records {
		j.lines = append(j.lines, bytes.Clone(r))
	}
	return nil
}

func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// signer, exchange and public give keys by their names.
var signer, exchange, public = fixedkeys.Signer, fixedkeys.Exchange, fixedkeys.Public

// shared is the key that locker and network share in tests.
var shared = []byte("sixteen bytes of")

// authority speaks in the name of whoever has an issuer's key, and the locker's shared one.
func authority(t testing.TB, name string) credential.Authority {
	t.Helper()
	return credential.Authority{Issuer: signer(t, name), Shared: shared}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

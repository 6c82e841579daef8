package cuts

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/edge/board"
	"lockhouse/edge/journal"
	"lockhouse/internal/fixedkeys"
	"lockhouse/internal/longtest"
	"lockhouse/sim/cabinet"
	"lockhouse/trust/credential"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

// stand is one locker that the power can be taken from. Its clock is ours, its doors and its disk are not.
type stand struct {
	t     testing.TB
	id    lockhouse.LockerID
	keys  keys
	now   time.Time
	net   []byte // the network's issuer key; nil for the tests' own
	path  string // of the journal
	boxes []lockhouse.Compartment
	steel *cabinet.Cabinet
	line  *cabinet.Line

	locks lockBoard
	disk  *journal.Journal
	agent *agent.Agent
	link  *phone.Direct // of the latest visit

	kept   kept
	points []string // at which the power could have gone, so far
	cutAt  int      // the point at which it goes, from 1; 0 for never
	torn   int      // bytes that the disk did not keep
	// everyByte has a record torn at every byte, not in half alone. What a disk keeps does not depend on the boards: it is for the first
	// dialect.
	everyByte bool
	opens     int // how often a door sprang open
}

var (
	noon     = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	lockerID = lockhouse.LockerIDOf([8]byte{1, 2, 3, 4, 5, 6, 7, 8})

	mine, theirs, others = lockhouse.ParcelRef{1}, lockhouse.ParcelRef{2}, lockhouse.ParcelRef{3}
)

// plugged puts up a cabinet of four small doors and two larger ones behind boards of a dialect.
func plugged(t testing.TB, d dialect, dir string) *stand {
	t.Helper()
	s := &stand{t: t, id: lockerID, keys: keys{exchange(t, "static"), signer(t, "receipts"), fixedkeys.Scalar("shared")[:credential.SharedKeyBytes]}, now: noon, path: filepath.Join(dir, "journal"), everyByte: d.everyByte}
	for i := range 6 {
		s.boxes = append(s.boxes, lockhouse.Compartment{
			Locker: lockerID, Number: i + 1, Size: "SM"[i/4 : i/4+1], Rank: i/4 + 1, Column: 1, Row: i + 1, FloorMM: 500, Board: d.firstBoard, Channel: i,
		})
	}
	var err error
	s.steel, err = cabinet.New(s.boxes, d.settings)
	must(t, err)
	s.line, err = s.steel.Plug()
	must(t, err)
	s.locks = d.driver(s.line.Path())
	t.Cleanup(s.unplug)
	return s
}

// unplug takes the cabinet away: a long run puts up more of them than a process may have files.
func (s *stand) unplug() {
	s.off()
	if s.line != nil {
		must(s.t, s.line.Close())
		s.line = nil
	}
}

// on starts the agent on what is on the disk, and lets it look at its doors.
func (s *stand) on() {
	s.t.Helper()
	var err error
	s.disk, _, err = journal.Open(s.path, rand.Reader)
	must(s.t, err)
	issuer := s.net
	if issuer == nil {
		issuer = public(s.t, "issuer")
	}
	issuers, err := credential.NewIssuers(issuer)
	must(s.t, err)
	s.agent, err = agent.New(agent.Config{Locker: s.id, Compartments: s.boxes, Trusted: credential.Trusted{Issuers: issuers, Shared: s.keys.shared}, NotBefore: s.now.Add(-time.Hour)}, agent.Parts{
		Static: s.keys.static, Receipt: s.keys.receipt, Board: frailBoard{s.locks, s}, Journal: frailJournal{s.disk, s},
		Now: func() time.Time { return s.now }, Random: rand.Reader, Desired: &s.kept,
	})
	must(s.t, err)
	s.pass(time.Second)
}

// off is the moment after a cut: nobody has the files open any more, and the disk kept what it kept.
func (s *stand) off() {
	if s.disk == nil {
		return
	}
	must(s.t, errors.Join(s.locks.Close(), s.disk.Close()))
	s.disk, s.agent = nil, nil
	if s.torn > 0 {
		info, err := os.Stat(s.path)
		must(s.t, err)
		must(s.t, os.Truncate(s.path, info.Size()-int64(s.torn)))
		s.torn = 0
	}
}

// keys are the locker's own.
type keys struct {
	static  ecdh.KeyExchanger
	receipt crypto.Signer
	shared  []byte
}

// network is in whose name the locker is told something.
func (s *stand) network() credential.Authority {
	return credential.Authority{Issuer: signer(s.t, "issuer"), Shared: s.keys.shared}
}

// powerCut is what stops everything at a point.
type powerCut struct{}

// point is a moment at which the power may go; torn bytes of what was written last are not on the disk then.
func (s *stand) point(name string, torn int) {
	s.points = append(s.points, name)
	if len(s.points) == s.cutAt {
		s.torn = torn
		panic(powerCut{})
	}
}

// cut runs something until the power goes at a point, and tells whether it went.
func (s *stand) cut(at int, do func()) (went bool) {
	s.points, s.cutAt = nil, at
	defer func() {
		s.cutAt = 0
		if r := recover(); r != nil {
			if _, ok := r.(powerCut); !ok {
				panic(r)
			}
			went = true
			s.off()
		}
	}()
	do()
	return false
}

// frailJournal is a journal on a disk that may lose its power before a record, in it, and after it.
type frailJournal struct {
	*journal.Journal
	stand *stand
}

func (j frailJournal) Append(record []byte) error {
	j.stand.point("before a record", 0)
	if err := j.Journal.Append(record); err != nil {
		return err
	}
	for _, torn := range tears(len(record), j.stand.everyByte) {
		j.stand.point("in a record", torn)
	}
	j.stand.point("after a record", 0)
	return nil
}

// frailBoard are lock boards beside which the power may go before a pulse, and after it.
type frailBoard struct {
	lockBoard
	stand *stand
}

func (b frailBoard) Pulse(ctx context.Context, on, channel int) (lockhouse.Answer, error) {
	b.stand.point("before a pulse", 0)
	shut := !b.stand.open()[b.stand.boxes[channel].Number]
	answer, err := b.lockBoard.Pulse(ctx, on, channel)
	if shut && b.stand.open()[b.stand.boxes[channel].Number] {
		b.stand.opens++
	}
	b.stand.point("after a pulse", 0)
	return answer, err
}

// lockBoard is the driver of one dialect.
type lockBoard interface {
	agent.LockBoard
	Close() error
}

// pass lets time pass.
func (s *stand) pass(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); {
		wait := max(s.agent.Step(context.Background()), 100*time.Millisecond)
		s.now = s.now.Add(min(wait, end.Sub(s.now)))
	}
	s.agent.Step(context.Background())
}

// setTime gives the locker the network's word for the time, as its line does.
func (s *stand) setTime() {
	s.t.Helper()
	nonce, err := s.agent.TimeNonce()
	must(s.t, err)
	statement, err := credential.SignTime(s.network(), credential.Time{Locker: s.id, At: s.now, Nonce: nonce})
	must(s.t, err)
	must(s.t, s.agent.SetTime(statement))
}

// visit lets a phone show a grant for one target, and ask for its door.
func (s *stand) visit(who string, target lockhouse.Target) (*phone.Visit, phone.News, error) {
	s.t.Helper()
	var err error
	s.link, err = phone.Within(func(send func([]byte) error) (phone.Session, error) { return s.agent.Connect(who, 247, send) })
	must(s.t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return s.begin(ctx, s.link, who, target)
}

func (s *stand) begin(ctx context.Context, link phone.Link, who string, target lockhouse.Target) (*phone.Visit, phone.News, error) {
	g := lockhouse.Grant{Locker: s.id, PhoneKey: public(s.t, who), IssuedAt: s.now.Add(-time.Minute), ExpiresAt: s.now.Add(12 * time.Hour), Targets: []lockhouse.Target{target}}
	_, err := rand.Read(g.ID[:])
	must(s.t, err)
	grant, err := credential.SignGrant(s.network(), g)
	must(s.t, err)
	return phone.Begin(ctx, link, phone.Phone{Key: signer(s.t, who), Random: rand.Reader}, s.known(), grant, 0)
}

// known is what phones are told of the locker.
func (s *stand) known() phone.Locker {
	s.t.Helper()
	receipt, err := credential.PublicKey(s.keys.receipt)
	must(s.t, err)
	return phone.Locker{ID: s.id, StaticKey: s.keys.static.PublicKey().Bytes(), ReceiptKey: receipt}
}

// kept is the small file beside the journal.
type kept []byte

func (k *kept) Read() ([]byte, error)        { return *k, nil }
func (k *kept) Write(statement []byte) error { *k = slices.Clone(statement); return nil }

// next waits for the next that a door does; of 0 when it does nothing for two minutes.
func (s *stand) next(v *phone.Visit) (event wire.DoorEvent) {
	s.t.Helper()
	for range 1_200 {
		if len(s.link.Frames()) > 0 {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			n, err := v.Next(ctx)
			must(s.t, err)
			return n.Event
		}
		s.pass(100 * time.Millisecond)
	}
	return 0
}

// open tells which doors stand open.
func (s *stand) open() map[int]bool {
	open := map[int]bool{}
	for _, d := range s.steel.Look() {
		open[d.Number] = d.Open
	}
	return open
}

// inside gives what lies behind a door.
func (s *stand) inside(number int) string {
	for _, d := range s.steel.Look() {
		if d.Number == number {
			return d.Inside
		}
	}
	return ""
}

// lay puts a parcel into a compartment as the world has it, without the locker.
func (s *stand) lay(number int, parcel lockhouse.ParcelRef) {
	s.t.Helper()
	must(s.t, errors.Join(s.steel.Force(number), s.steel.Put(number, name(parcel)), s.steel.Shut(number)))
}

func name(parcel lockhouse.ParcelRef) string { return parcel.String() }

// receipts gives all that the locker keeps, checked: signed, numbered without a gap, each naming the one before.
func (s *stand) receipts() (out []lockhouse.Receipt) {
	s.t.Helper()
	key, err := credential.PublicKey(s.keys.receipt)
	must(s.t, err)
	var before []byte
	for i, raw := range s.agent.ReceiptsAfter(0, 100_000) {
		r, err := credential.VerifyReceipt(key, raw)
		must(s.t, err)
		if before != nil && (r.Prev != credential.Link(before) || r.Seq != out[i-1].Seq+1) {
			s.t.Fatalf("receipt %d does not follow %d", r.Seq, out[i-1].Seq)
		}
		before, out = raw, append(out, r)
	}
	return out
}

// told counts the receipts of some kinds about a compartment, or about any for 0.
func (s *stand) told(number int, kinds ...lockhouse.ReceiptKind) (n int) {
	s.t.Helper()
	for _, r := range s.receipts() {
		if (number == 0 || r.Compartment == number) && slices.Contains(kinds, r.Kind) {
			n++
		}
	}
	return n
}

// signer, exchange and public give keys by their names.
var signer, exchange, public = fixedkeys.Signer, fixedkeys.Exchange, fixedkeys.Public

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// dialect is one way in which lock boards speak, from both ends of the line.
type dialect struct {
	name       string
	everyByte  bool // of its records is torn, in turn
	firstBoard int
	settings   cabinet.Settings
	driver     func(path string) lockBoard
}

func dialects() (all []dialect) {
	for i, d := range board.Dialects() {
		traits := d.Traits()
		all = append(all, dialect{name: traits.Name, everyByte: i == 0 && longtest.Asked(), firstBoard: traits.FirstBoard, settings: cabinet.Settings{Dialect: traits.Name},
			driver: func(path string) lockBoard { return board.New(d, board.Serial(path, traits.Baud), board.Settings{}) }})
	}
	return all
}

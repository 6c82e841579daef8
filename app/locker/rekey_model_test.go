package locker

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/estate/fleet"
	"lockhouse/internal/longtest"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
	"lockhouse/trust/credential"
)

// change is a locker with its keysets on a disk, its network with a store, and between them words of which any may be lost.
type change struct {
	t      *testing.T
	chance *mathrand.Rand
	fleet  *fleet.Desk
	issuer *ecdsa.PrivateKey
	now    time.Time
	dir    string
	id     lockhouse.LockerID
	lines  memoryJournal
	agent  *agent.Agent
	ids    uint32
	lossy  bool
}

type memoryJournal struct{ records [][]byte }

func (j *memoryJournal) Append(record []byte) error {
	j.records = append(j.records, bytes.Clone(record))
	return nil
}

func (j *memoryJournal) Replay(each func([]byte) error) error {
	for _, r := range j.records {
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

func (j *memoryJournal) Rewrite([][]byte) error { return os.ErrInvalid }

// shutDoors is a lock board at which nothing happens.
type shutDoors struct{}

func (shutDoors) Pulse(context.Context, int, int) (lockhouse.Answer, error) {
	return lockhouse.AnswerNotDone, os.ErrInvalid
}
func (shutDoors) Shut(context.Context, int) ([]bool, error) { return []bool{true}, nil }

func (c *change) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *change) lost() bool {
	return c.lossy && c.chance.IntN(3) == 0
}

// start starts the locker on what is on its disk.
func (c *change) start() {
	id, err := LoadIdentity(c.dir)
	c.must(err)
	p := Parts{Identity: id, Random: rand.Reader}
	keysets, err := p.keysets(Config{})
	c.must(err)
	public, err := credential.PublicKey(c.issuer)
	c.must(err)
	issuers, err := credential.NewIssuers(public)
	c.must(err)
	c.id = id.ID
	c.agent, err = agent.New(
		agent.Config{Locker: id.ID, Compartments: []lockhouse.Compartment{{Locker: id.ID, Number: 1, Size: "M", Rank: 2, Column: 1, Row: 1}}, Trusted: credential.Trusted{Issuers: issuers, Shared: p.Identity.Advert}},
		agent.Parts{Static: p.Identity.Static, Receipt: p.Identity.Receipt, Board: shutDoors{}, Journal: &c.lines, Now: func() time.Time { return c.now }, Random: rand.Reader, Keysets: keysets,
			Known: keptFile{filepath.Join(c.dir, knownFile), credential.MaxCommandBytes}})
	c.must(err)
}

func (c *change) stands() lockhouse.Rekeying {
	r, _, err := c.fleet.Keys(context.Background(), c.id)
	c.must(err)
	return r
}

// takesWord holds that the locker takes what its network says and makes now, and that the network lets it in.
func (c *change) takesWord() {
	c.t.Helper()
	r := c.stands()
	nonce, err := c.agent.TimeNonce()
	c.must(err)
	now, err := credential.SignTime(credential.Authority{Issuer: c.issuer, Shared: r.Present.Shared}, credential.Time{Locker: c.id, At: c.now, Nonce: nonce})
	c.must(err)
	if err := c.agent.SetTime(now); err != nil {
		c.t.Fatalf("the locker does not take its network's word: %v", err)
	}
	for _, former := range []bool{false, true} {
		if key := c.agent.CallKey(former); key != nil {
			public, err := credential.PublicKey(key)
			c.must(err)
			if bytes.Equal(public, r.Present.Receipt) || r.Known() && bytes.Equal(public, r.Next.Receipt) {
				return
			}
		}
	}
	c.t.Fatal("the network lets the locker in by none of its keys")
}

// told brings a command to the locker, and what the locker says then to the network.
func (c *change) told(command lockhouse.Command) {
	if command.Verb == "" || c.lost() {
		return
	}
	c.ids++
	command.ID = [8]byte{byte(c.ids >> 8), byte(c.ids), 1}
	command.IssuedAt, command.ExpiresAt = c.now, c.now.Add(time.Minute)
	raw, err := credential.SignCommand(credential.Authority{Issuer: c.issuer, Shared: c.stands().Present.Shared}, command)
	c.must(err)
	if _, outcome := c.agent.Obey(raw); outcome != lockhouse.OutcomeDone || c.lost() {
		return
	}
	switch command.Verb {
	case lockhouse.CommandRekey:
		next, err := c.fleet.Card(context.Background(), c.id, c.agent.KeyCard())
		c.must(err)
		c.told(next)
	case lockhouse.CommandShow:
		card, known := c.agent.Shown()
		_, err := c.fleet.Shown(context.Background(), c.id, card, known)
		c.must(err)
	}
}

// setBack sets the store back to before the last change, while the locker takes the keys of before. It has heard by then that its present ones
// are known, or its network does not find it again by itself.
func (c *change) setBack() bool {
	r := c.stands()
	if card, _ := c.agent.Shown(); !r.TakesFormer() || card == nil {
		return false
	}
	storetest.Update(c.t, c.fleet.Store, func(tx store.Tx) error {
		return tx.SetRekeying(c.id, lockhouse.Rekeying{Number: r.Number - 1, Present: r.Former})
	})
	return true
}

// exchange is a line: a hello, and a word on the locker's health.
func (c *change) exchange() {
	if said := c.agent.Rekeyed(); said != nil && !c.lost() {
		if err := c.fleet.Rekeyed(context.Background(), c.id, said); lockhouse.CodeOf(err) != lockhouse.CodeMalformed { // its card was forgotten by who asked anew
			c.must(err)
		}
	}
	owed, err := c.fleet.Owed(context.Background(), c.id, c.agent.Health().FormerKeys)
	c.must(err)
	c.told(owed)
}

func (c *change) step() {
	switch c.chance.IntN(10) {
	case 0, 1:
		_, err := c.fleet.Rekey(context.Background(), c.id, c.chance.IntN(2) == 0)
		c.mayConflict(err)
	case 2:
		c.start()
	case 3:
		c.now = c.now.Add(lockhouse.MaxFormerLife)
	case 4:
		c.setBack()
	case 5:
		_, err := c.fleet.ForgetFormer(context.Background(), c.id, true)
		c.mayConflict(err)
	default:
		c.exchange()
	}
	c.now = c.now.Add(time.Second)
}

func (c *change) mayConflict(err error) {
	if lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		c.must(err)
	}
}

// TestRekeyWhateverIsLost: whichever words are lost, whenever the locker is started again or an operator asks for something, the locker takes
// what its network makes, and is let in. Once words arrive again, what was asked for is finished.
func TestRekeyWhateverIsLost(t *testing.T) {
	t.Parallel()
	s := sqlitetest.Open(t)
	site := storetest.Site(1)
	storetest.Update(t, s, func(tx store.Tx) error { return tx.PutSite(site) })
	issuer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	agrees, err := issuer.ECDH()
	must(t, err)
	for seed := range longtest.Or[uint64](12, 400) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { oneChange(t, seed, s, site.ID, issuer, agrees) })
	}
}

func oneChange(t *testing.T, seed uint64, s store.Store, site lockhouse.SiteID, issuer *ecdsa.PrivateKey, agrees *ecdh.PrivateKey) {
	c := &change{t: t, chance: mathrand.New(mathrand.NewPCG(seed, 0)), issuer: issuer, now: storetest.Noon, dir: t.TempDir(), lossy: true}
	c.fleet = &fleet.Desk{Store: s, Now: func() time.Time { return c.now }, Agrees: agrees}
	id, err := MakeIdentity(c.dir, rand.Reader)
	c.must(err)
	noun, err := id.Noun()
	c.must(err)
	noun.Site, noun.Name = site, "A"
	c.must(c.fleet.Register(context.Background(), noun, []lockhouse.Compartment{{Locker: id.ID, Number: 1, Size: "M", Rank: 2, Column: 1, Row: 1}}))
	c.start()
	c.takesWord()
	for range 1 + c.chance.IntN(25) {
		c.step()
		c.takesWord()
	}
	c.lossy = false
	_, err = c.fleet.Rekey(context.Background(), c.id, false)
	c.mayConflict(err)
	for range 6 {
		c.exchange()
		c.takesWord()
	}
	if r := c.stands(); !r.AskedAt.IsZero() || r.Number == 0 {
		t.Fatalf("it is not finished: %+v", r)
	}
	if c.setBack() { // and it is found again by nobody's doing
		for range 2 {
			c.exchange()
			c.takesWord()
		}
		if r := c.stands(); !r.TakesFormer() || r.Number == 0 {
			t.Fatalf("after the store was set back: %+v", r)
		}
	}
	c.now = c.now.Add(lockhouse.MaxFormerLife)
	c.takesWord()
	c.exchange()
	if r := c.stands(); c.agent.Health().FormerKeys || r.TakesFormer() {
		t.Fatal("the former keys are not forgotten")
	}
	_, err = c.fleet.ForgetFormer(context.Background(), c.id, false)
	c.must(err)
}

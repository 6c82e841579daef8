package agent_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

// nothingOpened holds that no lock was pulsed since a parcel was stored.
func (w *world) nothingOpened() {
	w.t.Helper()
	w.pass(2 * time.Second)
	if len(w.board.pulses) != 1 {
		w.t.Errorf("pulsed %v", w.board.pulses)
	}
}

func TestGrantsThatOpenNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		grant func(w *world, g *lockhouse.Grant)
		by    string
		want  lockhouse.Code
	}{
		"another phone's":  {func(w *world, g *lockhouse.Grant) { g.PhoneKey = public(w.t, "somebody") }, "issuer", lockhouse.CodeWrongPhone},
		"another locker's": {func(_ *world, g *lockhouse.Grant) { g.Locker = lockhouse.LockerIDOf([8]byte{9}) }, "issuer", lockhouse.CodeWrongLocker},
		"no issuer's":      {func(*world, *lockhouse.Grant) {}, "somebody", lockhouse.CodeGrantInvalid},
		"over": {func(w *world, g *lockhouse.Grant) {
			g.ExpiresAt = w.now.Add(-time.Second)
			g.IssuedAt = w.now.Add(-time.Hour)
		}, "issuer", lockhouse.CodeLapsed},
		"older generation":  {func(_ *world, g *lockhouse.Grant) { g.Targets[0].Ref = third; g.Targets[0].Generation = 1 }, "issuer", lockhouse.CodeNotHere},
		"another parcel's":  {func(_ *world, g *lockhouse.Grant) { g.Targets[0].Ref = second }, "issuer", lockhouse.CodeNotHere},
		"empty compartment": {func(_ *world, g *lockhouse.Grant) { g.Targets[0].Compartment = 7 }, "issuer", lockhouse.CodeNotHere},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			g := lockhouse.Grant{ID: lockhouse.GrantID{5}, Locker: lockerID, PhoneKey: public(t, "recipient"), IssuedAt: w.now, ExpiresAt: w.now.Add(time.Hour),
				Targets: []lockhouse.Target{collect(w.dropOff(first, 1))}}
			tt.grant(w, &g)
			raw, err := credential.SignGrant(authority(t, tt.by), g)
			must(t, err)
			_, _, err = w.visit("recipient", raw, 0)
			refused(t, err, tt.want)
			w.nothingOpened()
		})
	}
}

func TestOlderGenerationIsSuperseded(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 3)
	w.dropOff(second, 3)
	target := collect(stored)
	target.Verb = lockhouse.VerbTakeOut
	old := w.grant("courier", target)
	v, n, err := w.visit("courier", old, 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(n.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptTakenOut)
	if r := w.dropOff(third, 3); r.Compartment != stored.Compartment || r.Generation != 2 {
		t.Fatalf("%+v", r)
	}
	_, _, err = w.visit("courier", old, 0)
	refused(t, err, lockhouse.CodeSuperseded)
}

func TestCouriersNeedAClockOfToday(t *testing.T) {
	w := newWorld(t)
	w.start() // after a restart nobody knows how long it was off
	_, _, err := w.visit("courier", w.grant("courier", store(first, 1)), 0)
	refused(t, err, lockhouse.CodeClockUnsure)
	w.setTime()
	w.dropOff(first, 1)
}

// conversation is a visit by hand, whose bytes can be changed on their way.
type conversation struct {
	link  *phone.Direct
	phone *wire.Initiator
	m1    []byte
	info  wire.Info
}

func (w *world) converse(who string, grant []byte, open *uint8) *conversation {
	w.t.Helper()
	link, err := w.connect(who)
	must(w.t, err)
	raw := link.Session.Info()
	c := &conversation{link: link}
	c.info, err = wire.ParseInfo(raw)
	must(w.t, err)
	c.phone, err = wire.NewInitiator(public(w.t, "static"), raw, rand.Reader)
	must(w.t, err)
	proof, err := credential.Prove(signer(w.t, who), credential.Meeting{Info: raw, Static: public(w.t, "static"), Ephemeral: c.phone.Ephemeral(), Grant: grant})
	must(w.t, err)
	plain, err := wire.Encode(wire.Presentation{Grant: grant, Proof: proof, Open: open})
	must(w.t, err)
	c.m1, err = c.phone.First(plain)
	must(w.t, err)
	return c
}

// write sends a message in frames, and gives the first refusal.
func (c *conversation) write(message []byte) error {
	frames, err := wire.Cut(c.info.Session, message, 244)
	for _, f := range frames {
		if err == nil {
			err = c.link.Session.Write(f)
		}
	}
	return err
}

func TestEveryFlippedBitOfTheFirstMessage(t *testing.T) {
	w := newWorld(t)
	grant := w.grant("recipient", collect(w.dropOff(first, 1)))
	length := len(w.converse("recipient", grant, new(uint8)).m1)
	for bit := range length * 8 {
		c := w.converse("recipient", grant, new(uint8))
		c.m1[bit/8] ^= 1 << (bit % 8)
		if err := c.write(c.m1); !errors.Is(err, wire.ATTHandshake) {
			t.Fatalf("bit %d flipped: %v", bit, err)
		}
	}
	w.nothingOpened()
}

func TestEveryFlippedBitOfTheGrant(t *testing.T) {
	w := newWorld(t)
	grant := w.grant("recipient", collect(w.dropOff(first, 1)))
	for bit := range len(grant) * 8 {
		changed := bytes.Clone(grant)
		changed[bit/8] ^= 1 << (bit % 8)
		_, _, err := w.visit("recipient", changed, 0)
		refused(t, err, lockhouse.CodeGrantInvalid)
	}
	w.nothingOpened()
}

func TestEveryFlippedBitOfTheFrames(t *testing.T) {
	w := newWorld(t)
	grant := w.grant("recipient", collect(w.dropOff(first, 1)))
	clean := w.converse("recipient", grant, new(uint8))
	frames, err := wire.Cut(clean.info.Session, clean.m1, 244)
	must(t, err)
	for i := range frames {
		for bit := range len(frames[i]) * 8 {
			c := w.converse("recipient", grant, new(uint8))
			mine, err := wire.Cut(c.info.Session, c.m1, 244)
			must(t, err)
			mine[i][bit/8] ^= 1 << (bit % 8)
			for _, f := range mine {
				if err = c.link.Session.Write(f); err != nil {
					break
				}
			}
			if err == nil && len(c.link.Frames()) > 0 {
				t.Fatalf("frame %d, bit %d flipped, and the locker answered", i, bit)
			}
		}
	}
	w.nothingOpened()
}

func TestReplayedFirstMessage(t *testing.T) {
	w := newWorld(t)
	grant := w.grant("recipient", collect(w.dropOff(first, 1)))
	c := w.converse("recipient", grant, nil)
	must(t, c.write(c.m1))
	if len(c.link.Frames()) == 0 {
		t.Fatal("the first one was not answered")
	}
	if err := c.write(c.m1); !errors.Is(err, wire.ATTChannel) {
		t.Errorf("replayed in its own session: %v", err)
	}
	again, err := w.connect("recorder")
	must(t, err)
	frames, err := wire.Cut(again.Session.Info()[1], c.m1, 244)
	must(t, err)
	for i, f := range frames {
		if err := again.Session.Write(f); (i == len(frames)-1) != errors.Is(err, wire.ATTHandshake) {
			t.Errorf("replayed in another session, frame %d: %v", i, err)
		}
	}
	w.nothingOpened()
}

func TestANonceIsGoodOnce(t *testing.T) {
	w := newWorld(t)
	grant := w.grant("recipient", collect(w.dropOff(first, 1)))
	c := w.converse("recipient", w.grant("somebody", collect(&lockhouse.Receipt{Ref: first, Compartment: 2, Generation: 1})), nil)
	before := c.link.Session.Info()
	must(t, c.write(c.m1))
	if bytes.Equal(before, c.link.Session.Info()) {
		t.Error("INFO is the same after a refused first message")
	}
	v, _, err := phone.Begin(soon(t), drained(c.link), phone.Phone{Key: signer(t, "recipient"), Random: rand.Reader}, w.locker(), grant, -1)
	if err != nil || v == nil {
		t.Errorf("a better grant in the same session: %v", err)
	}
}

// drained forgets what the locker sent so far.
func drained(link *phone.Direct) *phone.Direct {
	for len(link.Frames()) > 0 {
		<-link.Frames()
	}
	return link
}

func TestThreeFirstMessagesAreEnough(t *testing.T) {
	w := newWorld(t)
	link, err := w.connect("hasty")
	must(t, err)
	for i := range 4 {
		err := link.Session.Write([]byte{link.Session.Info()[1], 0x80, 0, 1, 7})
		if want := map[bool]error{true: wire.ATTHandshake, false: wire.ATTClosed}[i < 3]; !errors.Is(err, want) {
			t.Errorf("first message %d: %v", i+1, err)
		}
	}
	select {
	case <-link.Session.(interface{ Done() <-chan struct{} }).Done():
	default:
		t.Error("the session goes on")
	}
}

func TestEveryFlippedBitInsideTheChannelEndsTheSession(t *testing.T) {
	w := newWorld(t)
	grant := w.grant("recipient", collect(w.dropOff(first, 1)))
	for bit := range 20 * 8 {
		c := w.converse("recipient", grant, nil)
		must(t, c.write(c.m1))
		joiner := wire.Joiner{Session: c.info.Session}
		m2, err := joiner.Add(<-c.link.Frames())
		must(t, err)
		_, channel, err := c.phone.Second(m2)
		must(t, err)
		plain, err := wire.Encode(wire.Open{})
		must(t, err)
		sealed, err := channel.Seal(plain)
		must(t, err)
		sealed[bit/8] ^= 1 << (bit % 8)
		if err := c.write(sealed); !errors.Is(err, wire.ATTChannel) {
			t.Fatalf("bit %d flipped: %v", bit, err)
		}
		if err := c.write(sealed); !errors.Is(err, wire.ATTClosed) {
			t.Fatalf("the session goes on: %v", err)
		}
	}
	w.nothingOpened()
}

func TestTheTimeIsTheNetworksAlone(t *testing.T) {
	w := newWorld(t)
	floor := func() uint32 {
		link, err := w.connect("looker")
		must(t, err)
		info, err := wire.ParseInfo(link.Session.Info())
		must(t, err)
		return info.TimeFloorS
	}
	was := floor()
	said := credential.Time{Locker: lockerID, At: w.now.Add(24 * time.Hour)}
	forged, err := credential.SignTime(authority(t, "somebody"), said)
	must(t, err)
	said.Locker = lockhouse.LockerIDOf([8]byte{9})
	foreign, err := credential.SignTime(authority(t, "issuer"), said)
	must(t, err)
	said.Locker, said.At = lockerID, w.now.Add(-24*time.Hour)
	past, err := credential.SignTime(authority(t, "issuer"), said)
	must(t, err)
	if w.agent.SetTime(forged) == nil || w.agent.SetTime(foreign) == nil || w.agent.SetTime([]byte("noon")) == nil {
		t.Error("a time that is not the network's, or not for this locker, was taken")
	}
	must(t, w.agent.SetTime(past))
	if now := floor(); now != was {
		t.Errorf("the floor went from %d to %d", was, now)
	}
}

// TestSetUpByAClockAhead: who set the locker up was years ahead. The network's fresh word is believed, also after the next
// start; one that was recorded is not.
func TestSetUpByAClockAhead(t *testing.T) {
	w := newWorld(t)
	w.journal.lines, w.config.NotBefore = nil, w.now.AddDate(3, 0, 0)
	w.start()
	recorded, err := credential.SignTime(authority(t, "issuer"), credential.Time{Locker: lockerID, At: w.now, Nonce: [16]byte{1}})
	must(t, err)
	must(t, w.agent.SetTime(recorded))
	grant := w.grant("courier", store(first, 1))
	_, _, err = w.visit("courier", grant, -1)
	refused(t, err, lockhouse.CodeLapsed)
	w.setTime()
	_, _, err = w.visit("courier", grant, -1)
	must(t, err)
	w.start()
	w.setTime()
	_, _, err = w.visit("courier", grant, -1)
	must(t, err)
	w.start() // without a line, and with what the journal knows
	_, _, err = w.visit("courier", grant, -1)
	refused(t, err, lockhouse.CodeClockUnsure)
}

func TestAVerifiedGrantSaysThatTimeHasPassed(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	over := w.grant("recipient", collect(stored)) // good for 12 hours
	w.start()
	later := lockhouse.Grant{ID: lockhouse.GrantID{5}, Locker: lockerID, PhoneKey: public(t, "other"), IssuedAt: w.now.Add(24 * time.Hour),
		ExpiresAt: w.now.Add(48 * time.Hour), Targets: []lockhouse.Target{collect(stored)}}
	raw, err := credential.SignGrant(authority(t, "issuer"), later)
	must(t, err)
	if _, _, err := w.visit("recipient", over, -1); err != nil {
		t.Fatalf("the locker has no reason to think that it is over: %v", err)
	}
	if _, _, err := w.visit("thief", raw, -1); err == nil {
		t.Fatal("admitted with another phone's grant")
	}
	if _, _, err := w.visit("recipient", over, -1); err != nil {
		t.Error("a grant without its phone moved the clock")
	}
	_, _, err = w.visit("other", raw, -1)
	must(t, err)
	_, _, err = w.visit("recipient", over, -1)
	refused(t, err, lockhouse.CodeLapsed)
}

func TestOnlyAnAnswerMakesTheClockGood(t *testing.T) {
	w := newWorld(t)
	w.start()
	if _, err := w.agent.TimeNonce(); err != nil {
		t.Fatal(err)
	}
	recorded, err := credential.SignTime(authority(t, "issuer"), credential.Time{Locker: lockerID, At: w.now, Nonce: [16]byte{1}})
	must(t, err)
	must(t, w.agent.SetTime(recorded))
	_, _, err = w.visit("courier", w.grant("courier", store(first, 1)), 0)
	refused(t, err, lockhouse.CodeClockUnsure)
}

func TestOldAnswersDoNotMakeTheClockGood(t *testing.T) {
	w := newWorld(t)
	w.start()
	nonce, err := w.agent.TimeNonce()
	must(t, err)
	statement, err := credential.SignTime(authority(t, "issuer"), credential.Time{Locker: lockerID, At: w.now, Nonce: nonce})
	must(t, err)
	w.pass(2 * time.Minute)
	must(t, w.agent.SetTime(statement))
	_, _, err = w.visit("courier", w.grant("courier", store(first, 1)), 0)
	refused(t, err, lockhouse.CodeClockUnsure)
}

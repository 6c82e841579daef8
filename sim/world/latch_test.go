package world_test

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/sim/radio"
	"lockhouse/sim/radio/central"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

// The faults below are made on the air, between a phone in Go and the locker's own assembly: real D-Bus, the real agent,
// its journal on a disk, its boards on a serial line. Chromium does the same by pages in journey_test.go.

func TestParcelByRadio(t *testing.T) {
	t.Parallel()
	s := raise(t, 1)
	o := s.order()
	compartment := s.dropOff(o)

	r := s.recipient(o)
	link := r.dial()
	defer link.Close()
	_, news, err := r.shows(link)
	must(t, err)
	if news.Compartment != compartment {
		t.Fatalf("the parcel lies in %d, door %d opens", compartment, news.Compartment)
	}
	s.opens(compartment)
	if got := s.state(o); got != "dropped_off" {
		t.Errorf("the parcel is %s while its door is open", got)
	}
	steel := s.stand().Cabinet
	thing, err := steel.Take(compartment)
	must(t, err)
	if thing != o.tracking {
		t.Errorf("in the compartment lay %q", thing)
	}
	must(t, steel.Shut(compartment))
	s.becomes(o, "collected")
}

func TestNothingOpensWithAnothersGrant(t *testing.T) {
	t.Parallel()
	s := raise(t, 2)
	o := s.order()
	s.dropOff(o)
	r := s.recipient(o)
	pulses := s.pulses()

	t.Run("copied to another phone", func(t *testing.T) {
		thief := s.person()
		thief.grant, thief.locker, thief.name = r.grant, r.locker, r.name
		refused(t, thief, lockhouse.CodeWrongPhone)
	})
	t.Run("shown to another locker", func(t *testing.T) {
		lost := *r
		other := s.Lockers()[1].Noun
		lost.locker = phone.Locker{ID: other.ID, StaticKey: other.StaticKey, ReceiptKey: other.ReceiptKey}
		lost.name = advertName(t, other)
		refused(t, &lost, lockhouse.CodeWrongLocker)
	})
	t.Run("a bit flipped anywhere in the grant", func(t *testing.T) {
		forged := *r
		for i := range r.grant {
			forged.grant = slices.Clone(r.grant)
			forged.grant[i] ^= 1 << (i % 8)
			refused(t, &forged, "")
		}
	})
	if s.pulses() != pulses || len(s.open()) != 0 {
		t.Errorf("a lock was driven: %d pulses before, %d after", pulses, s.pulses())
	}

	// And the right phone is none the worse for it.
	link := r.dial()
	defer link.Close()
	_, news, err := r.shows(link)
	must(t, err)
	s.opens(news.Compartment)
}

// refused shows a grant on a link of its own and wants it refused, with a code if one is given.
func refused(t *testing.T, p *person, code lockhouse.Code) {
	t.Helper()
	link := p.dial()
	defer link.Close()
	_, _, err := p.shows(link)
	if err == nil {
		t.Fatal("the grant was taken")
	}
	if code != "" && lockhouse.CodeOf(err) != code {
		t.Errorf("refused as %v, want %s", err, code)
	}
}

// waitForNothing is how long a phone waits for an answer that a locker does not give.
const waitForNothing = 300 * time.Millisecond

// advertName is the name under which a locker advertises today.
func advertName(t *testing.T, l lockhouse.Locker) string {
	t.Helper()
	raw, err := l.ID.Bytes()
	must(t, err)
	return wire.AdvertName(l.AdvertKey, raw, lockhouse.DayOf(time.Now().UTC()))
}

// tape is a link that remembers what was written, and can change it on its way.
type tape struct {
	*central.Link
	written [][]byte
	info    []byte
	change  func(n int, frame []byte) []byte
}

func (l *tape) Info(ctx context.Context) ([]byte, error) {
	info, err := l.Link.Info(ctx)
	l.info = info
	return info, err
}

func (l *tape) Write(ctx context.Context, frame []byte) error {
	if l.change != nil {
		frame = l.change(len(l.written), slices.Clone(frame))
	}
	l.written = append(l.written, slices.Clone(frame))
	return l.Link.Write(ctx, frame)
}

func TestReplayedFirstMessage(t *testing.T) {
	t.Parallel()
	s := raise(t, 1)
	o := s.order()
	compartment := s.dropOff(o)
	r := s.recipient(o)

	heard := &tape{Link: r.dial()}
	_, _, err := r.shows(heard)
	must(t, err)
	s.opens(compartment)
	must(t, s.stand().Cabinet.Shut(compartment)) // without taking the parcel: it could be opened again
	heard.Close()
	s.becomes(o, "collected")
	pulses := s.pulses()

	// Somebody who heard it all says the same on a link of his own, with his session's number and without.
	replay := r.dial()
	defer replay.Close()
	ctx := t.Context()
	info, err := replay.Info(ctx)
	must(t, err)
	for _, session := range []byte{heard.info[1], info[1]} {
		for _, frame := range heard.written {
			frame = slices.Clone(frame)
			frame[0] = session
			if replay.Write(ctx, frame) != nil {
				break // refused on the air already
			}
		}
	}
	if s.pulses() != pulses || len(s.open()) != 0 {
		t.Error("a replayed message drove a lock")
	}
}

func TestFlippedBitOnTheAir(t *testing.T) {
	t.Parallel()
	s := raise(t, 1)
	o := s.order()
	s.dropOff(o)
	r := s.recipient(o)
	pulses := s.pulses()
	whole := &tape{Link: r.dial()}
	whole.change = func(_ int, frame []byte) []byte { frame[len(frame)-1] ^= 1; return frame }
	if _, _, err := r.shows(whole); err == nil {
		t.Fatal("a message with a flipped bit was taken")
	}
	whole.Close()

	// Each byte of each frame, at another bit each time; lengths and session numbers are among them.
	for n := range whole.written {
		for i := 0; i < len(whole.written[n]); i += 3 {
			link := &tape{Link: r.dial()}
			link.change = func(at int, frame []byte) []byte {
				if at == n && i < len(frame) {
					frame[i] ^= 1 << (i % 8)
				}
				return frame
			}
			ctx, cancel := context.WithTimeout(t.Context(), waitForNothing)
			_, _, err := phone.Begin(ctx, link, phone.Phone{Key: r.key, Random: rand.Reader}, r.locker, r.grant, 0)
			cancel()
			link.Close()
			if err == nil {
				t.Fatalf("frame %d with byte %d changed was taken", n, i)
			}
		}
	}
	if s.pulses() != pulses {
		t.Error("a changed message drove a lock")
	}
}

// The tap was made; the phone is gone before it hears that the door is armed. The door opens, is watched, and the
// receipt says what came of it.
func TestPhoneGoneAfterArmed(t *testing.T) {
	t.Parallel()
	s := raise(t, 1)
	o := s.order()
	compartment := s.dropOff(o)
	r := s.recipient(o)
	must(t, s.radio.SetMTU(radio.MaxMTUBytes)) // the first message is one frame
	gone := r.dial()
	s.radio.DropAfter(2, radio.Answer) // INFO, then the frame: taken by the locker, acknowledged to nobody
	if _, _, err := r.shows(gone); err == nil {
		t.Fatal("the link was cut, and the phone heard an answer")
	}
	s.opens(compartment)
	steel := s.stand().Cabinet
	_, err := steel.Take(compartment)
	must(t, err)
	must(t, steel.Shut(compartment))
	s.becomes(o, "collected")
}

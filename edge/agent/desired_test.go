package agent_test

import (
	"errors"
	"slices"
	"testing"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// small is a small file, which may fail.
type small struct {
	text   []byte
	err    error
	writes int
}

func (s *small) Read() ([]byte, error) { return s.text, s.err }

func (s *small) Write(text []byte) error {
	s.writes++
	if s.err == nil {
		s.text = slices.Clone(text)
	}
	return s.err
}

func desired(t testing.TB, issuer string, locker lockhouse.LockerID, version uint64, out ...int) []byte {
	t.Helper()
	raw, err := credential.SignDesired(authority(t, issuer), locker, lockhouse.Desired{Version: version, OutOfService: out})
	must(t, err)
	return raw
}

// outOfService gives the compartments that take no drop-off.
func (w *world) outOfService() (numbers []int) {
	for _, v := range w.agent.Doors() {
		if v.OutOfService {
			numbers = append(numbers, v.Number)
		}
	}
	return numbers
}

// A compartment out of service takes no drop-off, and lets out what lies in it.
func TestOutOfService(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	must(t, w.agent.SetDesired(desired(t, "issuer", lockerID, 1, 1, 2, 3, 4, 5, 6)))
	_, _, err := w.visit("courier", w.grant("courier", lockhouse.Target{Ref: second, Verb: lockhouse.VerbStore, Rank: 1}), 0)
	refused(t, err, lockhouse.CodeFull)
	v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorOpened, lockhouse.ReceiptOpened)
	w.board.shut(stored.Compartment)
	w.expect(v, wire.DoorClosed, lockhouse.ReceiptCollected)
	must(t, w.agent.SetDesired(desired(t, "issuer", lockerID, 2, 1, 2, 3, 4, 6)))
	if again := w.dropOff(second, 1); again.Compartment != 5 {
		t.Errorf("dropped off in %d, which is out of service", again.Compartment)
	}
}

// The locker takes what is newer, for it, and its network's; and says which version it keeps to.
func TestDesiredVersions(t *testing.T) {
	w := newWorld(t)
	must(t, w.agent.SetDesired(desired(t, "issuer", lockerID, 7, 2)))
	tampered := desired(t, "issuer", lockerID, 9, 3)
	tampered[len(tampered)-1] ^= 1
	for name, tt := range map[string]struct {
		raw  []byte
		good bool
	}{
		"the same again":    {desired(t, "issuer", lockerID, 7, 3), true},
		"an older":          {desired(t, "issuer", lockerID, 6, 3), true},
		"another's":         {desired(t, "issuer", lockhouse.LockerIDOf([8]byte{9}), 8, 3), false},
		"a stranger's word": {desired(t, "stranger", lockerID, 8, 3), false},
		"a bit is changed":  {tampered, false},
		"nonsense":          {[]byte("x"), false},
	} {
		if err := w.agent.SetDesired(tt.raw); (err == nil) != tt.good {
			t.Errorf("%s: %v", name, err)
		}
		if out := w.outOfService(); !slices.Equal(out, []int{2}) || w.agent.Health().Desired != 7 {
			t.Errorf("%s: %v are out of service, version %d", name, out, w.agent.Health().Desired)
		}
	}
	must(t, w.agent.SetDesired(desired(t, "issuer", lockerID, 8, 1, 99))) // which is of a compartment that is not there any more
	if out := w.outOfService(); !slices.Equal(out, []int{1}) || w.agent.Health().Desired != 8 {
		t.Errorf("%v are out of service, version %d", out, w.agent.Health().Desired)
	}
}

// What is wanted survives a start. What could not be kept does not hold, and is told again by the line.
func TestDesiredIsKept(t *testing.T) {
	w := newWorld(t)
	must(t, w.agent.SetDesired(desired(t, "issuer", lockerID, 3, 4)))
	w.start()
	if out := w.outOfService(); !slices.Equal(out, []int{4}) || w.agent.Health().Desired != 3 {
		t.Errorf("after a start %v are out of service, version %d", out, w.agent.Health().Desired)
	}
	w.kept.err = errors.New("the disk is full")
	if err := w.agent.SetDesired(desired(t, "issuer", lockerID, 4, 5)); !errors.Is(err, w.kept.err) {
		t.Errorf("%v", err)
	}
	if out := w.outOfService(); !slices.Equal(out, []int{4}) {
		t.Errorf("%v are out of service, though that is not kept", out)
	}
	w.kept.err, w.kept.text = nil, desired(t, "stranger", lockerID, 9, 1)
	w.start()
	if out := w.outOfService(); len(out) != 0 || w.agent.Health().Desired != 0 {
		t.Errorf("somebody wrote a file, and %v are out of service", out)
	}
}

// The channel of versions is the network's word like the rest: kept over a restart, and gone when it is taken back.
func TestChannel(t *testing.T) {
	w := newWorld(t)
	for version, channel := range []string{"trial", ""} {
		raw, err := credential.SignDesired(authority(t, "issuer"), lockerID, lockhouse.Desired{Version: uint64(version + 1), Channel: channel})
		must(t, err)
		must(t, w.agent.SetDesired(raw))
		w.start()
		if got := w.agent.Channel(); got != channel {
			t.Errorf("channel %q, want %q", got, channel)
		}
	}
}

// The zone is the network's word like the rest. Of two with one version the one that names it is the whole one, in whatever order they come: an
// agent that knows no zones is told without.
func TestZone(t *testing.T) {
	w := newWorld(t)
	for i, c := range []struct {
		version   uint64
		said, has string
	}{
		{0, "America/New_York", "America/New_York"}, // nothing else was ever asked of it
		{1, "", ""},
		{1, "Mars/Olympus_Mons", "Mars/Olympus_Mons"}, // whether there is one of that name, is for whoever needs it
		{1, "", "Mars/Olympus_Mons"},
		{1, "Asia/Tokyo", "Mars/Olympus_Mons"},
		{2, "Asia/Tokyo", "Asia/Tokyo"},
		{1, "Europe/Paris", "Asia/Tokyo"},
		{3, "", ""}, // by a network from before
	} {
		raw, err := credential.SignDesired(authority(t, "issuer"), lockerID, lockhouse.Desired{Version: c.version, Zone: c.said})
		must(t, err)
		must(t, w.agent.SetDesired(raw))
		writes := w.kept.writes
		must(t, w.agent.SetDesired(raw))
		if w.kept.writes != writes {
			t.Errorf("%d: the same again is written again", i)
		}
		for range 2 {
			if got := w.agent.Zone(); got != c.has || w.agent.Condition().Zone != c.has || w.agent.Health().Desired < c.version {
				t.Errorf("%d: said %q, has %q at version %d", i, c.said, got, w.agent.Health().Desired)
			}
			w.start()
		}
	}
}

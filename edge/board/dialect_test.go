package board

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"lockhouse"
)

// The bytes are written out as public drivers, their tests and their documents have them, or by hand where there are
// none; never by the code that is tested.
var knownRequests = []struct {
	dialect        string
	board, channel int
	unlock, ask    string
}{
	{"cu16", 0, 0, "0200310336", "0200300335"},
	{"cu16", 2, 3, "0223310359", "0220300355"},
	{"cu16", 15, 15, "02ff310335", "02f0300325"},
	{"cu24", 0, 0, "020000510356", "020000500355"},
	{"cu24", 3, 23, "020317510370", "020300500358"},
	{"cu48", 0, 0, "020000610366", "020000600365"},
	{"cu48", 1, 47, "02012f610396", "020100600366"},
	{"8a", 1, 0, "8a0101119b", "80010033b2"},
	{"8a", 1, 11, "8a010c1196", "80010033b2"},
	{"8a", 2, 11, "8a020c1195", "80020033b1"},
	{"winnsen", 1, 0, "900605010103", "900612010103"},
	{"winnsen", 4, 15, "900605041003", "900612041003"},
	{"wkly", 0, 0, "574b4c590900820183", "574b4c5908008485"},
	{"wkly", 1, 3, "574b4c590901820487", "574b4c5908018484"},
}

var knownAnswers = []struct {
	dialect, bytes string
	want           Frame
}{
	{"cu16", "0210350180ffff03c9", Frame{Kind: Report, Board: 1, Count: 16, Hooks: 0x8001, Items: 0xffff}},
	{"cu16", "0200300335", Frame{}},
	{"cu24", "02030065fe018000000103ed", Frame{Kind: Report, Board: 3, Count: 24, Hooks: 0x8001fe, Items: 0x010000}},
	{"cu48", "02010075fe010000008000000000000103fb", Frame{Kind: Report, Board: 1, Count: 48, Hooks: 0x8000000001fe, Items: 0x010000000000}},
	{"8a", "8a0101008a", Frame{Kind: Unlocked, Board: 1, First: 0, Count: 1}},
	{"8a", "8a010c0087", Frame{Kind: Unlocked, Board: 1, First: 11, Count: 1}},
	{"8a", "8a0101119b", Frame{}}, // still shut, or an echo: it tells nothing
	{"8a", "8001ffffff334d", Frame{Kind: Report, Board: 1, Count: 24, Hooks: 0xffffff}},
	{"8a", "80010033b23333", Frame{Kind: Report, Board: 1, Count: 24, Hooks: 0x0033b2}}, // begins as the question does
	{"8a", "80010033b2", Frame{}},
	{"8a", "8201050086", Frame{Kind: Change, Board: 1, First: 4, Count: 1}},
	{"8a", "8201051197", Frame{Kind: Change, Board: 1, First: 4, Count: 1, Hooks: 1}},
	{"winnsen", "90078501010103", Frame{Kind: Unlocked, Board: 1, First: 0, Count: 1}},
	{"winnsen", "90078501100203", Frame{Kind: Declined, Board: 1, First: 15, Count: 1}},
	{"winnsen", "90078501100003", Frame{Kind: Declined, Board: 1, First: 15, Count: 1}},
	{"winnsen", "90079201000503", Frame{Kind: Report, Board: 1, First: 4, Count: 1, Hooks: 1}},
	{"winnsen", "90079201010503", Frame{Kind: Report, Board: 1, First: 4, Count: 1}},
	{"wkly", "574b4c590b008200010081", Frame{Kind: Unlocked, Board: 0, First: 0, Count: 1}},
	{"wkly", "574b4c590b018200040085", Frame{Kind: Unlocked, Board: 1, First: 3, Count: 1}},
	{"wkly", "574b4c590b0182ff04017b", Frame{Kind: Declined, Board: 1, First: 3, Count: 1}},
	{"wkly", "574b4c590a0185040083", Frame{Kind: Change, Board: 1, First: 3, Count: 1}},
	{"wkly", "574b4c590d0084000301000183", Frame{Kind: Report, Board: 0, Count: 3, Hooks: 0b101}},
}

func TestKnownRequests(t *testing.T) {
	for _, c := range knownRequests {
		d := dialect(t, c.dialect)
		if got := hex.EncodeToString(d.Unlock(c.board, c.channel)); got != c.unlock {
			t.Errorf("%s: unlock of lock %d on board %d is %s, want %s", c.dialect, c.channel, c.board, got, c.unlock)
		}
		want := c.ask
		if d.Traits().LockByLock != (c.dialect == "winnsen") {
			t.Errorf("%s asks lock by lock: %v", c.dialect, d.Traits().LockByLock)
		}
		if got := hex.EncodeToString(d.Ask(c.board, c.channel)); got != want {
			t.Errorf("%s: the question to board %d is %s, want %s", c.dialect, c.board, got, want)
		}
	}
}

func TestKnownAnswers(t *testing.T) {
	for _, d := range Dialects() {
		if len(samples(t, d)) < 4 {
			t.Errorf("no bytes are known of %s", d.Traits().Name)
		}
	}
	for _, c := range knownAnswers {
		p := parser{dialect: dialect(t, c.dialect)}
		got := append(feedAll(&p, unhex(t, c.bytes)), p.end()...)
		if !slices.Equal(got, []Frame{c.want}) || p.dropped > 0 {
			t.Errorf("%s: %s was read as %+v, %d bytes dropped, want %+v", c.dialect, c.bytes, got, p.dropped, c.want)
		}
	}
}

// Whatever bit of an answer with a checksum is turned over, nobody is told what the board did not say.
func TestWrongFramesAreDropped(t *testing.T) {
	for _, c := range knownAnswers {
		d := dialect(t, c.dialect)
		if d.Traits().Unchecked || c.want.Kind == Echo {
			continue
		}
		good := unhex(t, c.bytes)
		for i := range 8 * len(good) {
			bad := slices.Clone(good)
			bad[i/8] ^= 1 << (i % 8)
			p := parser{dialect: d}
			for _, f := range append(feedAll(&p, bad), p.end()...) {
				if f.Kind != Echo && f.Kind != Change {
					t.Errorf("%s: %x with bit %d turned over was read as %+v", c.dialect, good, i, f)
				}
			}
		}
	}
}

// Without a checksum, what can't be is refused.
func TestWinnsenRefusesWhatCantBe(t *testing.T) {
	for name, bytes := range map[string]string{
		"lock 0": "90078501000103", "lock 17": "90078501110103", "a status of 3": "90078501010303", "another end": "90078501010104",
		"a door that cools": "90079201020503", "a request's length": "90068501010103", "an answer's length": "900705010103",
	} {
		p := parser{dialect: winnsen{}}
		if got := append(feedAll(&p, unhex(t, bytes)), p.end()...); len(got) != 0 {
			t.Errorf("%s: %s was read as %+v", name, bytes, got)
		}
	}
}

// A lock that is neither open nor shut, and a status that failed, are no status.
func TestWKLYRefusesWhatCantBe(t *testing.T) {
	for name, data := range map[string][]byte{
		"a state of 2": {wklyDone, 2, 1, 2}, "a count too many": {wklyDone, 3, 1, 1}, "failed": {wklyFailed, 2, 1, 1}, "no locks": {wklyDone, 0},
	} {
		p := parser{dialect: wkly{}}
		if got := append(feedAll(&p, wklyFrame(0, wklyAll, data...)), p.end()...); len(got) != 0 {
			t.Errorf("%s was read as %+v", name, got)
		}
	}
}

func TestTraits(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Dialects() {
		r := d.Traits()
		if named, err := Named(r.Name); err != nil || named != d || seen[r.Name] {
			t.Errorf("%q finds %v, %v", r.Name, named, err)
		}
		seen[r.Name] = true
		if r.LastBoard >= lockhouse.MaxBoards || r.Channels > lockhouse.MaxChannels || r.Baud == 0 || r.Make == "" {
			t.Errorf("%s: %+v", r.Name, r)
		}
		for _, at := range [][2]int{{r.FirstBoard - 1, 0}, {r.LastBoard + 1, 0}, {r.FirstBoard, -1}, {r.FirstBoard, r.Channels}, {1 << 30, 0}} {
			if lockhouse.CodeOf(r.Check(at[0], at[1])) != lockhouse.CodeMalformed {
				t.Errorf("%s: lock %v is let be", r.Name, at)
			}
		}
		if err := r.Check(r.LastBoard, r.Channels-1); err != nil {
			t.Error(err)
		}
	}
	if _, err := Named("kerong"); err == nil || !strings.Contains(err.Error(), "cu16, cu24, cu48, 8a, winnsen, wkly") {
		t.Errorf("an unknown dialect: %v", err)
	}
}

func dialect(t testing.TB, name string) Dialect {
	t.Helper()
	d, err := Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

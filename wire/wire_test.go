package wire_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/wire"
)

func TestInfoRoundTrip(t *testing.T) {
	info := wire.Info{Session: 7, Flags: wire.FlagBusy, Locker: vectorLocker, Nonce: [16]byte{1}, TimeFloorS: 1_800_000_000,
		Quality: lockhouse.TimeDay, ReceiptHead: [4]byte{1, 2, 3, 4}, StaticKey: [4]byte{5, 6, 7, 8}, MTU: 517}
	raw := info.Encode()
	got, err := wire.ParseInfo(raw)
	must(t, err)
	if len(raw) != wire.InfoBytes || got != info {
		t.Errorf("%d bytes, read as %+v", len(raw), got)
	}
	other := bytes.Clone(raw)
	other[0] = 2
	for name, bad := range map[string][]byte{"short": raw[:45], "long": append(bytes.Clone(raw), 0), "empty": nil, "another version": other} {
		if _, err := wire.ParseInfo(bad); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFrameBytes(t *testing.T) {
	for mtu, want := range map[int]int{0: 20, 23: 20, 185: 182, 247: 244, 512: 509, 517: 509} {
		if got := wire.FrameBytes(mtu); got != want {
			t.Errorf("MTU %d gives frames of %d, not %d", mtu, got, want)
		}
	}
}

func TestCutAndJoin(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		message := rapid.SliceOfN(rapid.Byte(), 1, wire.MaxMessageBytes).Draw(rt, "message")
		size := rapid.IntRange(wire.MinFrameBytes, wire.MaxFrameBytes).Draw(rt, "frame bytes")
		frames, err := wire.Cut(9, message, size)
		if err != nil {
			rt.Fatal(err)
		}
		joiner := wire.Joiner{Session: 9}
		for round := range 2 { // the second round shows that nothing is left of the first
			for i, f := range frames {
				if len(f) > size {
					rt.Fatalf("a frame of %d bytes", len(f))
				}
				got, err := joiner.Add(f)
				last := i == len(frames)-1
				if err != nil || (got != nil) != last || last && !bytes.Equal(got, message) {
					rt.Fatalf("round %d, frame %d: %x, %v", round, i, got, err)
				}
			}
		}
	})
}

func TestCutRefuses(t *testing.T) {
	if _, err := wire.Cut(1, nil, 20); err == nil {
		t.Error("an empty message was cut")
	}
	if _, err := wire.Cut(1, make([]byte, wire.MaxMessageBytes+1), 20); err == nil {
		t.Error("too long a message was cut")
	}
	for _, size := range []int{0, 19, 510} {
		if _, err := wire.Cut(1, []byte{1}, size); err == nil {
			t.Errorf("frames of %d were made", size)
		}
	}
}

func TestJoinRefuses(t *testing.T) {
	frames, err := wire.Cut(1, bytes.Repeat([]byte{0xab}, 60), 20)
	must(t, err)
	for name, tt := range map[string]struct {
		frames [][]byte
		want   wire.ATTError
	}{
		"middle first":    {[][]byte{frames[1]}, wire.ATTOutOfOrder},
		"skipped":         {[][]byte{frames[0], frames[2]}, wire.ATTOutOfOrder},
		"repeated":        {[][]byte{frames[0], frames[1], frames[1]}, wire.ATTOutOfOrder},
		"begun twice":     {[][]byte{frames[0], frames[0]}, wire.ATTOutOfOrder},
		"other session":   {[][]byte{{2, 0x80, 0, 1, 7}}, wire.ATTWrongSession},
		"empty":           {[][]byte{{}}, wire.ATTMalformed},
		"head only":       {[][]byte{{1, 0x80, 0, 4}}, wire.ATTMalformed},
		"length 0":        {[][]byte{{1, 0x80, 0, 0, 7}}, wire.ATTMalformed},
		"length too big":  {[][]byte{{1, 0x80, 8, 1, 7}}, wire.ATTTooLong},
		"more than said":  {[][]byte{{1, 0x80, 0, 1, 7, 7}}, wire.ATTTooLong},
		"more in a later": {[][]byte{{1, 0x80, 0, 2, 7}, {1, 1, 7, 7}}, wire.ATTTooLong},
		"frame too long":  {[][]byte{append([]byte{1}, make([]byte, wire.MaxFrameBytes)...)}, wire.ATTTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			joiner := wire.Joiner{Session: 1}
			var err error
			for i, f := range tt.frames {
				if _, err = joiner.Add(f); err != nil && i < len(tt.frames)-1 {
					t.Fatalf("frame %d: %v", i, err)
				}
			}
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if got, err := joiner.Add([]byte{1, 0x80, 0, 1, 7}); err != nil || !bytes.Equal(got, []byte{7}) {
				t.Errorf("the next message suffers: %x, %v", got, err)
			}
		})
	}
}

func TestAnotherSessionsFrameDoesNotConcern(t *testing.T) {
	joiner := wire.Joiner{Session: 1}
	if _, err := joiner.Add([]byte{1, 0x80, 0, 2, 7}); err != nil {
		t.Fatal(err)
	}
	if _, err := joiner.Add([]byte{2, 0x80, 0, 1, 9}); !errors.Is(err, wire.ATTWrongSession) {
		t.Errorf("got %v", err)
	}
	if got, err := joiner.Add([]byte{1, 1, 8}); err != nil || !bytes.Equal(got, []byte{7, 8}) {
		t.Errorf("the message suffered: %x, %v", got, err)
	}
}

func TestManyTinyFramesEnd(t *testing.T) {
	joiner := wire.Joiner{Session: 1}
	if _, err := joiner.Add([]byte{1, 0x80, 4, 0, 7}); err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 127; i++ {
		if _, err := joiner.Add([]byte{1, byte(i), 7}); err != nil {
			t.Fatal(i, err)
		}
	}
	if _, err := joiner.Add([]byte{1, 128, 7}); err == nil {
		t.Error("a 129th frame was taken")
	}
}

// handshake meets a phone and a locker; spoil may change m1 on its way.
func handshake(t *testing.T, spoil func(m1 []byte) []byte) (phone *wire.Initiator, m2 []byte, lockerSide *wire.Channel, err error) {
	t.Helper()
	info := wire.Info{Session: 1, Locker: vectorLocker}.Encode()
	phone, err = wire.NewInitiator(public(t, "static"), info, rand.Reader)
	must(t, err)
	m1, err := phone.First([]byte("present"))
	must(t, err)
	locker, err := wire.NewResponder(exchange(t, "static"), info, rand.Reader)
	must(t, err)
	payload, _, err := locker.First(spoil(m1))
	if err != nil {
		return phone, nil, nil, err
	}
	if string(payload) != "present" {
		t.Fatalf("read %q", payload)
	}
	m2, lockerSide, err = locker.Second([]byte("admit"))
	return phone, m2, lockerSide, err
}

func asIs(m1 []byte) []byte { return m1 }

func TestHandshakeRefusesEveryFlippedBit(t *testing.T) {
	length := 0
	handshake(t, func(m1 []byte) []byte { length = len(m1); return m1 })
	for bit := range length * 8 {
		_, _, _, err := handshake(t, func(m1 []byte) []byte { m1[bit/8] ^= 1 << (bit % 8); return m1 })
		if !errors.Is(err, wire.ErrHandshake) {
			t.Fatalf("bit %d of m1 flipped: %v", bit, err)
		}
	}
	for _, cut := range []int{0, 64, 65, length - 1} {
		if _, _, _, err := handshake(t, func(m1 []byte) []byte { return m1[:cut] }); err == nil {
			t.Errorf("m1 cut to %d bytes was read", cut)
		}
	}
}

func TestAnswerRefusesEveryFlippedBit(t *testing.T) {
	phone, m2, _, err := handshake(t, asIs)
	must(t, err)
	for bit := range len(m2) * 8 {
		changed := bytes.Clone(m2)
		changed[bit/8] ^= 1 << (bit % 8)
		if _, _, err := phone.Second(changed); err == nil {
			t.Fatalf("bit %d of m2 flipped, and read", bit)
		}
		phone, m2, _, err = handshake(t, asIs)
		must(t, err)
	}
}

func TestAnotherInfoOrLockerIsRefused(t *testing.T) {
	phone, err := wire.NewInitiator(public(t, "static"), []byte("this info"), rand.Reader)
	must(t, err)
	m1, err := phone.First([]byte("present"))
	must(t, err)
	other, err := wire.NewResponder(exchange(t, "static"), []byte("that info"), rand.Reader)
	must(t, err)
	if _, _, err := other.First(m1); err == nil {
		t.Error("m1 was read under another INFO")
	}
	fake, err := wire.NewResponder(exchange(t, "fake"), []byte("this info"), rand.Reader)
	must(t, err)
	if _, _, err := fake.First(m1); err == nil {
		t.Error("a fake locker read m1")
	}
	if _, err := wire.NewInitiator(make([]byte, 65), nil, rand.Reader); err == nil {
		t.Error("a static key that is no point was taken")
	}
}

func TestChannelTakesEachMessageOnceAndInOrder(t *testing.T) {
	phone, m2, lockerSide, err := handshake(t, asIs)
	must(t, err)
	_, phoneSide, err := phone.Second(m2)
	must(t, err)
	one, err := phoneSide.Seal([]byte("one"))
	must(t, err)
	two, err := phoneSide.Seal([]byte("two"))
	must(t, err)
	if _, err := lockerSide.Open(two); err == nil {
		t.Error("the second message was read first")
	}
	if got, err := lockerSide.Open(one); err != nil || string(got) != "one" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := lockerSide.Open(one); err == nil {
		t.Error("a message was read twice")
	}
	if _, err := phoneSide.Open(two); err == nil {
		t.Error("a message was read by its own writer")
	}
	if got, err := lockerSide.Open(two); err != nil || string(got) != "two" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAdvertNameChangesWithDayLockerAndKey(t *testing.T) {
	key := bytes.Repeat([]byte{1}, wire.AdvertKeyBytes)
	name := wire.AdvertName(key, vectorLocker, 20_780)
	if len(name) != 8 {
		t.Errorf("%q has not 8 characters", name)
	}
	for _, other := range []string{
		wire.AdvertName(key, vectorLocker, 20_781), wire.AdvertName(key, [8]byte{}, 20_780), wire.AdvertName(make([]byte, 16), vectorLocker, 20_780),
	} {
		if other == name {
			t.Errorf("%q again", name)
		}
	}
}

func TestStatusKeepsTheCode(t *testing.T) {
	seen := 0
	for s := wire.Status(1); s.Err() != nil && lockhouse.CodeOf(s.Err()) != lockhouse.CodeConflict || s == 15; s++ {
		if back := wire.StatusOf(s.Err()); back != s {
			t.Errorf("status %d comes back as %d", s, back)
		}
		seen++
	}
	if seen != 20 {
		t.Errorf("%d statuses have a code, not 20", seen)
	}
	if wire.StatusOf(nil) != wire.StatusOK || wire.StatusOK.Err() != nil {
		t.Error("yes is not 0")
	}
	if got := lockhouse.CodeOf(wire.StatusOf(errors.New("disk on fire")).Err()); got != lockhouse.CodeUnavailable {
		t.Errorf("a cause from inside travels as %s", got)
	}
	if wire.Status(99).Err() == nil {
		t.Error("an unknown status was taken for yes")
	}
}

package backoff

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAfter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Schedule{time.Second, time.Minute, time.Hour}
		tries := rapid.IntRange(-1, 5).Draw(t, "tries")
		noise := rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "noise")
		wait, again := s.After(tries, bytes.NewReader(noise))
		if again != (tries >= 1 && tries <= 3) {
			t.Fatalf("after %d tries: again is %v", tries, again)
		}
		if !again {
			return
		}
		if bare := s[tries-1]; wait < bare || wait > bare+bare/5 {
			t.Fatalf("after %d tries: %v, which is not %v and at most a fifth", tries, wait, bare)
		}
	})
}

func TestTotal(t *testing.T) {
	if got := (Schedule{time.Second, 2 * time.Second}).Total(); got != 3*time.Second {
		t.Fatal(got)
	}
}

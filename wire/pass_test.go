package wire

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPassDigits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		pass := rapid.SliceOfN(rapid.Byte(), 1, 160).Draw(rt, "pass")
		got, err := ReadPassDigits(PassDigits(pass))
		if err != nil || !bytes.Equal(got, pass) {
			rt.Fatalf("%x came back as %x, %v", pass, got, err)
		}
	})
	for _, bad := range []string{"", "0", "1", "0256", "-257", "+257", "25a7", " 257", "512", strings.Repeat("1", MaxPassDigits+1)} {
		if got, err := ReadPassDigits(bad); err == nil {
			t.Errorf("%q was read as %x", bad, got)
		}
	}
}

// FuzzPassDigits holds that what is read as a pass has one form in digits.
func FuzzPassDigits(f *testing.F) {
	f.Add(PassDigits([]byte("a pass")))
	f.Add("00017")
	f.Fuzz(func(t *testing.T, digits string) {
		if pass, err := ReadPassDigits(digits); err == nil && PassDigits(pass) != digits {
			t.Fatalf("%q has a second form", digits)
		}
	})
}

package locker

import (
	"encoding/base64"
	"slices"
	"testing"
)

// TestForgottenIssuer: a key that the network had the locker forget is not believed after the next start either, though the settings
// of a locker that was set up by hand still name it; and a technician's new key is.
func TestForgottenIssuer(t *testing.T) {
	first, next, technicians := []byte("first"), []byte("next"), []byte("technician's")
	text := base64.RawURLEncoding.EncodeToString
	settings := Config{StateDir: t.TempDir(), IssuerKeys: []string{text(first)}}
	learned := func() Config {
		t.Helper()
		c, err := settings.Learned()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	believes := func(when string, keys ...[]byte) {
		t.Helper()
		got := learned().IssuerKeys
		for _, key := range keys {
			if !slices.Contains(got, text(key)) {
				t.Errorf("%s: %q is not believed", when, key)
			}
		}
		if len(got) != len(keys) {
			t.Errorf("%s: %d keys are believed, not %d", when, len(got), len(keys))
		}
	}
	for _, keys := range [][][]byte{{first, next}, {next}} {
		if err := learned().keepIssuers(keys); err != nil {
			t.Fatal(err)
		}
		believes("told", keys...)
	}
	settings.IssuerKeys = append(settings.IssuerKeys, text(technicians))
	believes("a technician came", next, technicians)
	if err := learned().keepIssuers([][]byte{next, first}); err != nil {
		t.Fatal(err)
	}
	believes("told of the first again", next, first)
}

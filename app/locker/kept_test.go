package locker

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"lockhouse/trust/credential"
)

func TestKeptFile(t *testing.T) {
	k := keptFile{filepath.Join(t.TempDir(), desiredFile), credential.MaxDesiredBytes}
	if text, err := k.Read(); err != nil || len(text) != 0 {
		t.Fatalf("%q, %v before anything was kept", text, err)
	}
	for _, want := range []string{"first", "second"} {
		if err := k.Write([]byte(want)); err != nil {
			t.Fatal(err)
		}
		if text, err := k.Read(); err != nil || string(text) != want {
			t.Fatalf("%q, %v; want %q", text, err, want)
		}
	}
	if err := os.WriteFile(k.path, bytes.Repeat([]byte("x"), 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := k.Read(); err != nil || len(text) > credential.MaxDesiredBytes+1 {
		t.Errorf("read %d bytes, %v", len(text), err)
	}
	if err := (keptFile{filepath.Join(t.TempDir(), "none", "x"), 1}).Write(nil); err == nil {
		t.Error("kept where there is no directory")
	}
}

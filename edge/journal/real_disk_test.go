package journal

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"lockhouse"
	"lockhouse/internal/smalldisk"
)

const diskBytes = 256 << 10

// A disk that can only be read gives what is on it, keeps nothing, and keeps again when it can be written to; a torn end is cut
// off then, and not before.
func TestReadOnlyDisk(t *testing.T) {
	d := smalldisk.Mount(t, diskBytes, 1)
	path := filepath.Join(d.Dir, "journal")
	j, _ := opened(t, path)
	appendAll(t, j, "armed", "pulsed")
	must(t, j.Close())
	tear(t, path, 3)
	must(t, d.ReadOnly(true))
	j, f := opened(t, path)
	if got := kept(t, j); !slices.Equal(got, []string{"armed"}) || f.TornBytes == 0 {
		t.Errorf("read %q, %+v", got, f)
	}
	for range 2 {
		if err := j.Append([]byte("opened")); lockhouse.CodeOf(err) != lockhouse.CodeNotKept || !errors.Is(err, syscall.EROFS) {
			t.Errorf("kept on a disk that can only be read: %v", err)
		}
	}
	if _, _, err := Open(path, steady(1)); lockhouse.CodeOf(err) != CodeBusy {
		t.Errorf("opened by two: %v", err)
	}
	must(t, d.ReadOnly(false))
	appendAll(t, j, "opened")
	must(t, j.Close())
	j, f = opened(t, path)
	if got := kept(t, j); !slices.Equal(got, []string{"armed", "opened"}) || f.TornBytes != 0 {
		t.Errorf("kept %q, %+v", got, f)
	}
	must(t, j.Close())
}

// A disk without a byte left is opened, read, and written to again as soon as there is room.
func TestFullDisk(t *testing.T) {
	d := smalldisk.Mount(t, diskBytes, 1)
	path := filepath.Join(d.Dir, "journal")
	j, _ := opened(t, path)
	appendAll(t, j, "armed", "pulsed")
	must(t, d.Fill())
	for full := false; !full; {
		err := j.Append(make([]byte, 1_000))
		if full = err != nil; full && (lockhouse.CodeOf(err) != lockhouse.CodeNotKept || !errors.Is(err, syscall.ENOSPC)) {
			t.Fatal(err)
		}
	}
	must(t, j.Close())
	j, _ = opened(t, path)
	if got := kept(t, j); got[0] != "armed" || got[1] != "pulsed" {
		t.Errorf("kept %q", got)
	}
	if err := j.Rewrite([][]byte{make([]byte, 10_000)}); lockhouse.CodeOf(err) != lockhouse.CodeNotKept {
		t.Errorf("written anew on a full disk: %v", err)
	}
	must(t, d.MakeRoom())
	must(t, j.Append(make([]byte, 1_000)))
	must(t, j.Rewrite([][]byte{make([]byte, 10_000)}))
	must(t, j.Close())
}

// tear takes bytes off the end, as a power cut does.
func tear(t *testing.T, path string, n int64) {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	must(t, os.Truncate(path, info.Size()-n))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

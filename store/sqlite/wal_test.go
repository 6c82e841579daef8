package sqlite

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3/vfs"
	"pgregory.net/rapid"
)

// plain is a file in memory, of which nothing but its content matters here.
type plain struct {
	vfs.File
	content []byte
	fails   error
	writes  int
}

func (f *plain) WriteAt(p []byte, at int64) (int, error) {
	if f.fails != nil {
		return 0, f.fails
	}
	f.writes++
	if need := int(at) + len(p); need > len(f.content) {
		f.content = append(f.content, make([]byte, need-len(f.content))...)
	}
	return copy(f.content[at:], p), nil
}

func (f *plain) ReadAt(p []byte, at int64) (int, error) {
	if at >= int64(len(f.content)) {
		return 0, io.EOF
	}
	return copy(p, f.content[at:]), nil
}

func (f *plain) Truncate(size int64) error {
	f.content = f.content[:min(int(size), len(f.content))]
	return nil
}

func (f *plain) Size() (int64, error)    { return int64(len(f.content)), nil }
func (f *plain) Sync(vfs.SyncFlag) error { return nil }
func (f *plain) Close() error            { return nil }

// TestLogIsTheFile: whatever is written, read and cut in whatever order, a log that gathers reads like a file that does not,
// and what was synced is written.
func TestLogIsTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		under, same := &plain{}, &plain{}
		gathers := &log{File: under}
		place, size := rapid.IntRange(0, 40), rapid.IntRange(0, 40)
		t.Repeat(map[string]func(*rapid.T){
			"write on": func(t *rapid.T) {
				p := rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "p")
				end, _ := same.Size()
				gathers.WriteAt(p, end)
				same.WriteAt(p, end)
			},
			"write over": func(t *rapid.T) {
				p, at := rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "p"), int64(place.Draw(t, "at"))
				gathers.WriteAt(p, at)
				same.WriteAt(p, at)
			},
			"read": func(t *rapid.T) {
				at, a, b := int64(place.Draw(t, "at")), make([]byte, 30), make([]byte, 30)
				n, err := gathers.ReadAt(a, at)
				m, want := same.ReadAt(b, at)
				if n != m || err != want || !bytes.Equal(a, b) {
					t.Fatalf("at %d: %d %v %x, want %d %v %x", at, n, err, a, m, want, b)
				}
			},
			"truncate": func(t *rapid.T) {
				to := int64(size.Draw(t, "size"))
				gathers.Truncate(to)
				same.Truncate(to)
			},
			"size": func(t *rapid.T) {
				n, _ := gathers.Size()
				if m, _ := same.Size(); n != m {
					t.Fatalf("%d bytes, want %d", n, m)
				}
			},
			"sync": func(t *rapid.T) {
				gathers.Sync(vfs.SYNC_FULL)
				if !bytes.Equal(under.content, same.content) {
					t.Fatalf("%x is written, want %x", under.content, same.content)
				}
			},
		})
		gathers.Close()
		if !bytes.Equal(under.content, same.content) {
			t.Fatalf("%x is left, want %x", under.content, same.content)
		}
	})
}

// TestLogSaysThatItFails: what could not be written is said when it is synced at the latest, and is not written later.
func TestLogSaysThatItFails(t *testing.T) {
	full := errors.New("full")
	under := &plain{fails: full}
	l := &log{File: under}
	if _, err := l.WriteAt([]byte("one"), 0); err != nil {
		t.Fatal(err)
	}
	if err := l.Sync(vfs.SYNC_FULL); !errors.Is(err, full) {
		t.Fatalf("got %v", err)
	}
	under.fails = nil
	if err := l.Sync(vfs.SYNC_FULL); err != nil || len(under.content) != 0 {
		t.Fatalf("%q, %v", under.content, err)
	}
}

// TestLogGathersSoMuch: however long a commit is, no more than maxGatheredBytes are kept back.
func TestLogGathersSoMuch(t *testing.T) {
	under := &plain{}
	l := &log{File: under}
	page := make([]byte, 4_096)
	for n := range 3 * maxGatheredBytes / len(page) {
		if _, err := l.WriteAt(page, int64(n*len(page))); err != nil || len(l.end) > maxGatheredBytes {
			t.Fatalf("%d bytes, %v", len(l.end), err)
		}
	}
	if err := l.Sync(vfs.SYNC_FULL); err != nil || under.writes != 3 {
		t.Errorf("%d writes, %v", under.writes, err)
	}
}

// TestOddNames: a file's name is its name, whatever stands in it.
func TestOddNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?c#d%20&e=f.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

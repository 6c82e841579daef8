package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"lockhouse"
)

func TestDiskFullCostsOneRecord(t *testing.T) {
	d := &frailDisk{why: syscall.ENOSPC}
	path := filepath.Join(t.TempDir(), "journal")
	j, _, err := open(path, steady(1), d)
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, "armed")
	d.failAt = d.steps + 1
	if err := j.Append([]byte("a record that finds half its room")); lockhouse.CodeOf(err) != lockhouse.CodeNotKept || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("on a full disk: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != j.Bytes() {
		t.Errorf("%d bytes are left of a journal of %d, %v", info.Size(), j.Bytes(), err)
	}
	appendAll(t, j, "with room again")
	_ = j.Close()
	j, f := opened(t, path)
	if got := kept(t, j); !slices.Equal(got, []string{"armed", "with room again"}) || f.TornBytes != 0 {
		t.Errorf("kept %q, %+v", got, f)
	}
}

// After an fsync that failed, or half a record that could not be taken back, nothing more is taken before the next Open.
func TestFailedDiskTakesNoMore(t *testing.T) {
	for name, d := range map[string]*frailDisk{"fsync": {}, "write and truncate": {stuck: true}} {
		path := filepath.Join(t.TempDir(), "journal")
		j, _, err := open(path, steady(1), d)
		if err != nil {
			t.Fatal(err)
		}
		appendAll(t, j, "armed")
		d.failAt = d.steps + 2
		if d.stuck {
			d.failAt = d.steps + 1
		}
		for range 2 {
			if err := j.Append([]byte("pulsed")); lockhouse.CodeOf(err) != CodeFailed {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := j.Rewrite(nil); lockhouse.CodeOf(err) != CodeFailed {
			t.Errorf("%s: rewritten: %v", name, err)
		}
		_ = j.Close()
		j, _ = opened(t, path)
		if got := kept(t, j); got[0] != "armed" || len(got) > 2 {
			t.Errorf("%s: kept %q", name, got)
		}
		appendAll(t, j, "and on")
	}
}

// Rewrite breaks off at each of its steps, for good or once: there is the old journal or the new one, never a mixture.
func TestRewriteIsAllOrNothing(t *testing.T) {
	for _, stuck := range []bool{false, true} {
		for step, done := 1, false; !done; step++ {
			path := filepath.Join(t.TempDir(), "journal")
			d := &frailDisk{stuck: stuck}
			j, _, err := open(path, steady(1), d)
			if err != nil {
				t.Fatal(err)
			}
			appendAll(t, j, "old 1", "old 2")
			d.failAt = d.steps + step
			err = j.Rewrite([][]byte{[]byte("new")})
			done = err == nil
			d.failAt = 0
			appended := j.Append([]byte("then")) == nil
			if code := lockhouse.CodeOf(err); !done && appended != (code == lockhouse.CodeNotKept) {
				t.Errorf("step %d: %v, and then appended is %t", step, err, appended)
			}
			_ = j.Close()
			j, f := opened(t, path)
			got := fmt.Sprint(kept(t, j))
			want := map[bool][]string{true: {"[old 1 old 2 then]", "[new then]"}, false: {"[old 1 old 2]", "[new]"}}[appended]
			if done && got != want[1] || !slices.Contains(want, got) || f.TornBytes != 0 {
				t.Errorf("step %d, stuck %t: %v; kept %s, %+v", step, stuck, err, got, f)
			}
			if _, err := os.Stat(path + newSuffix); err == nil {
				t.Errorf("step %d: an unfinished journal was left", step)
			}
		}
	}
}

package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"lockhouse"
)

func opened(t testing.TB, path string) (*Journal, Found) {
	t.Helper()
	j, f, err := Open(path, steady(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, f
}

// openedQuick leaves the fsyncs out.
func openedQuick(t testing.TB, path string) (*Journal, Found) {
	t.Helper()
	j, f, err := open(path, steady(1), &frailDisk{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, f
}

func kept(t testing.TB, j *Journal) (records []string) {
	t.Helper()
	if err := j.Replay(func(r []byte) error { records = append(records, string(r)); return nil }); err != nil {
		t.Fatal(err)
	}
	return records
}

func appendAll(t testing.TB, j *Journal, records ...string) {
	t.Helper()
	for _, r := range records {
		if err := j.Append([]byte(r)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestKeepsWhatWasAppended(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, f := opened(t, path)
	if !f.New || f.Records != 0 {
		t.Errorf("a journal that was not there: %+v", f)
	}
	big := string(bytes.Repeat([]byte{0}, MaxRecordBytes))
	appendAll(t, j, "armed", big, "opened")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Append([]byte("late")); lockhouse.CodeOf(err) != CodeFailed {
		t.Errorf("a closed journal: %v", err)
	}
	j, f = opened(t, path)
	if got, want := kept(t, j), []string{"armed", big, "opened"}; !slices.Equal(got, want) || f != (Found{Records: 3}) {
		t.Errorf("kept %d records; %+v", len(got), f)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || info.Size() != j.Bytes() {
		t.Errorf("the file is %v, %v; the journal says %d bytes", info.Mode(), err, j.Bytes())
	}
	if err := j.Replay(func([]byte) error { return errors.ErrUnsupported }); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("the reader's own error: %v", err)
	}
}

func TestLimits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, _ := opened(t, path)
	for name, r := range map[string][]byte{"empty": nil, "too long": make([]byte, MaxRecordBytes+1)} {
		if err := j.Append(r); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	big := make([]byte, MaxRecordBytes)
	fill := make([][]byte, MaxFileBytes/(MaxRecordBytes+frameBytes))
	for i := range fill {
		fill[i] = big
	}
	if err := j.Rewrite(append(fill, big)); lockhouse.CodeOf(err) != lockhouse.CodeNotKept {
		t.Errorf("a journal over its limit: %v", err)
	}
	if err := j.Rewrite(fill); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(big); lockhouse.CodeOf(err) != lockhouse.CodeNotKept {
		t.Errorf("a record over the limit: %v", err)
	}
	if err := j.Rewrite([][]byte{[]byte("small again")}); err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, "and on")
	if got := kept(t, j); !slices.Equal(got, []string{"small again", "and on"}) {
		t.Errorf("kept %q", got)
	}
	if err := os.WriteFile(path+".big", make([]byte, MaxFileBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(path+".big", steady(1)); lockhouse.CodeOf(err) != CodeDamaged {
		t.Errorf("a file over the limit: %v", err)
	}
}

func TestTwoAgentsCannotShareIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, _ := opened(t, path)
	if err := j.Rewrite(nil); err != nil { // which gives the file another inode
		t.Fatal(err)
	}
	if _, _, err := Open(path, steady(1)); lockhouse.CodeOf(err) != CodeBusy {
		t.Errorf("a second agent: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	opened(t, path)
}

// A life of a journal, compared with a list in memory.
func TestAsAListWouldBe(t *testing.T) {
	dir := t.TempDir()
	life := 0
	rapid.Check(t, func(t *rapid.T) {
		life++
		path := filepath.Join(dir, fmt.Sprint(life))
		d := &frailDisk{why: syscall.ENOSPC}
		j, _, err := open(path, steady(1), d)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = j.Close() }()
		var want []string
		record := rapid.StringN(1, 300, 300)
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				r := record.Draw(t, "record")
				if err := j.Append([]byte(r)); err != nil {
					t.Fatal(err)
				}
				want = append(want, r)
			},
			"append on a full disk": func(t *rapid.T) {
				d.failAt = d.steps + 1
				if err := j.Append([]byte(record.Draw(t, "record"))); lockhouse.CodeOf(err) != lockhouse.CodeNotKept {
					t.Fatal(err)
				}
			},
			"rewrite": func(t *rapid.T) {
				want = rapid.SliceOfN(record, 0, 4).Draw(t, "records")
				var raw [][]byte
				for _, r := range want {
					raw = append(raw, []byte(r))
				}
				if err := j.Rewrite(raw); err != nil {
					t.Fatal(err)
				}
			},
			"open again": func(t *rapid.T) {
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
				var f Found
				if j, f, err = open(path, steady(byte(life)), d); err != nil || f.TornBytes != 0 || f.Records != len(want) {
					t.Fatalf("%+v, %v; want %d records", f, err, len(want))
				}
			},
			"": func(t *rapid.T) {
				var got []string
				if err := j.Replay(func(r []byte) error { got = append(got, string(r)); return nil }); err != nil || !slices.Equal(got, want) {
					t.Fatalf("kept %q, %v; want %q", got, err, want)
				}
			},
		})
	})
}

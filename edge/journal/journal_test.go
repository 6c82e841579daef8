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
	if err := j.Rewrite(append(fill, big)); lockhouse.CodeOf(err) != CodeNotKept {
		t.Errorf("a journal over its limit: %v", err)
	}
	if err := j.Rewrite(fill); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(big); lockhouse.CodeOf(err) != CodeNotKept {
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

// The power goes at every byte: all whole records are there, the torn one is cut off and reported, and the journal works.
func TestCutAtEveryByte(t *testing.T) {
	dir := t.TempDir()
	records := []string{"a", "armed 7", "pulsed 7, and a longer record", "opened"}
	image, ends := imageOf(t, dir, records)
	for size := headerBytes; size <= len(image); size++ {
		for _, garbage := range []string{"", "\x00", "\x00\x00\x00\x09junk", string(make([]byte, 700))} {
			whole, _ := slices.BinarySearch(ends, size+1)
			path := fileWith(t, dir, image[:size], []byte(garbage))
			j, f := opened(t, path)
			torn := size - ends[0]
			if whole > 0 {
				torn = size - ends[whole-1]
			}
			want := Found{Records: whole - 1, TornBytes: int64(torn + len(garbage))}
			if got := kept(t, j); !slices.Equal(got, records[:whole-1]) || f != want {
				t.Fatalf("cut at %d with %q behind: kept %q, %+v; want %+v", size, garbage, got, f, want)
			}
			appendAll(t, j, "shut")
			_ = j.Close()
			j, f = opened(t, path)
			if got := kept(t, j); len(got) != whole || got[whole-1] != "shut" || f.TornBytes != 0 {
				t.Fatalf("cut at %d, appended and opened again: kept %q, %+v", size, got, f)
			}
			_ = j.Close()
		}
	}
	for size := range headerBytes {
		if _, _, err := Open(fileWith(t, dir, image[:size]), steady(1)); lockhouse.CodeOf(err) != CodeDamaged {
			t.Errorf("a header of %d bytes: %v", size, err)
		}
	}
}

// A flipped bit is never overlooked: in the last record it can't be told from a power cut, anywhere else it is refused.
func TestFlipEveryBit(t *testing.T) {
	dir := t.TempDir()
	records := []string{"armed", "pulsed", "opened"}
	image, ends := imageOf(t, dir, records)
	for i := range image {
		for bit := range 8 {
			bad := slices.Clone(image)
			bad[i] ^= 1 << bit
			path := fileWith(t, dir, bad)
			j, f, err := Open(path, steady(1))
			if i < ends[len(ends)-2] {
				if lockhouse.CodeOf(err) != CodeDamaged {
					t.Fatalf("byte %d, bit %d: %+v, %v", i, bit, f, err)
				}
				if after, _ := os.ReadFile(path); !bytes.Equal(after, bad) {
					t.Fatalf("byte %d, bit %d: a damaged journal was changed", i, bit)
				}
				continue
			}
			if err != nil || f.Records != 2 || f.TornBytes == 0 {
				t.Fatalf("byte %d, bit %d of the last record: %+v, %v", i, bit, f, err)
			}
			_ = j.Close()
		}
	}
}

// More behind the good records than one record can be is no torn end.
func TestLongGarbageIsDamage(t *testing.T) {
	dir := t.TempDir()
	image, _ := imageOf(t, dir, []string{"armed"})
	path := fileWith(t, dir, image, make([]byte, frameBytes+MaxRecordBytes+1))
	if _, _, err := Open(path, steady(1)); lockhouse.CodeOf(err) != CodeDamaged {
		t.Error(err)
	}
}

// A torn record may hold what looks like a record of this journal; only at its own place is it one.
func TestRecordInsideATornRecord(t *testing.T) {
	dir := t.TempDir()
	image, ends := imageOf(t, dir, []string{"armed"})
	path := filepath.Join(dir, "nested")
	j, _ := opened(t, path)
	appendAll(t, j, string(image[ends[0]:])+"and more")
	_ = j.Close()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, f := opened(t, fileWith(t, dir, body[:len(body)-1])); f.Records != 0 || f.TornBytes == 0 {
		t.Errorf("%+v", f)
	}
}

func TestDiskFullCostsOneRecord(t *testing.T) {
	d := &frailDisk{why: syscall.ENOSPC}
	path := filepath.Join(t.TempDir(), "journal")
	j, _, err := open(path, steady(1), d)
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, "armed")
	d.failAt = d.steps + 1
	if err := j.Append([]byte("a record that finds half its room")); lockhouse.CodeOf(err) != CodeNotKept || !errors.Is(err, syscall.ENOSPC) {
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
			if code := lockhouse.CodeOf(err); !done && appended != (code == CodeNotKept) {
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
				if err := j.Append([]byte(record.Draw(t, "record"))); lockhouse.CodeOf(err) != CodeNotKept {
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

func FuzzWalk(f *testing.F) {
	s := salt{1}
	body := frameOf(headerOf(s), s, int64(headerBytes), []byte("armed"))
	f.Add(body)
	f.Add(frameOf(slices.Clone(body), s, int64(len(body)), []byte("pulsed")))
	f.Add(append(slices.Clone(body), 0, 0, 0, 9, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < headerBytes {
			return
		}
		rebuilt := slices.Clone(b[:headerBytes])
		seen, err := walk(bytes.NewReader(b), s, int64(len(b)), func(r []byte) error {
			rebuilt = frameOf(rebuilt, s, int64(len(rebuilt)), r)
			return nil
		})
		if err != nil || !bytes.Equal(rebuilt, b[:seen.end]) || seen.last > seen.end {
			t.Errorf("%+v, %v: what was read is not what stands there", seen, err)
		}
		if torn, err := isTorn(bytes.NewReader(b), s, seen.end, int64(len(b))); err != nil || torn && len(b)-int(seen.end) > frameBytes+MaxRecordBytes {
			t.Errorf("torn is %t, %v", torn, err)
		}
	})
}

// imageOf gives the bytes of a journal with these records, and where the header and each record end.
func imageOf(t *testing.T, dir string, records []string) (image []byte, ends []int) {
	t.Helper()
	path := filepath.Join(dir, "image")
	_ = os.Remove(path)
	j, _ := opened(t, path)
	ends = append(ends, int(j.Bytes()))
	for _, r := range records {
		appendAll(t, j, r)
		ends = append(ends, int(j.Bytes()))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return image, ends
}

func fileWith(t *testing.T, dir string, parts ...[]byte) string {
	t.Helper()
	path := filepath.Join(dir, "copy")
	if err := os.WriteFile(path, slices.Concat(parts...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lockhouse"
)

// The power goes at every byte: all whole records are there, the torn one is cut off and reported, and the journal works.
func TestCutAtEveryByte(t *testing.T) {
	dir := t.TempDir()
	records := []string{"a", "armed 7", "pulsed 7, and a longer record", "opened"}
	image, ends := imageOf(t, dir, records)
	for size := headerBytes; size <= len(image); size++ {
		for _, garbage := range []string{"", "\x00", "\x00\x00\x00\x09junk", string(make([]byte, 700))} {
			whole, _ := slices.BinarySearch(ends, size+1)
			path := fileWith(t, dir, image[:size], []byte(garbage))
			j, f := openedQuick(t, path)
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
			j, f = openedQuick(t, path)
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
			j, f, err := open(path, steady(1), &frailDisk{})
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
	j, _ := openedQuick(t, path)
	appendAll(t, j, string(image[ends[0]:])+"and more")
	_ = j.Close()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, f := openedQuick(t, fileWith(t, dir, body[:len(body)-1])); f.Records != 0 || f.TornBytes == 0 {
		t.Errorf("%+v", f)
	}
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
	j, _ := openedQuick(t, path)
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

package journal

import (
	"bytes"
	"os"
	"testing"

	"lockhouse"
)

// Looking finds what opening would, and changes not a byte.
func TestLookChangesNothing(t *testing.T) {
	dir := t.TempDir()
	image, _ := imageOf(t, dir, []string{"armed", "pulsed"})
	path := fileWith(t, dir, image, []byte("torn"))
	var got []string
	found, err := Look(path, func(r []byte) error { got = append(got, string(r)); return nil })
	if err != nil || len(got) != 2 || found != (Found{Records: 2, TornBytes: 4}) {
		t.Errorf("%q, %+v, %v", got, found, err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, append(bytes.Clone(image), "torn"...)) {
		t.Errorf("the file is another one: %v", err)
	}
	bad := bytes.Clone(image)
	bad[headerBytes+frameBytes] ^= 1
	if _, err := Look(fileWith(t, dir, bad), func([]byte) error { return nil }); lockhouse.CodeOf(err) != CodeDamaged {
		t.Errorf("damage: %v", err)
	}
	if found, err := Look(dir+"/none", nil); err != nil || !found.New {
		t.Errorf("no journal: %+v, %v", found, err)
	}
}

// Who borrows a journal keeps agents out, and is kept out by them.
func TestBorrow(t *testing.T) {
	path := t.TempDir() + "/journal"
	if giveBack, err := Borrow(path); err != nil || giveBack() != nil {
		t.Errorf("a journal that was never there: %v", err)
	}
	j, _, err := Open(path, steady(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Borrow(path); lockhouse.CodeOf(err) != CodeBusy {
		t.Errorf("while an agent has it: %v", err)
	}
	_ = j.Close()
	giveBack, err := Borrow(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(path, steady(1)); lockhouse.CodeOf(err) != CodeBusy {
		t.Errorf("an agent opened what was borrowed: %v", err)
	}
	if err := giveBack(); err != nil {
		t.Fatal(err)
	}
	if j, _, err = Open(path, steady(1)); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
}

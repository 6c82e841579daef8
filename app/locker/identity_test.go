package locker

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"lockhouse"
)

func TestIdentityIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "id")
	made, err := MakeIdentity(dir, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	read, err := LoadIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	if read.ID != made.ID || !reflect.DeepEqual(read.Static, made.Static) || !reflect.DeepEqual(read.Receipt, made.Receipt) || !bytes.Equal(read.Advert, made.Advert) {
		t.Error("what was read is not what was made")
	}
	for _, name := range []string{idFile, staticFile, receiptFile, advertFile} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v; only its owner may read it", name, info, err)
		}
	}
}

func TestIdentityIsNeverOverwritten(t *testing.T) {
	dir := t.TempDir()
	if _, err := MakeIdentity(dir, rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, err := MakeIdentity(dir, rand.Reader); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Errorf("a second identity: %v", err)
	}
}

func TestIdentityDamaged(t *testing.T) {
	if _, err := LoadIdentity(t.TempDir()); lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		t.Errorf("an empty directory: %v", err)
	}
	for _, name := range []string{idFile, staticFile, receiptFile, advertFile} {
		for _, damage := range []string{"", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
			dir := t.TempDir()
			if _, err := MakeIdentity(dir, rand.Reader); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(damage), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadIdentity(dir); err == nil {
				t.Errorf("%s holding %q was read as an identity", name, damage)
			}
		}
	}
}

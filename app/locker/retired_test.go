package locker

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"lockhouse"
)

// TestForgottenIdentity: whatever the moment of a cut, no key is left once somebody asks for the identity, and the next one that
// is made is another.
func TestForgottenIdentity(t *testing.T) {
	secrets := []string{staticFile, receiptFile, advertFile, networkFile, desiredFile, idFile}
	for gone := range len(secrets) + 1 {
		dir := t.TempDir()
		was, err := MakeIdentity(dir, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{networkFile, desiredFile, journalFile, retiredFile} { // the last says that forgetting has begun
			if err := os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range secrets[:gone] {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := LoadIdentity(dir); lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
			t.Errorf("after %d files: %v", gone, err)
		}
		for _, name := range append(secrets, journalFile, retiredFile) {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				t.Errorf("after %d files: %s is still there", gone, name)
			}
		}
		if next, err := MakeIdentity(dir, rand.Reader); err != nil || next.ID == was.ID {
			t.Errorf("after %d files: %s, %v", gone, next.ID, err)
		}
	}
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"lockhouse"
	"lockhouse/app/network"
	"lockhouse/estate/fleet"
	"lockhouse/store"
	"lockhouse/store/storetest"
)

// TestBackupAndRestore: a network that is in use is backed up, and the file alone brings it back elsewhere: what was there
// at the time, its keys, and nothing later.
func TestBackupAndRestore(t *testing.T) {
	m, elsewhere := newTerminal(t), newTerminal(t)
	dir := t.TempDir()
	file, holder := filepath.Join(dir, "backup"), filepath.Join(dir, "holder")
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	write(t, holder, identity.String()+"\n")
	m.must("key", "create", "operator", "--label", "before")
	n, _, err := settingsFlag{Config: m.config}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() { // it is in use meanwhile
		for {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := n.Store().Update(t.Context(), func(tx store.Tx) error { return tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted}) }); err != nil {
				stopped <- err
				return
			}
		}
	}()
	out := m.must("backup", file, "--keys", "--recipient", identity.Recipient().String())
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	m.must("key", "create", "operator", "--label", "after")
	if !strings.Contains(out, file) || len(strings.Fields(out)[0]) != 64 {
		t.Errorf("it prints %q, not a checksum", out)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read it: %v, %v", info.Mode(), err)
	}
	content, err := os.ReadFile(file)
	if err != nil || bytes.Contains(content, []byte("before")) {
		t.Error("it is not sealed:", err)
	}

	elsewhere.must("restore", file, "--identity", holder)
	keys := elsewhere.must("key", "list")
	if !strings.Contains(keys, "before") || strings.Contains(keys, "after") {
		t.Errorf("restored: %s", keys)
	}
}

// TestBackupRefuses: what can't be right is refused with what to do, and leaves nothing behind.
func TestBackupRefuses(t *testing.T) {
	m, elsewhere := newTerminal(t), newTerminal(t)
	dir := t.TempDir()
	plain, sealed := filepath.Join(dir, "plain"), filepath.Join(dir, "sealed")
	pass, wrong, short := filepath.Join(dir, "pass"), filepath.Join(dir, "wrong"), filepath.Join(dir, "short")
	write(t, pass, "correct horse battery")
	write(t, wrong, "another horse battery")
	write(t, short, "horse")
	refused := func(m terminal, says string, args ...string) {
		t.Helper()
		if _, err := m.run(args...); err == nil || !strings.Contains(lockhouse.SentenceOf(err), says) {
			t.Errorf("%v: %v, does not say %q", args, err, says)
		}
	}
	refused(m, "There is no store", "backup", plain)
	m.must("key", "create", "operator", "--label", "one")
	m.must("backup", plain)
	m.must("backup", sealed, "--passphrase-file", pass)
	refused(m, "is there already", "backup", plain)
	refused(m, "for whom it is", "backup", filepath.Join(dir, "keys"), "--keys")
	refused(m, "12 characters", "backup", filepath.Join(dir, "keys"), "--keys", "--passphrase-file", short)
	refused(m, "not an age recipient", "backup", filepath.Join(dir, "keys"), "--recipient", "age1nobody")
	refused(m, "Move it away first", "restore", plain)

	content, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	cut, changed, newer := filepath.Join(dir, "cut"), filepath.Join(dir, "changed"), filepath.Join(dir, "newer")
	write(t, cut, string(content[:len(content)-9]))
	other := bytes.Clone(content)
	other[len(other)/2] ^= 8
	write(t, changed, string(other))
	write(t, newer, strings.Replace(string(content), "backup 1", "backup 2", 1))
	refused(elsewhere, "not a whole backup", "restore", cut)
	refused(elsewhere, "not a whole backup", "restore", changed)
	refused(elsewhere, "newer Lockhouse", "restore", newer)
	refused(elsewhere, "is sealed", "restore", sealed)
	refused(elsewhere, "another passphrase", "restore", sealed, "--passphrase-file", wrong)
	if left, err := os.ReadDir(filepath.Join(filepath.Dir(elsewhere.config), "data")); err == nil && len(left) > 0 {
		t.Errorf("it left %v", left)
	}

	elsewhere.must("restore", plain)
	refused(elsewhere, "There is no ", "key", "list") // without its keys it does not start
	for _, name := range []string{"issuer.key", "people.key"} {
		content, err := os.ReadFile(filepath.Join(filepath.Dir(m.config), "data", name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(filepath.Dir(elsewhere.config), "data", name), string(content))
	}
	if keys := elsewhere.must("key", "list"); !strings.Contains(keys, "one") {
		t.Errorf("restored: %s", keys)
	}
}

// TestRestoredNetworkIsHeard: what is asked of a locker after a restore is news to it, though it was told other things since the backup, which had
// the numbers that would come next.
func TestRestoredNetworkIsHeard(t *testing.T) {
	m, elsewhere := newTerminal(t), newTerminal(t)
	file, holder := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "holder")
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	write(t, holder, identity.String()+"\n")
	open := func(of terminal) *network.Network {
		n, _, err := settingsFlag{Config: of.config}.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	takesOut := func(n *network.Network, locker lockhouse.LockerID, number int) fleet.Standing {
		t.Helper()
		s, err := n.Fleet().SetOutOfService(t.Context(), locker, number, true)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	n := open(m)
	_, locker := storetest.Build(t, n.Store(), 1, 3, 0, 0)
	takesOut(n, locker.ID, 1)
	m.must("backup", file, "--keys", "--recipient", identity.Recipient().String())
	heard := takesOut(n, locker.ID, 2).Desired
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}

	elsewhere.must("restore", file, "--identity", holder)
	n = open(elsewhere)
	defer n.Close()
	takesOut(n, locker.ID, 3)
	if behind, err := n.Fleet().Health(t.Context(), locker.ID, fleet.Health{Desired: heard}); err != nil || !behind {
		t.Errorf("the locker keeps to what it was told before, by the same number: %v", err)
	}
}

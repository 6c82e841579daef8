package locker

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"lockhouse"
	"lockhouse/bus/line"
	"lockhouse/edge/agent"
	"lockhouse/edge/update"
	"lockhouse/store"
	"lockhouse/store/storetest"
	"lockhouse/trust/credential"
)

// loaded is what a start finds: the present keyset, and what is beside it.
func loaded(t *testing.T, dir string) Identity {
	t.Helper()
	id, err := LoadIdentity(dir)
	must(t, err)
	id.Keysets.random = rand.Reader
	must(t, id.Keysets.sweep())
	return id
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path[len(dir)+1:])
		}
		return err
	}))
	slices.Sort(names)
	return names
}

// TestKeysets: each step of a change is there at the next start, whole; what was drawn and not kept, or forgotten and not removed, is
// not. In the end no file of a former keyset is left.
func TestKeysets(t *testing.T) {
	dir := t.TempDir()
	first, err := MakeIdentity(dir, rand.Reader)
	must(t, err)
	was := files(t, dir)
	is := func(present credential.OwnKeyset, next, former bool) *Keysets {
		t.Helper()
		id := loaded(t, dir)
		if !reflect.DeepEqual(credential.OwnKeyset{Static: id.Static, Receipt: id.Receipt, Shared: id.Advert}, present) {
			t.Fatal("other keys are present")
		}
		n, err := id.Keysets.Next()
		must(t, err)
		f, err := id.Keysets.Former()
		must(t, err)
		if (n != nil) != next || (f != nil) != former {
			t.Fatalf("next is there: %t, former: %t", n != nil, f != nil)
		}
		return id.Keysets
	}
	present := credential.OwnKeyset{Static: first.Static, Receipt: first.Receipt, Shared: first.Advert}
	for round := range 3 {
		k := is(present, false, false)
		_, err := k.Make() // and cut
		must(t, err)
		k = is(present, false, false)
		if round == 0 && !slices.Equal(files(t, dir), was) {
			t.Errorf("keys that were not kept lie there: %v", files(t, dir))
		}
		next, err := k.Make()
		must(t, err)
		next.Shared = bytes.Repeat([]byte{byte(round)}, 16)
		must(t, k.KeepNext([]byte("before the issuer"), []byte("an older card")))
		must(t, k.KeepNext(next.Shared, []byte("card")))
		k = is(present, true, false)
		must(t, k.Switch(agent.Succession{Card: []byte("card"), Rekeyed: []byte("said"), Signs: []byte("signed"), NamesTo: 7}))
		k = is(next, false, true)
		f, err := k.Former()
		must(t, err)
		want := &agent.FormerKeyset{OwnKeyset: present, Succession: agent.Succession{Card: []byte("card"), Rekeyed: []byte("said"), Signs: []byte("signed"), NamesTo: 7}}
		if !reflect.DeepEqual(f, want) {
			t.Errorf("%+v, want %+v", f, want)
		}
		must(t, k.say(standing{Present: k.at.Present, Rekeyed: k.at.Rekeyed})) // as Forget, and cut before anything is removed
		k = is(next, false, false)
		if string(k.Rekeyed()) != "said" {
			t.Errorf("it would say %q of its keys", k.Rekeyed())
		}
		present = next
		if got := len(files(t, dir)); got != 5 { // the name, the one file, two keys and what goes with them
			t.Errorf("%d files are left: %v", got, files(t, dir))
		}
	}
	must(t, ForgetIdentity(dir))
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("a retired locker leaves %v", left)
	}
}

// TestKeysetsDamaged: a file that was written by nobody who knows starts no locker, and a switch on a disk that takes nothing is none.
func TestKeysetsDamaged(t *testing.T) {
	dir := t.TempDir()
	_, err := MakeIdentity(dir, rand.Reader)
	must(t, err)
	for _, text := range []string{"", "nonsense", `{"present":-1}`, `{"present":0,"former":{}}`, `{"present":1}`, `{"present":0,"more":1}`} {
		must(t, os.WriteFile(filepath.Join(dir, keysetsFile), []byte(text), 0o600))
		if _, err := LoadIdentity(dir); err == nil {
			t.Errorf("%q starts a locker", text)
		}
	}
	must(t, os.Remove(filepath.Join(dir, keysetsFile)))
	k := loaded(t, dir).Keysets
	_, err = k.Make()
	must(t, err)
	must(t, k.KeepNext(make([]byte, 16), []byte("card")))
	must(t, os.Mkdir(filepath.Join(dir, keysetsFile+".new"), 0o700)) // where the file would be written
	if err := k.Switch(agent.Succession{}); lockhouse.CodeOf(err) != lockhouse.CodeNotKept {
		t.Errorf("it could not be kept: %v", err)
	}
}

// TestKeysStayOnTrial: a version that may be given up begins no change of keys, and finishes none: the one before it would go on with keys that
// its network takes no more.
func TestKeysStayOnTrial(t *testing.T) {
	c := Defaults()
	c.StateDir = t.TempDir()
	id, err := MakeIdentity(c.StateDir, rand.Reader)
	must(t, err)
	p := Parts{Identity: id, Random: rand.Reader, Launched: &Launched{Slot: update.SlotB}}
	k, err := p.keysets(c)
	must(t, err)
	stands := func(state string) {
		t.Helper()
		must(t, os.MkdirAll(string(update.In(c.StateDir)), 0o700))
		must(t, os.WriteFile(filepath.Join(string(update.In(c.StateDir)), "state.json"), []byte(state), 0o600))
	}
	const trial, kept = `{"trial":{"slot":"b","version":"v2"}}`, `{"current":{"slot":"b","version":"v2"}}`
	stands(trial)
	if _, err := k.Make(); lockhouse.CodeOf(err) != lockhouse.CodeNotKept {
		t.Errorf("on trial it makes keys: %v", err)
	}
	stands(kept)
	_, err = k.Make()
	must(t, err)
	must(t, k.KeepNext(make([]byte, 16), []byte("card")))
	stands(trial)
	if err := k.Switch(agent.Succession{}); lockhouse.CodeOf(err) != lockhouse.CodeNotKept {
		t.Errorf("on trial it changes its keys: %v", err)
	}
	stands(kept)
	must(t, k.Switch(agent.Succession{}))
}

// TestRekeyOverTheLine: a locker that is asked changes its keys on its own line, over a start in between, and forgets the former ones; with a
// store that was set back to before the change it comes by the former ones, shows by what the present ones were known, and is known by them. In
// files, and in a TPM.
func TestRekeyOverTheLine(t *testing.T) {
	t.Parallel()
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		c := Defaults()
		c.StateDir = t.TempDir()
		rekeyOverTheLine(t, c)
	})
	t.Run("TPM", func(t *testing.T) {
		t.Parallel()
		rekeyOverTheLine(t, simulated(t))
	})
}

func rekeyOverTheLine(t *testing.T, c Config) {
	id, err := c.makeIdentity(rand.Reader)
	must(t, err)
	d := lineTo(t, &c, id)
	before := standingOf(t, d, id.ID)
	_, err = d.Fleet.Rekey(t.Context(), id.ID, false) // before its line is up: it hears of it when it is
	must(t, err)
	l, stop := onTheLine(t, c, id)
	defer func() { stop() }()
	until(t, "it has changed its keys", func() bool { return standingOf(t, d, id.ID).Number == 1 })
	changed := standingOf(t, d, id.ID)
	known := lockhouse.Rekeying{Present: before.Present, AskedAt: changed.ChangedAt, Next: changed.Present} // as it was a moment before
	if bytes.Equal(changed.Present.Static, before.Present.Static) || bytes.Equal(changed.Present.Shared, before.Present.Shared) || !changed.TakesFormer() {
		t.Errorf("%+v", changed)
	}
	until(t, "it has heard that they are known", func() bool { card, _ := l.agent.Shown(); return card != nil })
	stop()
	storetest.Update(t, d.Store, func(tx store.Tx) error { return tx.SetRekeying(id.ID, before) })
	l, stop = onTheLine(t, c, id) // with the identity as it was read before the change
	until(t, "the store knows the change again", func() bool { return standingOf(t, d, id.ID).Number == 1 })
	until(t, "the line is up", func() bool { return l.line.State().Up && l.agent.Health().FormerKeys })
	storetest.View(t, d.Store, func(tx store.Tx) error {
		fault, err := tx.Fault(id.ID)
		if fault != "" {
			t.Errorf("it is known again, and has the fault %s", fault)
		}
		return err
	})
	_, err = d.Fleet.ForgetFormer(t.Context(), id.ID, true)
	must(t, err)
	until(t, "it has forgotten the former keys", func() bool {
		_, err := d.Command(t.Context(), id.ID, lockhouse.CommandReport) // after which it is told
		return err == nil && !l.agent.Health().FormerKeys
	})
	for _, name := range []string{staticFile, receiptFile, tpmFile, advertFile} {
		if _, err := os.Stat(filepath.Join(c.StateDir, name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
	stop()
	storetest.Update(t, d.Store, func(tx store.Tx) error { return tx.SetRekeying(id.ID, known) })
	l, stop = onTheLine(t, c, id)
	until(t, "a store that was set back into the change knows that it is made", func() bool { return l.line.State().Up && standingOf(t, d, id.ID).Number == 1 })
}

func standingOf(t *testing.T, d *line.Desk, id lockhouse.LockerID) lockhouse.Rekeying {
	t.Helper()
	r, _, err := d.Fleet.Keys(t.Context(), id)
	must(t, err)
	return r
}

package update_test

import (
	"crypto"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"lockhouse"
	"lockhouse/app/updates"
	"lockhouse/edge/update"
	"lockhouse/internal/keyfile"
)

// thief has a copy of the repository and of its keys, as they were.
func (s *shop) thief() updates.Repository {
	s.t.Helper()
	dir := s.t.TempDir()
	must(s.t, os.CopyFS(filepath.Join(dir, "keys"), os.DirFS(s.repo.Keys)))
	must(s.t, os.CopyFS(filepath.Join(dir, "repo"), os.DirFS(s.repo.Dir)))
	for _, role := range updates.Roles {
		must(s.t, os.Chmod(filepath.Join(dir, "keys", role+".pem"), 0o600))
	}
	return updates.Repository{Dir: filepath.Join(dir, "repo"), Keys: filepath.Join(dir, "keys"), Now: s.repo.Now, Random: rand.Reader}
}

func evil(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "evil")
	must(t, os.WriteFile(path, []byte("#!/bin/sh\necho evil\n"), 0o700))
	return path
}

// Who has got into the agent, and has a key of the targets that was replaced, makes no program of theirs outlive a restart, once the
// locker has heard of the new key; and what was good, goes on.
func TestAKeyThatWentStartsNothing(t *testing.T) {
	s := newShop(t)
	s.stage("v2")
	must(t, s.dir.Keep())
	thief := s.thief()
	must(t, s.repo.Rotate("targets"))
	s.running = s.current().SHA256
	if _, err := s.fetch(); !errors.Is(err, update.ErrNothingNew) {
		t.Fatal(err)
	}
	s.starts("boot", update.SlotA, "")

	program := evil(t)
	must(t, thief.Add(stable("v9"), program))
	sum, _, err := update.SumOf(program)
	must(t, err)
	s.write("a/targets.json", s.read(filepath.Join(thief.Dir, "metadata", "3.targets.json")))
	s.write("a/lockhouse-agent", s.read(program))
	s.write("state.json", []byte(strings.ReplaceAll(string(s.read(filepath.Join(string(s.dir), "state.json"))), s.running, sum)))
	if _, slot, _, err := s.launcher("boot").Choose(); slot != update.Package || lockhouse.CodeOf(err) != update.CodeUntrusted {
		t.Errorf("started slot %q, %v", slot, err)
	}
}

// A version that is not the newest any more runs on through a change of the key, by the list of former ones; and at each write of the look
// that hears of it, something that is signed can be started.
func TestAFormerVersionOutlivesItsKey(t *testing.T) {
	s := newShop(t)
	s.stage("v2")
	must(t, s.dir.Keep())
	before := s.read(filepath.Join(string(s.dir), "a", "targets.json"))
	s.publish("v3")
	must(t, s.repo.Rotate("targets"))
	s.swap = only("timestamp.json", func([]byte) []byte { return nil })
	if _, err := s.fetch(); err == nil {
		t.Error("without a timestamp")
	}
	s.starts("boot", update.SlotA, "") // a mirror that gives the new root and withholds the rest
	s.swap = nil
	_, err := s.fetch()
	must(t, err)
	s.starts("boot", update.SlotA, "")

	after := s.read(filepath.Join(string(s.dir), "a", "targets.json"))
	s.write("a/targets.json", before) // the power went before the rename
	s.write("a/targets.next.json", after)
	s.starts("boot", update.SlotA, "")
	must(t, os.Remove(filepath.Join(string(s.dir), "roots", "2.root.json"))) // and before the root
	s.starts("boot", update.SlotA, "")
	if _, err := s.fetch(); !errors.Is(err, update.ErrNothingNew) {
		t.Errorf("looked again: %v", err)
	}
	s.starts("boot", update.SlotA, "")
	for i := range 9 {
		s.publish("later " + string(rune('a'+i)))
	}
	if targets, err := metadata.Targets().FromFile(s.newestFile("targets.json")); err != nil || len(targets.Signed.Targets) != 9 {
		t.Errorf("%d versions are listed, not the newest and 8 before it, %v", len(targets.Signed.Targets), err)
	}
}

// Who has one key of the four, but not the root's, and serves the repository too, brings no program in: what the others sign names what
// this one signs by its hash.
func TestOneStolenKey(t *testing.T) {
	for _, role := range []string{metadata.TARGETS, metadata.SNAPSHOT, metadata.TIMESTAMP} {
		t.Run(role, func(t *testing.T) {
			s := newShop(t)
			s.publish("v2")
			thief := s.thief()
			must(t, thief.Add(stable("v9"), evil(t)))
			for _, other := range updates.Roles {
				if other != role { // which the thief does not have
					must(t, os.Remove(filepath.Join(thief.Keys, other+".pem")))
				}
			}
			s.publish("v3")
			forged := s.thief() // serves what there is, and what the one key can sign
			resign(t, filepath.Join(thief.Keys, role+".pem"), role, thief.Dir, forged.Dir)
			s.repo.Dir = forged.Dir
			b, err := s.fetch()
			if lockhouse.CodeOf(err) != update.CodeUntrusted {
				t.Errorf("%+v, %v", b, err)
			}
		})
	}
}

// resign puts a role's metadata of one repository in the place of the other's, with the other's version, signed by a key.
func resign(t *testing.T, keyFile, role, from, to string) {
	t.Helper()
	key, err := keyfile.ReadP256(keyFile)
	must(t, err)
	signer, err := signature.LoadSigner(key, crypto.SHA256)
	must(t, err)
	newest := func(dir string) string {
		return newestIn(t, filepath.Join(dir, "metadata"), role+".json")
	}
	switch role {
	case metadata.TARGETS:
		m, err := metadata.Targets().FromFile(newest(from))
		must(t, err)
		m.ClearSignatures()
		_, err = m.Sign(signer)
		must(t, err)
		must(t, m.ToFile(newest(to), false))
	case metadata.SNAPSHOT:
		m, err := metadata.Snapshot().FromFile(newest(from))
		must(t, err)
		m.ClearSignatures()
		_, err = m.Sign(signer)
		must(t, err)
		must(t, m.ToFile(newest(to), false))
	default:
		m, err := metadata.Timestamp().FromFile(newest(from))
		must(t, err)
		m.Signed.Version += 1 << 40
		m.ClearSignatures()
		_, err = m.Sign(signer)
		must(t, err)
		must(t, m.ToFile(newest(to), false))
	}
}

// A thief of the timestamp's key can say a version beyond all that will come. Another key ends that.
func TestVersionsThatAreFarAhead(t *testing.T) {
	s := newShop(t)
	s.publish("v2")
	resign(t, filepath.Join(s.repo.Keys, "timestamp.pem"), metadata.TIMESTAMP, s.repo.Dir, s.repo.Dir)
	b, err := s.fetch()
	must(t, err)
	must(t, s.repo.Rotate("timestamp"))
	stamp, err := metadata.Timestamp().FromFile(s.newestFile("timestamp.json"))
	must(t, err)
	stamp.Signed.Version = 9 // as the operator's own copy has it
	key, err := keyfile.ReadP256(filepath.Join(s.repo.Keys, "timestamp.pem"))
	must(t, err)
	signer, err := signature.LoadSigner(key, crypto.SHA256)
	must(t, err)
	stamp.ClearSignatures()
	_, err = stamp.Sign(signer)
	must(t, err)
	must(t, stamp.ToFile(s.newestFile("timestamp.json"), false))
	if _, err := s.fetch(); !errors.Is(err, update.ErrNothingNew) {
		t.Errorf("%+v was staged, then: %v", b, err)
	}
}

// Who serves the repository has no locker ask anybody else.
func TestAMirrorSendsNobodyOn(t *testing.T) {
	s := newShop(t)
	asked := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	t.Cleanup(other.Close)
	s.server.Config.Handler = http.RedirectHandler(other.URL, http.StatusFound)
	if _, err := s.fetch(); err == nil || asked {
		t.Errorf("asked elsewhere: %t, %v", asked, err)
	}
}

// What was wrong before a trial hides nothing that is wrong since.
func TestWell(t *testing.T) {
	before := update.Wellbeing{LineUp: true, OnAir: true, Blind: []int{3}, Faults: []string{"board 1 silent", "panel: scanner"}}
	trial := update.Trial{Before: before}
	for lacks, now := range map[string]update.Wellbeing{
		"":               {LineUp: true, OnAir: true, Blind: []int{3}, Faults: []string{"board 1 silent"}},
		"journal":        {LineUp: true, OnAir: true, Faults: []string{"journal", "board 1 silent"}},
		"board 2 silent": {LineUp: true, OnAir: true, Faults: []string{"board 1 silent", "board 2 silent"}},
		"panel: keypad":  {LineUp: true, OnAir: true, Faults: []string{"board 1 silent", "panel: keypad"}},
		"door 4 unknown": {LineUp: true, OnAir: true, Blind: []int{3, 4}, Faults: before.Faults},
		"line down":      {OnAir: true, Faults: before.Faults},
		"off the air":    {LineUp: true, Faults: before.Faults},
	} {
		if got, ok := trial.Well(now); got != lacks || ok != (lacks == "") {
			t.Errorf("%+v: %q, %t; want %q", now, got, ok, lacks)
		}
	}
	if lacks, ok := (update.Trial{}).Well(update.Wellbeing{}); !ok {
		t.Errorf("a locker without line and air, as before: %q", lacks)
	}
}

func (s *shop) current() update.Build {
	s.t.Helper()
	state, err := s.dir.Read()
	must(s.t, err)
	return state.Current
}

func (s *shop) read(path string) []byte {
	s.t.Helper()
	text, err := os.ReadFile(path)
	must(s.t, err)
	return text
}

func (s *shop) write(name string, text []byte) {
	s.t.Helper()
	must(s.t, os.WriteFile(filepath.Join(string(s.dir), name), text, 0o700))
}

func (s *shop) newestFile(name string) string {
	return newestIn(s.t, filepath.Join(s.repo.Dir, "metadata"), name)
}

// newestIn gives the file of a role with the highest version.
func newestIn(t *testing.T, dir, name string) string {
	t.Helper()
	newest, version := filepath.Join(dir, name), 0
	files, err := filepath.Glob(filepath.Join(dir, "*."+name))
	must(t, err)
	for _, file := range files {
		n := 0
		for _, digit := range strings.TrimSuffix(filepath.Base(file), "."+name) {
			n = 10*n + int(digit-'0')
		}
		if n > version {
			newest, version = file, n
		}
	}
	return newest
}

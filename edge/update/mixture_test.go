package update_test

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lockhouse"
	"lockhouse/edge/update"
	"lockhouse/internal/longtest"
)

// files gives what there is below a directory.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			all[name], err = os.ReadFile(path)
		}
		return err
	}))
	return all
}

// Whatever a cut leaves of a look that brings a new version and a new key, each file as it was before or as it is after, more than any order
// of writing can leave: what is started is signed, what was the newest is remembered, and the next look ends well.
func TestAnyCutOfALook(t *testing.T) {
	s := newShop(t)
	s.publish("v1")
	old := t.TempDir()
	must(t, os.CopyFS(filepath.Join(old, "repo"), os.DirFS(s.repo.Dir)))
	program := s.publish("v2")
	_, err := s.fetch()
	must(t, err)
	must(t, s.dir.Begin(update.Wellbeing{}, 1))
	s.starts("boot", update.SlotA, "")
	must(t, s.dir.Keep())
	s.running = s.current().SHA256
	before := files(t, string(s.dir))
	must(t, s.repo.Rotate("targets"))
	s.publish("v3")
	_, err = s.fetch()
	must(t, err)
	after, now := files(t, string(s.dir)), s.repo.Dir
	names := slices.Sorted(maps.Keys(after))
	kept := 0
	for seed := range longtest.Or(uint64(15), 400) {
		dir, chance := t.TempDir(), rand.New(rand.NewPCG(seed, 0))
		for _, name := range names {
			text, was := before[name]
			if chance.IntN(2) == 1 {
				text, was = after[name], true
			}
			if was {
				must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
				must(t, os.WriteFile(filepath.Join(dir, name), text, 0o700))
			}
		}
		l := update.Launcher{Dir: update.Dir(dir), Version: "package 1", Boot: "boot", Root: s.root}
		path, slot, _, _ := l.Choose()
		if slot != update.Package {
			kept++
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, program) {
				t.Fatalf("seed %d: started %q: %v", seed, got, err)
			}
		}
		look := func(repo string) error {
			s.repo.Dir = repo
			_, err := update.Fetcher{Dir: update.Dir(dir), URL: s.server.URL, Channel: "stable", Root: s.root, Late: s.now, Running: s.running, HTTP: s.server.Client()}.Fetch(s.t.Context())
			return err
		}
		if err := look(filepath.Join(old, "repo")); lockhouse.CodeOf(err) != update.CodeUntrusted {
			t.Fatalf("seed %d: an older state of the repository: %v", seed, err)
		}
		if err := look(now); err != nil && !errors.Is(err, update.ErrNothingNew) {
			t.Fatalf("seed %d: the next look: %v", seed, err)
		}
		if _, slot, _, err := l.Choose(); err != nil || slot != update.SlotA {
			t.Fatalf("seed %d: after the next look slot %q is started: %v", seed, slot, err)
		}
	}
	if kept == 0 {
		t.Error("the current version was started after none of them")
	}
}

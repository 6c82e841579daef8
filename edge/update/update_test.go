package update_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/app/updates"
	"lockhouse/edge/update"
	"lockhouse/internal/smalldisk"
)

// shop is a repository that is served, and a locker's directory.
type shop struct {
	t       *testing.T
	repo    updates.Repository
	now     time.Time
	server  *httptest.Server
	dir     update.Dir
	root    []byte                                // as it came with the package
	swap    func(path string, body []byte) []byte // what is served instead; nil for the truth
	running string
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, now: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC), dir: update.In(t.TempDir())}
	s.repo = updates.Repository{Dir: t.TempDir(), Keys: t.TempDir(), Now: func() time.Time { return s.now }, Random: rand.Reader}
	must(t, s.repo.Init())
	s.root = s.file("root.json")
	s.server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.server.Close)
	must(t, s.launcher("boot").start())
	return s
}

func (s *shop) file(name string) []byte {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.repo.Dir, name))
	must(s.t, err)
	return text
}

func (s *shop) serve(w http.ResponseWriter, r *http.Request) {
	body, err := os.ReadFile(filepath.Join(s.repo.Dir, filepath.Clean(r.URL.Path)))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if s.swap != nil {
		body = s.swap(r.URL.Path, body)
	}
	_, _ = w.Write(body)
}

// publish publishes a program that says its version.
func (s *shop) publish(version string) []byte {
	s.t.Helper()
	program := []byte("#!/bin/sh\necho " + version + strings.Repeat("\n# "+version, 500) + "\n")
	path := filepath.Join(s.t.TempDir(), "program")
	must(s.t, os.WriteFile(path, program, 0o700))
	must(s.t, s.repo.Add(stable(version), path))
	return program
}

func stable(version string) updates.Version {
	return updates.Version{Channel: "stable", Arch: runtime.GOARCH, Name: version}
}

func (s *shop) fetch() (update.Build, error) {
	return update.Fetcher{Dir: s.dir, URL: s.server.URL, Channel: "stable", Root: s.root, Late: s.now, Running: s.running, HTTP: s.server.Client()}.Fetch(s.t.Context())
}

// starter is a launcher in a test's words.
type starter struct{ update.Launcher }

func (s *shop) launcher(boot string) starter {
	return starter{update.Launcher{Dir: s.dir, Version: "package 1", Boot: boot, Root: s.root}}
}

func (l starter) start() error {
	_, _, _, err := l.Choose()
	return err
}

// starts wants a slot, and words of a trial that was given up.
func (s *shop) starts(boot string, want update.Slot, words string) {
	s.t.Helper()
	program, slot, gaveUp, err := s.launcher(boot).Choose()
	must(s.t, err)
	if slot != want || (slot != update.Package) != (program != "") || (gaveUp != nil) != (words != "") || gaveUp != nil && !strings.Contains(gaveUp.Why, words) {
		s.t.Errorf("started slot %q (%s), gave up %+v; want slot %q, %q", slot, program, gaveUp, want, words)
	}
}

// stage publishes, fetches and begins a trial.
func (s *shop) stage(version string) {
	s.t.Helper()
	s.publish(version)
	_, err := s.fetch()
	must(s.t, err)
	must(s.t, s.dir.Begin(update.Wellbeing{LineUp: true}, 1))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAVersionIsFetchedTriedAndKept(t *testing.T) {
	s := newShop(t)
	if _, err := s.fetch(); err == nil || errors.Is(err, update.ErrNothingNew) {
		t.Errorf("an empty channel: %v", err)
	}
	program := s.publish("v2")
	b, err := s.fetch()
	must(t, err)
	if got, err := os.ReadFile(s.dir.Program(b.Slot)); err != nil || !bytes.Equal(got, program) || b.Version != "v2" {
		t.Errorf("%+v, %v", b, err)
	}
	if _, err := s.fetch(); !errors.Is(err, update.ErrNothingNew) {
		t.Errorf("staged already: %v", err)
	}
	s.starts("boot", update.Package, "")
	must(t, s.dir.Begin(update.Wellbeing{LineUp: true}, 1))
	s.starts("boot", update.SlotA, "")
	must(t, s.dir.Keep())
	s.starts("another boot", update.SlotA, "")
	s.running = b.SHA256
	if _, err := s.fetch(); !errors.Is(err, update.ErrNothingNew) {
		t.Errorf("it runs already: %v", err)
	}
	s.stage("v3")
	s.starts("boot", update.SlotB, "")
	must(t, s.dir.GiveUp("not well"))
	s.starts("boot", update.SlotA, "")
}

// Each attack of the specification's list, and each accident, leaves the locker with what it had.
func TestWhatIsNotToBeBelieved(t *testing.T) {
	for name, attack := range map[string]struct {
		do   func(s *shop)
		code lockhouse.Code // "" for an error that is nobody's fault
	}{
		"a program with a flipped bit": {func(s *shop) {
			s.swap = only("/targets/", func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 1; return b })
		}, update.CodeUntrusted},
		"a program that is cut short": {func(s *shop) { s.swap = only("/targets/", func(b []byte) []byte { return b[:len(b)-1] }) }, update.CodeUntrusted},
		"a program without end": {func(s *shop) {
			s.swap = only("/targets/", func(b []byte) []byte { return append(bytes.Clone(b), make([]byte, 1<<20)...) })
		}, update.CodeUntrusted},
		"targets that say something else": {func(s *shop) {
			s.swap = only("targets.json", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"v2"`), []byte(`"v3"`)) })
		}, update.CodeUntrusted},
		"metadata without end": {func(s *shop) {
			s.swap = only("timestamp.json", func(b []byte) []byte { return append(bytes.Clone(b), bytes.Repeat([]byte(" "), 1<<20)...) })
		}, ""},
		"no metadata at all":            {func(s *shop) { s.swap = only("timestamp.json", func([]byte) []byte { return nil }) }, ""},
		"expired, by the locker's time": {func(s *shop) { s.now = s.now.AddDate(0, 2, 0) }, update.CodeUntrusted},
		"another's repository": {func(s *shop) {
			other := newShop(s.t)
			other.publish("v2")
			s.server.Config.Handler = http.HandlerFunc(other.serve)
		}, update.CodeUntrusted},
		"a key that was replaced": {func(s *shop) {
			stolen := s.t.TempDir()
			must(s.t, os.CopyFS(filepath.Join(stolen, "keys"), os.DirFS(s.repo.Keys)))
			must(s.t, os.CopyFS(filepath.Join(stolen, "repo"), os.DirFS(s.repo.Dir)))
			for _, role := range updates.Roles {
				must(s.t, os.Chmod(filepath.Join(stolen, "keys", role+".pem"), 0o600))
			}
			thief := updates.Repository{Dir: filepath.Join(stolen, "repo"), Keys: filepath.Join(stolen, "keys"), Now: s.repo.Now, Random: rand.Reader}
			must(s.t, s.repo.Rotate("timestamp"))
			must(s.t, s.repo.Rotate("targets"))
			_, err := s.fetch() // the locker hears of the new keys, and of nothing new else
			must(s.t, err)
			evil := filepath.Join(stolen, "evil")
			must(s.t, os.WriteFile(evil, []byte("#!/bin/sh\n"), 0o700))
			for range 5 { // so that its versions are higher
				must(s.t, thief.Add(stable("v9"), evil))
			}
			s.repo.Dir = thief.Dir
		}, update.CodeUntrusted},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.publish("v2")
			attack.do(s)
			before, err := s.dir.Read()
			must(t, err)
			_, err = s.fetch()
			if err == nil || attack.code != "" && lockhouse.CodeOf(err) != attack.code {
				t.Errorf("%v", err)
			}
			after, err := s.dir.Read()
			must(t, err)
			if after.Staged != nil && before.Staged == nil || after.Trial != nil {
				t.Errorf("it was staged: %+v", after)
			}
		})
	}
}

// only swaps what is served under some path.
func only(part string, with func([]byte) []byte) func(string, []byte) []byte {
	return func(path string, body []byte) []byte {
		if strings.Contains(path, part) {
			return with(body)
		}
		return body
	}
}

// Who serves the repository can't bring back what was the newest once, nor say for ever that nothing is new.
func TestRollbackAndFreeze(t *testing.T) {
	s := newShop(t)
	s.publish("v1")
	old := t.TempDir()
	must(t, os.CopyFS(filepath.Join(old, "repo"), os.DirFS(s.repo.Dir)))
	s.publish("v2")
	b, err := s.fetch()
	must(t, err)
	now := s.repo.Dir
	s.repo.Dir = filepath.Join(old, "repo")
	if _, err := s.fetch(); lockhouse.CodeOf(err) != update.CodeUntrusted {
		t.Errorf("an older state of the repository: %v", err)
	}
	s.repo.Dir, s.running = now, b.SHA256
	s.now = s.now.AddDate(0, 0, 40)
	if _, err := s.fetch(); lockhouse.CodeOf(err) != update.CodeUntrusted {
		t.Errorf("frozen for 40 days: %v", err)
	}
	must(t, s.repo.Refresh())
	if _, err := s.fetch(); !errors.Is(err, update.ErrNothingNew) {
		t.Errorf("refreshed: %v", err)
	}
}

func TestKeysAreRotated(t *testing.T) {
	s := newShop(t)
	s.stage("v2")
	must(t, s.dir.Keep())
	for _, role := range updates.Roles {
		must(t, s.repo.Rotate(role))
	}
	s.starts("boot", update.SlotA, "") // signed by a key that has gone meanwhile
	s.publish("v3")
	_, err := s.fetch()
	must(t, err)
	s.publish("v4")
	must(t, s.repo.Rotate("root"))
	b, err := s.fetch()
	must(t, err)
	if b.Version != "v4" {
		t.Errorf("%+v", b)
	}
}

// A rotation that failed half-way, and is done again, is signed by a key that lockers trust: theirs is lost by no failure.
func TestRotationIsDoneAgain(t *testing.T) {
	for _, role := range updates.Roles {
		for _, inTheWay := range []string{"metadata/2.root.json", "metadata/2.targets.json", "metadata/2.snapshot.json"} {
			s := newShop(t)
			stone := filepath.Join(s.repo.Dir, inTheWay)
			must(t, os.Mkdir(stone, 0o700))
			for range 2 {
				if err := s.repo.Rotate(role); err == nil {
					t.Fatalf("%s: written over a directory", role)
				}
				if inTheWay != "metadata/2.root.json" {
					break // beyond it a root is published, and the next is another
				}
			}
			must(t, os.Remove(stone))
			must(t, s.repo.Rotate(role))
			s.publish("v2")
			if b, err := s.fetch(); err != nil || b.Version != "v2" {
				t.Errorf("%s, %s in the way: %+v, %v", role, inTheWay, b, err)
			}
		}
	}
}

// What went wrong with a trial decides whether the version is tried again.
func TestTrialsThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		fails func(s *shop)
		words string
		again bool
	}{
		"it ends each time": {func(s *shop) {
			for range 3 {
				s.starts("boot", update.SlotA, "")
			}
			s.starts("boot", update.Package, "ended 3 times")
		}, "ended 3 times", false},
		"the machine goes down": {func(s *shop) {
			s.starts("boot", update.SlotA, "")
			s.starts("next boot", update.Package, "went down")
		}, "went down", true},
		"the watchdog bites": {func(s *shop) {
			s.starts("boot", update.SlotA, "")
			f, err := s.launcher("boot").Bitten()
			must(s.t, err)
			if f == nil {
				s.t.Error("nothing was given up")
			}
			s.starts("boot", update.Package, "")
		}, "watchdog", false},
		"it does not get well": {func(s *shop) {
			s.starts("boot", update.SlotA, "")
			must(s.t, s.dir.GiveUp("the line is down"))
			s.starts("boot", update.Package, "")
		}, "line is down", true},
		"its program is changed": {func(s *shop) {
			must(s.t, os.WriteFile(s.dir.Program(update.SlotA), []byte("#!/bin/sh\n"), 0o700))
			s.starts("boot", update.Package, "not the one that was signed")
		}, "not the one", false},
		"it can't be started": {func(s *shop) {
			s.starts("boot", update.SlotA, "")
			must(s.t, s.launcher("boot").Unstartable(errors.New("exec format error")))
			s.starts("boot", update.Package, "")
		}, "exec format", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.stage("v2")
			c.fails(s)
			state, err := s.dir.Read()
			must(t, err)
			if f, ok := state.LastFailure(); !ok || !strings.Contains(f.Why, c.words) || f.Version != "v2" {
				t.Errorf("%+v", state)
			}
			_, err = s.fetch()
			if c.again != (err == nil) || !c.again && !errors.Is(err, update.ErrGivenUp) {
				t.Errorf("fetched again: %v", err)
			}
			s.publish("v3") // another one is another matter
			if _, err := s.fetch(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A version whose trial is cut short is tried three times, and no more.
func TestTrialsThatAreCutShortAreBounded(t *testing.T) {
	s := newShop(t)
	s.publish("v2")
	for i := range 3 {
		_, err := s.fetch()
		must(t, err)
		must(t, s.dir.Begin(update.Wellbeing{}, 1))
		s.starts("boot", update.SlotA, "")
		s.starts("boot "+string(rune('a'+i)), update.Package, "went down")
	}
	if _, err := s.fetch(); !errors.Is(err, update.ErrGivenUp) {
		t.Errorf("a fourth time: %v", err)
	}
}

func TestThePackageWins(t *testing.T) {
	s := newShop(t)
	s.stage("v2")
	must(t, s.dir.Keep())
	s.starts("boot", update.SlotA, "")
	newer := s.launcher("boot")
	newer.Version = "package 2"
	if _, slot, _, err := newer.Choose(); err != nil || slot != update.Package {
		t.Errorf("after a new package: slot %q, %v", slot, err)
	}
	if _, slot, _, err := newer.Choose(); err != nil || slot != update.Package {
		t.Errorf("and at the start after that: slot %q, %v", slot, err)
	}
}

// Whatever a cut, a disk or a hand has left, something is started.
func TestDamage(t *testing.T) {
	for name, damage := range map[string]func(s *shop){
		"the program is gone":    func(s *shop) { must(s.t, os.Remove(s.dir.Program(update.SlotA))) },
		"the statement is gone":  func(s *shop) { must(s.t, os.Remove(filepath.Join(string(s.dir), "a", "targets.json"))) },
		"the program is another": func(s *shop) { must(s.t, os.WriteFile(s.dir.Program(update.SlotA), []byte("evil"), 0o700)) },
		"the statement is another's": func(s *shop) {
			other := newShop(s.t)
			other.stage("v2")
			for _, name := range []string{"targets.json", "lockhouse-agent"} {
				text, err := os.ReadFile(filepath.Join(string(other.dir), "a", name))
				must(s.t, err)
				must(s.t, os.WriteFile(filepath.Join(string(s.dir), "a", name), text, 0o700))
			}
		},
		"the state is half a file": func(s *shop) {
			must(s.t, os.WriteFile(filepath.Join(string(s.dir), "state.json"), []byte(`{"base":`), 0o600))
		},
		"the state names another place": func(s *shop) {
			text, err := os.ReadFile(filepath.Join(string(s.dir), "state.json"))
			must(s.t, err)
			must(s.t, os.WriteFile(filepath.Join(string(s.dir), "state.json"), bytes.Replace(text, []byte(`"slot": "a"`), []byte(`"slot": "../a"`), 1), 0o600))
		},
		"the state is very long": func(s *shop) {
			must(s.t, os.WriteFile(filepath.Join(string(s.dir), "state.json"), make([]byte, 1<<20), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.stage("v2")
			must(t, s.dir.Keep())
			damage(s)
			if _, slot, _, err := s.launcher("boot").Choose(); slot != update.Package || err == nil {
				t.Errorf("started slot %q, and said %v", slot, err)
			}
		})
	}
}

// A power cut while metadata or a program was being written costs another download, and not the memory of what was the newest.
func TestHalfWrittenFilesAreFetchedAgain(t *testing.T) {
	s := newShop(t)
	s.publish("v1")
	old := t.TempDir()
	must(t, os.CopyFS(filepath.Join(old, "repo"), os.DirFS(s.repo.Dir)))
	s.publish("v2")
	_, err := s.fetch()
	must(t, err)
	tear := func(names ...string) {
		for _, name := range names {
			path := filepath.Join(string(s.dir), name)
			must(t, os.MkdirAll(filepath.Dir(path), 0o700))
			must(t, os.WriteFile(path, []byte(`{"signed`), 0o600))
		}
	}
	torn := []string{"metadata/timestamp.json", "metadata/snapshot.json", "metadata/targets.json", "metadata/root.json", "metadata/tuf_tmp123", "a/lockhouse-agent.new", "state.json.new",
		"seen/timestamp.json.new", "seen/snapshot.json.new", "seen/targets.json.new", "roots/2.root.json.new"}
	tear(torn...)
	now := s.repo.Dir
	s.repo.Dir = filepath.Join(old, "repo")
	if _, err := s.fetch(); lockhouse.CodeOf(err) != update.CodeUntrusted {
		t.Errorf("after a cut, an older state of the repository: %v", err)
	}
	s.repo.Dir = now
	tear(torn...)
	s.publish("v3")
	if b, err := s.fetch(); err != nil || b.Version != "v3" {
		t.Errorf("%+v, %v", b, err)
	}
	tear("seen/timestamp.json", "seen/snapshot.json", "seen/targets.json") // which no cut does, and a worn disk may
	s.publish("v4")
	if b, err := s.fetch(); err != nil || b.Version != "v4" {
		t.Errorf("%+v, %v", b, err)
	}
}

// A new version never takes the room that the journal needs.
func TestAFullDisk(t *testing.T) {
	disk := smalldisk.Mount(t, 1<<20, 1<<10)
	s := newShop(t)
	s.dir = update.In(disk.Dir)
	must(t, s.launcher("boot").start())
	big := filepath.Join(t.TempDir(), "big")
	must(t, os.WriteFile(big, make([]byte, 700<<10), 0o700))
	must(t, s.repo.Add(stable("v2"), big))
	if _, err := s.fetch(); lockhouse.CodeOf(err) != update.CodeNoRoom {
		t.Errorf("%v", err)
	}
	must(t, disk.Fill())
	if _, err := s.fetch(); err == nil {
		t.Error("fetched onto a full disk")
	}
	s.starts("boot", update.Package, "")
}

func TestAFetchThatIsGivenUp(t *testing.T) {
	s := newShop(t)
	s.publish("v2")
	ctx, cancel := context.WithCancel(t.Context())
	s.swap = only("/targets/", func(b []byte) []byte { cancel(); return b })
	_, err := update.Fetcher{Dir: s.dir, URL: s.server.URL, Channel: "stable", Root: s.root, Late: s.now, HTTP: s.server.Client()}.Fetch(ctx)
	if err == nil {
		t.Skip("the whole program was there before the end was heard of")
	}
	s.swap = nil
	if _, err := s.fetch(); err != nil {
		t.Errorf("again: %v", err)
	}
}

// A version that turns out to be urgent while it waits is urgent from then on.
func TestUrgent(t *testing.T) {
	s := newShop(t)
	program := filepath.Join(t.TempDir(), "program")
	must(t, os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700))
	for _, urgent := range []bool{false, true, false} {
		v := stable("v2")
		v.Urgent = urgent
		must(t, s.repo.Add(v, program))
		b, err := s.fetch()
		must(t, err)
		state, err := s.dir.Read()
		must(t, err)
		if b.Urgent != urgent || state.Staged == nil || state.Staged.Urgent != urgent {
			t.Errorf("%+v, %+v", b, state.Staged)
		}
	}
	if _, err := s.fetch(); !errors.Is(err, update.ErrNothingNew) {
		t.Error(err)
	}
}

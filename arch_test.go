package lockhouse_test

import (
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// floors says on which floor each package lives; the longest matching path decides. A package imports lower floors
// only, never its own. ARCHITECTURE.md draws them.
var floors = map[string]int{
	".": 0, "internal": 0, "web": 0,
	"wire": 1, "trust/access": 1, "trust/credential": 1, "estate/capacity": 1, "estate/nearby": 1,
	"store": 2, "wire/phone": 2, "watch": 2,
	"flow": 3, "estate": 3, "trust": 3, "edge/agent": 3,
	"store/sqlite": 4, "store/postgres": 4, "store/storetest": 4, "link": 4, "bus": 4, "api": 4, "edge": 4,
	"watch/meters": 4, "watch/traces": 4, "watch/port": 4,
	"app": 5, "sim": 6, "bench": 6, "cmd": 7,
}

// onlyAbove3 is what the floors of nouns, judgement and rooms never use.
var onlyAbove3 = []string{"net/http", "database/sql", "os/exec"}

// pure is what judgement does not touch at all.
var pure = []string{"net", "os", "database/sql", "log", "log/slog", "net/http"}

// opensPerson lists who may know names.
var opensPerson = []string{"trust/person", "api", "store/sqlite", "store/postgres", "store/storetest", "link/notice", "app/network", "sim", "bench"}

// lockerCarriesNot is what the locker's binary must not contain, at any depth.
var lockerCarriesNot = []string{"flow", "estate", "store", "api", "link", "bus", "trust/person", "trust/auth", "sim", "web", "watch"}

// othersLockerCarriesNot are others' packages that it must not contain either, where ours import them.
var othersLockerCarriesNot = []string{"github.com/nats-io/nats-server/v2", "github.com/nats-io/jwt/v2", "github.com/ncruces/go-sqlite3", "github.com/jackc/pgx/v5"}

func TestArrows(t *testing.T) {
	for dir, pkg := range packages(t) {
		from, ok := floorOf(dir)
		if !ok {
			t.Errorf("%s is on no floor: add it to floors here and to ARCHITECTURE.md", dir)
			continue
		}
		for _, path := range pkg.Imports {
			if from <= 3 && slices.Contains(onlyAbove3, path) && !within(dir, "internal") && dir != "web" {
				t.Errorf("%s (floor %d) imports %s, which belongs to floor 4 and above", dir, from, path)
			}
			if from == 1 && slices.Contains(pure, path) {
				t.Errorf("%s is judgement and must stay pure, but imports %s", dir, path)
			}
			to, ours := ours(path)
			if !ours {
				if dir == "." && strings.Contains(path, ".") {
					t.Errorf("the nouns import %s; they use the standard library alone", path)
				}
				continue
			}
			if to == "trust/person" && !slices.ContainsFunc(opensPerson, func(p string) bool { return within(dir, p) }) {
				t.Errorf("%s opens trust/person; only %v may", dir, opensPerson)
			}
			onto, _ := floorOf(to)
			if onto > from || onto == from && !sameHouse(dir, to) {
				t.Errorf("%s (floor %d) imports %s (floor %d): arrows point down", dir, from, to, onto)
			}
		}
	}
}

// sameHouse allows neighbours that are one thing in several packages: the nouns' floor, the floors of assembly and of
// rehearsal, and a package below its own parent.
func sameHouse(from, to string) bool {
	floor, _ := floorOf(from)
	return floor == 0 || floor >= 5 || within(from, to) || within(to, from)
}

func TestLockerCarriesNoNetwork(t *testing.T) {
	all := packages(t)
	seen := map[string]bool{}
	var visit func(dir, via string)
	visit = func(dir, via string) {
		if seen[dir] || all[dir] == nil {
			return
		}
		seen[dir] = true
		for _, no := range lockerCarriesNot {
			if within(dir, no) {
				t.Errorf("the locker's binary carries %s, by way of %s", dir, via)
			}
		}
		for _, path := range all[dir].Imports {
			if slices.ContainsFunc(othersLockerCarriesNot, func(no string) bool { return within(path, no) }) {
				t.Errorf("the locker's binary carries %s, by way of %s", path, via)
			}
			if to, ok := ours(path); ok {
				visit(to, via+" -> "+to)
			}
		}
	}
	visit("cmd/lockhouse-agent", "cmd/lockhouse-agent")
	if len(seen) < 3 {
		t.Error("cmd/lockhouse-agent imports next to nothing: is it where this test looks?")
	}
}

func packages(t *testing.T) map[string]*build.Package {
	t.Helper()
	found := map[string]*build.Package{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); path != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
			return fs.SkipDir
		}
		if names, _ := filepath.Glob(filepath.Join(path, "*.go")); len(names) == 0 {
			return nil
		}
		wd, err := os.Getwd()
		if err != nil {
			return err
		}
		pkg, err := build.ImportDir(filepath.Join(wd, path), 0)
		if _, none := err.(*build.NoGoError); none {
			return nil
		}
		if err != nil {
			return err
		}
		found[filepath.ToSlash(path)] = pkg
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func ours(path string) (dir string, ok bool) {
	if path == "lockhouse" {
		return ".", true
	}
	return strings.CutPrefix(path, "lockhouse/")
}

func floorOf(dir string) (floor int, ok bool) {
	for at := dir; ; at = filepath.ToSlash(filepath.Dir(at)) {
		if f, found := floors[at]; found && (at != "." || dir == ".") {
			return f, true
		}
		if at == "." {
			return 0, false
		}
	}
}

func within(dir, parent string) bool { return dir == parent || strings.HasPrefix(dir, parent+"/") }

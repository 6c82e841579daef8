package main

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"lockhouse"
	"lockhouse/app/network"
	"lockhouse/store"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// terminal runs commands as they are typed, in a directory of its own.
type terminal struct {
	t      *testing.T
	config string
}

func newTerminal(t *testing.T) terminal {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "network.toml")
	text := "data_dir = \"" + filepath.ToSlash(filepath.Join(dir, "data")) + "\"\nname = \"Test\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return terminal{t, path}
}

// run gives what a command prints on standard output.
func (m terminal) run(args ...string) (out string, err error) {
	m.t.Helper()
	parser, err := kong.New(&commands{}, kong.Name("lockhouse"), kong.BindTo(m.t.Context(), (*context.Context)(nil)), kong.Exit(func(int) { m.t.Fatal("the parser wants to leave") }))
	if err != nil {
		m.t.Fatal(err)
	}
	line, err := parser.Parse(append(args, "--config", m.config))
	if err != nil {
		return "", err
	}
	r, w, err := os.Pipe()
	if err != nil {
		m.t.Fatal(err)
	}
	printed := make(chan string)
	go func() {
		text, _ := io.ReadAll(r)
		printed <- string(text)
	}()
	screen := os.Stdout
	os.Stdout = w
	err = line.Run()
	os.Stdout = screen
	w.Close()
	return <-printed, err
}

func (m terminal) must(args ...string) string {
	m.t.Helper()
	out, err := m.run(args...)
	if err != nil {
		m.t.Fatalf("%v: %s", args, lockhouse.SentenceOf(err))
	}
	return out
}

// refused gives the sentence that a person reads.
func (m terminal) refused(code lockhouse.Code, args ...string) string {
	m.t.Helper()
	_, err := m.run(args...)
	if lockhouse.CodeOf(err) != code {
		m.t.Fatalf("%v: %v, not %s", args, err, code)
	}
	return lockhouse.SentenceOf(err)
}

func TestKeyCommands(t *testing.T) {
	m := newTerminal(t)
	secret := strings.TrimSpace(m.must("key", "create", "shop", "-l", "till", "--owner", "Acme"))
	if !strings.HasPrefix(secret, "lhs_") || strings.Contains(secret, "\n") {
		t.Fatalf("%q: a script can't read the secret", secret)
	}
	list := m.must("key", "list")
	if !strings.Contains(list, "till") || strings.Contains(list, secret) {
		t.Fatal(list)
	}
	id := strings.Fields(strings.Split(list, "\n")[1])[0]
	m.must("key", "revoke", id)
	if again := m.must("key", "list"); strings.Contains(again, " - ") || strings.HasSuffix(strings.TrimSpace(again), "-") {
		t.Fatal(again)
	}
	m.refused(lockhouse.CodeNotFound, "key", "revoke", "key_none")
	m.refused(lockhouse.CodeMalformed, "key", "create", "shop", "-l", "till")
}

func TestConfigCommand(t *testing.T) {
	m := newTerminal(t)
	printed := m.must("config")
	c, err := network.ReadConfig(strings.NewReader(printed))
	if err != nil || c.Name != "Test" {
		t.Fatalf("%v\n%s", err, printed)
	}
}

func TestOpenapiCommand(t *testing.T) {
	if out := newTerminal(t).must("openapi"); !strings.HasPrefix(out, "{") || !strings.Contains(out, `"/v1/holds/{reference}"`) {
		t.Fatalf("%.100s", out)
	}
}

const goodSite = "id,name,alias,street,lat,lon\nsite_1,Library,Pickup 1,1 M Street,38.9,-77\n"

func TestImportSites(t *testing.T) {
	m := newTerminal(t)
	file := filepath.Join(t.TempDir(), "sites.csv")
	write(t, file, goodSite+"site_2,Nowhere,Pickup 2,2 M Street,999,-77\n")
	if said := m.refused(lockhouse.CodeMalformed, "import", "sites", file); !strings.Contains(said, "1 of 2 rows") || !strings.Contains(said, "--skip-bad") {
		t.Error(said)
	}
	if n := len(m.sites()); n != 0 {
		t.Errorf("%d sites of a file that was refused", n)
	}
	m.must("import", "sites", file, "--skip-bad")
	if n := len(m.sites()); n != 1 {
		t.Errorf("%d sites", n)
	}
}

// TestImportRealSites reads the candidate sites of Washington.
func TestImportRealSites(t *testing.T) {
	data := os.Getenv("LOCKHOUSE_DATA")
	if data == "" {
		t.Skip("LOCKHOUSE_DATA names no data")
	}
	m := newTerminal(t)
	m.must("import", "sites", filepath.Join(data, "dc", "candidate_sites.csv"))
	if n := len(m.sites()); n != 1405 {
		t.Errorf("%d sites, not 1405", n)
	}
}

// sites gives them as the next start of the network finds them.
func (m terminal) sites() (all []lockhouse.Site) {
	m.t.Helper()
	n, _, err := settingsFlag{Config: m.config}.open(m.t.Context())
	if err != nil {
		m.t.Fatal(err)
	}
	defer n.Close()
	err = n.Store().View(m.t.Context(), func(tx store.Tx) error {
		all, err = tx.AllSites()
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return all
}

func TestImportLocker(t *testing.T) {
	m := newTerminal(t)
	dir := t.TempDir()
	sites, card := filepath.Join(dir, "sites.csv"), filepath.Join(dir, "card.json")
	write(t, sites, goodSite)
	m.must("import", "sites", sites)
	write(t, card, cardOf(t, "M", 2))
	m.refused(lockhouse.CodeNotFound, "import", "locker", card, "--site", "site_none", "--name", "A")
	here := string(m.sites()[0].ID)
	m.must("import", "locker", card, "--site", here, "--name", "A")
	m.refused(lockhouse.CodeConflict, "import", "locker", card, "--site", here, "--name", "A")
	write(t, card, cardOf(t, "M", 3))
	m.refused(lockhouse.CodeMalformed, "import", "locker", card, "--site", here, "--name", "B")
	write(t, card, "{")
	m.refused(lockhouse.CodeMalformed, "import", "locker", card, "--site", here, "--name", "B")
}

// TestEnrolLockerCommand: the code stands alone on standard output, and no two are alike.
func TestEnrolLockerCommand(t *testing.T) {
	m := newTerminal(t)
	sites := filepath.Join(t.TempDir(), "sites.csv")
	write(t, sites, goodSite)
	m.must("import", "sites", sites)
	here := string(m.sites()[0].ID)
	first, second := m.must("locker", "enrol", "--site", here, "--name", "A"), m.must("locker", "enrol", "--site", here, "--name", "B")
	for _, printed := range []string{first, second} {
		if _, err := credential.ParseEnrolCode(strings.TrimSpace(printed)); err != nil || first == second {
			t.Errorf("%q: %v", printed, err)
		}
	}
	m.refused(lockhouse.CodeNotFound, "locker", "enrol", "--site", "site_none", "--name", "A")
	m.refused(lockhouse.CodeMalformed, "locker", "enrol", "--site", here, "--name", strings.Repeat("x", 41))
}

func cardOf(t *testing.T, size string, rank int) string {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public := key.PublicKey().Bytes()
	l := lockhouse.Locker{ID: lockhouse.NewLockerID(rand.Reader), StaticKey: public, ReceiptKey: public, AdvertKey: make([]byte, wire.AdvertKeyBytes)}
	text, err := wire.EncodeCard(l, []lockhouse.Compartment{{Locker: l.ID, Number: 1, Size: size, Rank: rank, Column: 1, Row: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestNatsCallersCommand: what is printed is a file of one certificate, as NATS reads it.
func TestNatsCallersCommand(t *testing.T) {
	printed, err := callersFile()
	if err != nil || !x509.NewCertPool().AppendCertsFromPEM([]byte(printed)) || !strings.HasPrefix(printed, "# For the tls of a NATS cluster's clients, and nothing else") {
		t.Errorf("%s, %v", printed, err)
	}
}

// TestNatsConfigCommand: the keys are made once, readable by nobody else, and what is printed holds the public halves only.
func TestNatsConfigCommand(t *testing.T) {
	m := newTerminal(t)
	if said := m.refused(lockhouse.CodeMalformed, "nats", "config"); !strings.Contains(said, "bus.credentials_file") {
		t.Error(said)
	}
	keys := filepath.Join(t.TempDir(), "nats.keys")
	text, err := os.ReadFile(m.config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, m.config, string(text)+"[bus]\ncredentials_file = \""+filepath.ToSlash(keys)+"\"\n")
	first := m.must("nats", "config")
	secret, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(keys); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for _, seed := range strings.Fields(string(secret)) {
		if strings.Contains(first, seed) {
			t.Error("a secret is printed")
		}
	}
	if again := m.must("nats", "config"); again != first || !strings.Contains(first, "auth_callout") {
		t.Errorf("%s\nand then\n%s", first, again)
	}
	write(t, keys, "nonsense")
	m.refused(lockhouse.CodeMalformed, "nats", "config")
}

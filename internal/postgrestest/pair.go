package postgrestest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"lockhouse/internal/process"
)

// Limits of waiting for a pair.
const (
	copyLimitS    = 120 // of a base backup
	promoteLimitS = 60
	syncLimitS    = 60 // until a standby has caught up and commits wait for it
	pairPollMS    = 50
)

// standbyName is by what name the primary knows its standby: in its slot, and in synchronous_standby_names.
const standbyName = "standby"

// Pair is a primary and a standby that follows it. A commit is acknowledged when it is on both disks: whatever a client
// was told is there after the standby is promoted.
//
// What keeps an old primary that comes back from being written to: it waits for its standby before it acknowledges
// anything, and its standby is gone, so that it can acknowledge nothing. Clients find the server that takes writes by an
// address that names both, with target_session_attrs=read-write.
type Pair struct {
	primary, standby *Server
	password         string
	settings         map[string]string
}

// StartPair starts both and waits until commits wait for the standby. The error is ErrNotInstalled where the machine has no
// PostgreSQL. The caller stops the pair.
func StartPair(ctx context.Context, o Options) (*Pair, error) {
	p := &Pair{password: rand.Text(), settings: o.Settings}
	if err := p.start(ctx, o.Under); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

func (p *Pair) start(ctx context.Context, under string) (err error) {
	if p.primary, err = prepareListening(under, "127.0.0.21"); err != nil {
		return err
	}
	if err := p.primary.begin(ctx, p.settings); err != nil {
		return err
	}
	if err := p.primary.letIn(ctx, p.password); err != nil {
		return err
	}
	standby, err := prepareListening(under, "127.0.0.22")
	if err != nil {
		return err
	}
	return p.follow(ctx, standby)
}

// prepareListening prepares a server with an address beside its socket. Only Linux gives every machine all of 127/8.
func prepareListening(under, host string) (*Server, error) {
	s, err := prepare(under)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "linux" {
		host = "127.0.0.1"
	}
	if s.address, err = process.FreeAddress(host); err != nil {
		return nil, errors.Join(err, os.Remove(s.dir))
	}
	return s, nil
}

// letIn lets this machine's processes in by a password.
func (s *Server) letIn(ctx context.Context, password string) error {
	hba, err := os.OpenFile(s.data()+"/pg_hba.conf", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	// The first line that fits counts: the cluster's own lines, which refuse, come to stand behind.
	text, err := os.ReadFile(hba.Name())
	if err != nil {
		return errors.Join(err, hba.Close())
	}
	lines := "host all all 127.0.0.0/8 scram-sha-256\nhost replication all 127.0.0.0/8 scram-sha-256\n"
	err = errors.Join(hba.Truncate(0), hba.Close(), os.WriteFile(hba.Name(), append([]byte(lines), text...), 0o600))
	if err != nil {
		return err
	}
	return s.exec(ctx, "ALTER USER "+superuser+" PASSWORD "+quoted(password), "SELECT pg_reload_conf()")
}

// follow makes a standby out of an empty directory: a copy of the primary that streams what comes after.
func (p *Pair) follow(ctx context.Context, standby *Server) error {
	p.standby = standby
	if err := p.primary.exec(ctx, "SELECT pg_create_physical_replication_slot("+quoted(standbyName)+", true)"); err != nil {
		return err
	}
	host, port, _ := splitAddress(p.primary.address) // which was made by us
	from := fmt.Sprintf("host=%s port=%s user=%s password=%s application_name=%s", host, port, superuser, p.password, standbyName)
	if err := standby.run(ctx, "pg_basebackup", "--pgdata", standby.data(), "--dbname", from, "--write-recovery-conf",
		"--slot", standbyName, "--checkpoint", "fast"); err != nil {
		return err
	}
	if err := configure(standby.data(), standby.dir, standby.address, p.settings); err != nil {
		return err
	}
	if err := standby.up(ctx); err != nil {
		return err
	}
	return p.synchronise(ctx)
}

// synchronise makes commits wait for the standby.
func (p *Pair) synchronise(ctx context.Context) error {
	err := p.primary.exec(ctx, "ALTER SYSTEM SET synchronous_standby_names = "+quoted(standbyName), "SELECT pg_reload_conf()")
	if err != nil {
		return err
	}
	return p.primary.until(ctx, syncLimitS, "commits wait for the standby",
		"SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name = "+quoted(standbyName)+" AND sync_state = 'sync')")
}

// Primary is the server that takes writes; after Promote it is the other one.
func (p *Pair) Primary() *Server { return p.primary }

// Standby is the server that follows; after Promote it is the old primary, as it was left.
func (p *Pair) Standby() *Server { return p.standby }

// Promote makes the standby the primary. The old one must be dead: kill it first. The new primary acknowledges alone until
// Rebuild gives it a standby of its own.
func (p *Pair) Promote(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, promoteLimitS*time.Second)
	defer cancel()
	// A setting that came over with the copy of a promoted primary would have it wait for itself.
	err := p.standby.exec(ctx, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()",
		fmt.Sprintf("SELECT pg_promote(true, %d)", promoteLimitS))
	if err != nil {
		return fmt.Errorf("promoting: %w", err)
	}
	p.primary, p.standby = p.standby, p.primary
	return p.primary.until(ctx, promoteLimitS, "the promoted server takes writes", "SELECT NOT pg_is_in_recovery()")
}

// Rebuild makes the old primary the new one's standby: what it alone had was never acknowledged, and is thrown away.
func (p *Pair) Rebuild(ctx context.Context) error {
	old := p.standby
	if err := old.Kill(); err != nil {
		return err
	}
	if err := os.RemoveAll(old.data()); err != nil {
		return err
	}
	return p.follow(ctx, old)
}

// URL gives the connection string of a database that leads to whichever of the two takes writes.
func (p *Pair) URL(database string) string {
	hosts := []string{p.primary.address, p.standby.address}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(superuser, p.password), Host: strings.Join(hosts, ","), Path: "/" + database}
	u.RawQuery = url.Values{"sslmode": {"disable"}, "target_session_attrs": {"read-write"}, "connect_timeout": {"3"}}.Encode()
	return u.String()
}

// Create makes an empty database and gives its connection string, as URL does.
func (p *Pair) Create(ctx context.Context, database string) (string, error) {
	if _, err := p.primary.Create(ctx, database); err != nil {
		return "", err
	}
	return p.URL(database), nil
}

// Stop ends both and removes everything.
func (p *Pair) Stop() error {
	var errs []error
	for _, s := range []*Server{p.primary, p.standby} { // a primary that stops in order hands its last bytes to the standby
		if s != nil {
			errs = append(errs, s.Stop())
		}
	}
	return errors.Join(errs...)
}

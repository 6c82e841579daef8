package postgres_test

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"lockhouse"
	"lockhouse/internal/postgrestest"
	"lockhouse/store/postgres"
	"lockhouse/store/postgres/pgtest"
)

func command(t *testing.T, address, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func refuses(t *testing.T, address string, code lockhouse.Code, says string) {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{URL: address})
	if err == nil {
		t.Fatal("opened", s.Close())
	}
	if lockhouse.CodeOf(err) != code || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want %s and %q", err, code, says)
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the password is told to whoever reads the log: %v", err)
	}
}

// TestMigrateTogether: several nodes migrate an empty database at once; each step is taken once, and all find it done.
func TestMigrateTogether(t *testing.T) {
	address, err := postgrestest.Shared(t).Create(t.Context(), "migrated_together")
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, address, lockhouse.CodeConflict, "Run: lockhouse migrate")
	var mu sync.Mutex
	taken := map[string]int{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			err := postgres.Migrate(t.Context(), postgres.Options{URL: address}, func(step string) {
				mu.Lock()
				defer mu.Unlock()
				taken[strings.Join(strings.Fields(step)[:2], " ")]++
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for step, times := range taken {
		if times != 1 {
			t.Errorf("%s was taken %d times", step, times)
		}
	}
	if len(taken) < 2 {
		t.Errorf("steps %v", taken)
	}
	if err := pgtest.OpenURL(t, address).Close(); err != nil {
		t.Error(err)
	}
}

// TestNewerSchema: an older binary does not touch what a newer one wrote.
func TestNewerSchema(t *testing.T) {
	address := pgtest.URL(t)
	command(t, address, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
	refuses(t, address, lockhouse.CodeConflict, "newer Lockhouse")
	err := postgres.Migrate(t.Context(), postgres.Options{URL: address}, func(string) {})
	if lockhouse.CodeOf(err) != lockhouse.CodeConflict || !strings.Contains(err.Error(), "newer Lockhouse") {
		t.Errorf("migrated: %v", err)
	}
}

// TestForgetfulServer: what is acknowledged must be on the disk.
func TestForgetfulServer(t *testing.T) {
	address := pgtest.URL(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	command(t, address, `ALTER DATABASE `+strings.TrimPrefix(u.Path, "/")+` SET synchronous_commit = off`)
	refuses(t, address, lockhouse.CodeConflict, "synchronous_commit = off")
}

// TestNoPasswordIsTold: whatever is wrong with an address, nobody hears its password.
func TestNoPasswordIsTold(t *testing.T) {
	for address, code := range map[string]lockhouse.Code{
		"postgres://u:s3cret@127.0.0.1:1/x?sslmode=disable":                   lockhouse.CodeUnavailable,
		"postgres://u:s3cret@127.0.0.1:1,127.0.0.1:2/x?sslmode=disable":       lockhouse.CodeUnavailable,
		"postgres://u:s3cret@127.0.0.1:no/x":                                  lockhouse.CodeMalformed,
		"postgres://u:s3cret@127.0.0.1/x?sslmode=perhaps":                     lockhouse.CodeMalformed,
		"postgres://u@127.0.0.1/x?password=s3cret&pool_max_conns=many":        lockhouse.CodeMalformed,
		"host=127.0.0.1 password=s3cret":                                      lockhouse.CodeMalformed,
		"postgres://u:s3cret@db.example/x?sslmode=disable":                    lockhouse.CodeMalformed,
		"postgres://u:s3cret@127.0.0.1:1/x?sslmode=disable&connect_timeout=x": lockhouse.CodeMalformed,
	} {
		refuses(t, address, code, "")
	}
}

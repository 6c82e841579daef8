package postgrestest

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func startPair(t *testing.T) *Pair {
	t.Helper()
	p, err := StartPair(t.Context(), Options{Under: shortDir(t)})
	if errors.Is(err, ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func mustExec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// What was acknowledged survives the promotion; the old primary, started again as it was, acknowledges nothing; rebuilt,
// it follows, and can be promoted in its turn.
func TestPairLosesNothingThatWasAcknowledged(t *testing.T) {
	p := startPair(t)
	url, err := p.Create(t.Context(), "pair")
	if err != nil {
		t.Fatal(err)
	}
	refusesAWrongPassword(t, p, url)
	conn := connect(t, url)
	mustExec(t, conn, "CREATE TABLE said (n int)")
	mustExec(t, conn, "INSERT INTO said VALUES (1)")
	old := p.Primary()
	if err := old.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := p.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn = connect(t, url)
	mustExec(t, conn, "INSERT INTO said VALUES (2)")
	counts(t, conn, 2)

	if err := old.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	acknowledgesNothing(t, old)
	if err := p.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustExec(t, conn, "INSERT INTO said VALUES (3)")
	if err := p.Primary().StopImmediately(); err != nil {
		t.Fatal(err)
	}
	if err := p.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.Primary() != old {
		t.Error("the second promotion chose another")
	}
	counts(t, connect(t, url), 3)
}

func counts(t *testing.T, conn *pgx.Conn, want int) {
	t.Helper()
	var n int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM said").Scan(&n); err != nil || n != want {
		t.Fatalf("%d rows, want %d; %v", n, want, err)
	}
}

// acknowledgesNothing writes to a primary whose standby is gone: the commit waits for as long as anybody does. A limit of
// time for statements, such as the store sets, must not make an answer of that.
func acknowledgesNothing(t *testing.T, old *Server) {
	t.Helper()
	conn := connect(t, old.URL("pair"))
	mustExec(t, conn, "SET statement_timeout = '200ms'")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := conn.Exec(ctx, "INSERT INTO said VALUES (99)"); err == nil {
		t.Error("a primary without its standby acknowledged a commit")
	}
}

func refusesAWrongPassword(t *testing.T, p *Pair, url string) {
	t.Helper()
	if _, err := pgx.Connect(t.Context(), strings.Replace(url, p.password, "wrong", 1)); err == nil {
		t.Error("let in without the password")
	}
}

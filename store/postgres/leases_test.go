package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"lockhouse"
	"lockhouse/store"
)

// behind is the way of one who comes upon the other's term before the name, which takes two within microseconds.
type behind struct{}

func (behind) ask(*tx, []statement) error { return &pgconn.PgError{Code: uniqueViolation} }
func (behind) shared() bool               { return false }

// Who loses the race for a new lease is refused, whichever index says so: the transaction ends by what its end makes of the refusal, not of
// PostgreSQL's error.
func TestLostLeaseIsAConflict(t *testing.T) {
	loser := &tx{way: behind{}, writes: true}
	err := loser.SwapLease("work", store.Lease{}, store.Lease{Holder: "b", Term: 1})
	if end := meaning(loser.broken); lockhouse.CodeOf(err) != lockhouse.CodeConflict || lockhouse.CodeOf(end) != lockhouse.CodeConflict {
		t.Errorf("it is told %v, and at the end %v", err, end)
	}
}

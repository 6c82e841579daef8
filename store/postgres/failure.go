package postgres

import (
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"lockhouse"
)

// PostgreSQL's names for what goes wrong (its manual, appendix A).
const (
	uniqueViolation = "23505"
	divisionByZero  = "22012"
	readOnly        = "25006" // the server was a primary and is a standby now
	undefinedTable  = "42P01"
	planChanged     = "0A000" // a prepared statement's table has changed its columns
)

// passing are the errors after which the same transaction may succeed on the same connection: another was faster.
var passing = map[string]bool{
	"40001": true, // serialisation failure
	"40P01": true, // deadlock
	"55P03": true, // a lock was not to be had in time
}

// overtaken says that another transaction changed what this one had looked at. The function runs again.
var errOvertaken = errors.New("postgres: another transaction was faster")

func isPassing(err error) bool {
	var p *pgconn.PgError
	return errors.Is(err, errOvertaken) || errors.Is(err, errTaken) || errors.As(err, &p) && passing[p.Code]
}

// isRefusal tells whether an error says no to what was asked, for a reason found in the database.
func isRefusal(err error) bool {
	var t *trouble
	e, ok := errors.AsType[*lockhouse.Error](err)
	return ok && !errors.As(err, &t) && e.Code != lockhouse.CodeUnavailable && e.Code != lockhouse.CodeInternal
}

// isLost tells whether the connection, or the server behind it, is of no more use. What was not committed on it is gone.
func isLost(err error) bool {
	var p *pgconn.PgError
	if errors.As(err, &p) {
		class := p.Code[:min(2, len(p.Code))]
		return class == "57" && p.Code != "57014" || class == "08" || p.Severity == "FATAL" || p.Code == readOnly || p.Code == planChanged
	}
	var n net.Error
	var c *pgconn.ConnectError
	return errors.As(err, &n) || errors.As(err, &c) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		pgconn.SafeToRetry(err) // "conn closed", which has no other name
}

func hasCode(err error, code string) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) && p.Code == code
}

// plain leaves out of an error what a log must not keep: PostgreSQL's detail quotes the row that it refused.
func plain(err error) error {
	var p *pgconn.PgError
	if errors.As(err, &p) {
		short := *p
		short.Detail, short.Where, short.InternalQuery = "", "", ""
		return &short
	}
	return err
}

func unreachable(cause error) error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The store can't be reached now; nothing was done. Try again in a minute.").Because(plain(cause))
}

func unknown(cause error) error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The store did not answer, and it is not known whether this was kept. Ask again in the same words.").Because(plain(cause))
}

func tooMuch() error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The network has too much to do at the moment; nothing was done. Try again in a second.").
		With("retry_after_s", 1)
}

func busy(cause error) error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "Too many want to change this at the moment; nothing was done. Try again in a second.").
		Because(plain(cause)).With("retry_after_s", 1)
}

func closed() error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The network is shutting down; nothing was done. Try again in a minute.")
}

func notDone(cause error) error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "It took too long to get to it; nothing was done. Try again.").Because(cause)
}

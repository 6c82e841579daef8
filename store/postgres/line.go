package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// statement is one SQL statement with its arguments, and what becomes of the answer.
type statement struct {
	sql   string
	args  []any
	read  func(*row)        // takes each row; nil where none is wanted
	fails func(error) error // says what an error means; nil where it means nothing in particular

	// alike says that it goes with others of its text in one statement (bundle.go), and row which row it writes; "" for one that
	// was not there.
	alike bool
	row   string

	// settled says that the transaction's own writes do not matter to the answer, although they are in the same table.
	settled bool

	// What follows is for questions in a group (group.go). One of those that are asked together, which may be asked again,
	// reads the same however often.
	key   string // the row that it locks; "" for none
	kind  string // if not "", the row's first column is its id, and both together name it too
	alone error  // why it can't be asked there; nil if it can
}

// line is a connection with its prepared statements. One goroutine uses it at a time.
type line struct{ pg *pgconn.PgConn }

// statementsKey is where a connection keeps the names of its prepared statements.
const statementsKey = "lockhouse statements"

// broken is a statement that failed, or the connection itself.
type broken struct {
	at    int  // which of the statements; those behind it were not run
	sent  bool // whether any of them may have reached the server
	cause error
}

// meant gives the error as what it means to the statement that failed.
func (b *broken) meant(list []statement) error {
	if fails := list[b.at].fails; fails != nil {
		return fails(b.cause)
	}
	return b.cause
}

// before tells whether it is certain that the statement with an index has had no effect: one in front of it failed, or
// nothing was sent at all.
func (b *broken) before(index int) bool {
	_, answered := errors.AsType[*pgconn.PgError](b.cause)
	return !b.sent || answered && b.at < index
}

// send runs statements one after the other in a single trip. It gives a *broken when one fails: those behind it have
// then not been run.
func (l line) send(list []statement) *broken {
	if l.pg.IsClosed() {
		return &broken{cause: net.ErrClosed}
	}
	if err := l.pg.Conn().SetDeadline(time.Now().Add(answerLimitS * time.Second)); err != nil {
		return &broken{cause: err}
	}
	batch := &pgconn.Batch{}
	for at, s := range list {
		name, err := l.prepared(s.sql)
		if err != nil {
			return &broken{at: at, cause: err}
		}
		values, formats, err := encoded(s.args)
		if err != nil {
			return &broken{at: at, cause: err}
		}
		batch.ExecPrepared(name, values, formats, binary)
	}
	return receive(l.pg.ExecBatch(context.Background(), batch), list) // the deadline ends it, and costs less than a watching goroutine
}

// receive gives each statement's rows to whom they are for. Whatever goes wrong here, the statements may have reached the
// server. (A connection that ends while its answer is waited for gives an error that pgconn.SafeToRetry takes for one of a
// connection that was closed before.)
func receive(results *pgconn.MultiResultReader, list []statement) *broken {
	at := 0
	for ; results.NextResult(); at++ {
		rows := results.ResultReader()
		for rows.NextRow() {
			if read := list[at].read; read != nil {
				read(&row{values: rows.Values()})
			}
		}
		if _, err := rows.Close(); err != nil {
			break
		}
	}
	if err := results.Close(); err != nil {
		return &broken{at: min(at, len(list)-1), sent: true, cause: err}
	}
	return nil
}

// prepared gives the name of a statement on this connection.
func (l line) prepared(sql string) (string, error) {
	names := l.pg.CustomData()[statementsKey].(map[string]string)
	if name, ok := names[sql]; ok {
		return name, nil
	}
	name := "s" + strconv.Itoa(len(names))
	if _, err := l.pg.Prepare(context.Background(), name, sql, nil); err != nil {
		return "", fmt.Errorf("prepare %q: %w", sql, err)
	}
	names[sql] = name
	return name, nil
}

package postgres

import (
	"errors"

	"lockhouse/store"
)

var (
	// errLeft says that a transaction left its group, or was left behind. Its function runs again, alone.
	errLeft = errors.New("postgres: the transaction left its group")
	// errTaken says that a row was another connection's. With the next group it may be free.
	errTaken = errors.New("postgres: another transaction has the row")
	// errHanded says that the group's connection is the transaction's own from now on.
	errHanded = errors.New("postgres: the connection is yours")
)

// member is one transaction of a group. Its function runs in its caller's goroutine; all but reply and verdict is the lane's.
type member struct {
	*group
	reply    chan error   // to a question; holds one
	verdict  chan outcome // in the end; holds one
	question []statement
	waitsFor string // the key of a row that it got and that was another's
	wrote    bool
	told     error // what the function returned
	state    state
}

type state int

const (
	running state = iota
	asking
	finished
	left // it goes on elsewhere
)

// outcome is how a member ended: with an error or none, or with nothing done, so that it must run again; or it has not ended
// yet, and does so by itself.
type outcome struct {
	err    error
	again  bool
	taken  bool // it may go better with the next group
	handed bool
}

// call is what a member has to say: a question, or that its function has returned.
type call struct {
	*member
	question []statement // nil: it has returned
	told     error
	writes   []statement
	alone    error // why it needs a connection of its own; nil if it does not
	broken   error // it can't go on here
}

func (m *member) shared() bool { return true }

// ask puts questions to the group. What depends on the member's own writes can only be asked alone: they are not sent
// before the function has returned.
func (m *member) ask(t *tx, questions []statement) error {
	c := call{member: m, question: questions, alone: questions[0].alone}
	if c.alone == nil && t.unsettled(questions) {
		c.alone = errLeft
	}
	m.calls <- c
	err := <-m.reply
	if err != errHanded {
		return err
	}
	t.way = &alone{line: m.line, begun: m.trips > 0} // the lane is done with both
	return t.way.ask(t, questions)
}

// ride runs a function as a member of the group, to its end.
func (m *member) ride(p *memory, do func(store.Tx) error) outcome {
	t := &tx{way: m, writes: true, memory: p}
	err := run(t, func(tx store.Tx) error { return t.knowing(do(tx)) })
	if way, ok := t.way.(*alone); ok {
		defer m.conn.Release()
		return outcome{err: way.told(t, way.end(t, err)), handed: true}
	}
	c := call{member: m, told: err, broken: t.broken}
	if err == nil {
		t.confirm()
		c.writes = t.waits
	}
	m.calls <- c
	end := <-m.verdict
	if end.handed {
		defer m.conn.Release()
		way := &alone{line: m.line, begun: m.trips > 0}
		end.err = way.told(t, way.end(t, err))
	}
	return end
}

// knowing gives what a function returned, unless that is a refusal that was made in ignorance.
func (t *tx) knowing(err error) error {
	if !isRefusal(err) || t.broken != nil {
		return err
	}
	come, failed := t.come(func(s statement) error { return t.ask(s) })
	switch {
	case failed != nil:
		return failed
	case come:
		return t.end(errTaken)
	}
	return err
}

package postgres

// alone is a transaction's way on a connection of its own.
type alone struct {
	line  line
	begun bool // BEGIN was sent
}

func (a *alone) shared() bool { return false }

// ask sends questions, behind the writes that their answers may depend on.
func (a *alone) ask(t *tx, questions []statement) error {
	list := a.begin(t)
	if t.unsettled(questions) {
		t.confirm()
		list = append(list, bundled(t.waits)...)
		t.waits = nil
	}
	err, _ := a.send(append(list, bundled(questions)...))
	return err
}

// begin gives what goes before the first statement.
func (a *alone) begin(t *tx) []statement {
	switch {
	case a.begun:
		return nil
	case t.writes:
		return []statement{{sql: beginUpdate}}
	}
	return []statement{{sql: beginView}}
}

// send gives the first error as what it means to the statement that failed, and how it came.
func (a *alone) send(list []statement) (error, *broken) {
	a.begun = true
	b := a.line.send(list)
	if b == nil {
		return nil, nil
	}
	return b.meant(list), b
}

// end commits, or takes everything back.
func (a *alone) end(t *tx, err error) error {
	switch {
	case t.broken != nil: // whatever the function made of it
		a.rollback()
		return meaning(t.broken)
	case err != nil:
		a.rollback()
		return err
	}
	return a.commit(t)
}

// told gives a refusal to the caller, unless it was made in ignorance. It looks when the transaction is over: a write may have
// been refused at its very end.
func (a *alone) told(t *tx, err error) error {
	if !isRefusal(err) {
		return err
	}
	come, failed := t.come(func(s statement) error {
		if b := a.line.send(bundled([]statement{s})); b != nil {
			return b.cause
		}
		return nil
	})
	switch {
	case failed != nil:
		return &trouble{again: true, told: unreachable(failed)}
	case come:
		return &trouble{again: true, told: busy(errOvertaken)}
	}
	return err
}

// commit sends what waits, and the commit behind it. PostgreSQL passes over the commit when one of them fails.
func (a *alone) commit(t *tx) error {
	t.confirm()
	if !a.begun && len(t.waits) == 0 {
		return nil
	}
	list := append(append(a.begin(t), bundled(t.waits)...), statement{sql: `COMMIT`})
	err, b := a.send(list)
	if err == nil {
		return nil
	}
	a.rollback()
	if t.writes && !b.before(len(list)-1) {
		return unknown(b.cause)
	}
	return meaning(err)
}

// rollback ends a transaction without its writes. A connection on which even that fails is closed, and its end is one too.
func (a *alone) rollback() {
	if a.begun && !a.line.pg.IsClosed() {
		_ = a.line.send([]statement{{sql: `ROLLBACK`}}) // the pool looks whether it worked
	}
}

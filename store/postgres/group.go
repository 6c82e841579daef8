package postgres

import (
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Limits of a group.
const (
	maxGroup    = 64 // transactions in one commit
	patienceMS  = 20 // for a function that computes; beyond it the others go on without it
	groupLocks  = `SET LOCAL lock_timeout = 250`
	groupTries  = 3 // of a transaction that meets a taken row in a group; then it runs alone, and waits for the row
	callsOfEach = 2 // that nobody may read any more: a question, and the end
)

// group is some transactions in one of PostgreSQL's: their questions travel together, trip by trip, and so do their writes and
// the commit. Each looks at the others' work only when they have done it: a row that one has locked is answered to the next
// when the first has finished. What one has written is sent when its function has returned, so one that fails leaves nothing.
// All are answered together, when the commit is durable: what a function was refused for may be a neighbour's work.
//
// When anything goes wrong in PostgreSQL the whole group is rolled back, and each of its transactions runs alone. One that is
// by itself in its group is handed the connection as soon as it needs one of its own.
type group struct {
	conn    *pgxpool.Conn
	line    line
	calls   chan call
	all     []*member
	running int                // members whose functions are computing
	asking  []*member          // those that wait for an answer, in the order of their questions
	writes  [][]statement      // of each that has finished
	owners  map[string]*member // who has locked what, and has not finished
	trips   int
	hurried bool // PostgreSQL was told not to wait long for locks
	handed  bool // the connection is the only member's now
}

func newGroup(c *pgxpool.Conn) *group {
	return &group{conn: c, line: line{c.Conn().PgConn()}, calls: make(chan call, callsOfEach*maxGroup), owners: map[string]*member{}}
}

// admit gives a waiting Update its place.
func (g *group) admit(w *waiter) {
	if !w.claim() {
		return
	}
	m := &member{group: g, reply: make(chan error, 1), verdict: make(chan outcome, 1)}
	g.all = append(g.all, m)
	g.running++
	w.seat <- m
}

// run takes the group from its first question to its commit. Others may come in on the way.
func (g *group) run(waiting <-chan *waiter) {
	patience := time.NewTimer(patienceMS * time.Millisecond)
	defer patience.Stop()
	for g.gather(waiting, patience) {
		if !g.trip() {
			return
		}
	}
	if !g.handed {
		g.commit()
	}
}

// gather waits until every function has asked something or returned, and tells whether there is anything to ask.
func (g *group) gather(waiting <-chan *waiter, patience *time.Timer) (more bool) {
	patience.Reset(patienceMS * time.Millisecond)
	for g.invite(waiting); g.running > 0; g.invite(waiting) {
		select {
		case c := <-g.calls:
			g.hear(c)
		case <-patience.C:
			g.goOn()
		}
	}
	return len(g.asking) > 0
}

// invite lets those come in that wait at this moment, as long as nothing was sent: PostgreSQL's transaction is then younger than all
// that they know to be done, and so are the numbers of their events.
func (g *group) invite(waiting <-chan *waiter) {
	for len(g.all) < maxGroup && g.trips == 0 && !g.handed {
		select {
		case w := <-waiting:
			if w == nil { // the store was closed
				return
			}
			g.admit(w)
		default:
			return
		}
	}
}

// goOn stops waiting for functions that compute.
func (g *group) goOn() {
	for _, m := range g.all {
		if m.state == running {
			g.alone(m, errLeft)
		}
	}
}

func (g *group) hear(c call) {
	m := c.member
	switch {
	case m.state == left:
	case c.broken != nil:
		g.leave(m, c.broken)
	case c.alone != nil:
		g.alone(m, c.alone)
	case c.question != nil:
		g.running--
		m.question, m.waitsFor, m.state = c.question, "", asking
		g.asking = append(g.asking, m)
	default:
		g.running--
		m.state, m.told = finished, c.told
		if m.wrote = len(c.writes) > 0; m.wrote {
			g.writes = append(g.writes, c.writes)
		}
		g.release(m)
	}
}

// alone gives a member the connection, if nobody else's work is on it; or lets it go.
func (g *group) alone(m *member, why error) {
	if len(g.all) > 1 {
		g.leave(m, why)
		return
	}
	g.handed, m.state = true, left
	g.running--
	m.reply <- errHanded
	m.verdict <- outcome{handed: true}
}

// leave lets a member go: whatever it asks or says next, it runs again elsewhere.
func (g *group) leave(m *member, why error) {
	if m.state == running {
		g.running--
	}
	g.asking = slices.DeleteFunc(g.asking, func(a *member) bool { return a == m })
	m.state = left
	g.release(m)
	m.reply <- errLeft
	m.verdict <- outcome{again: true, taken: why == errTaken}
}

// release gives back what a member had locked.
func (g *group) release(m *member) {
	for key, owner := range g.owners {
		if owner == m {
			delete(g.owners, key)
		}
	}
}

// trip sends what has been written and asked. It is false when the group has failed.
func (g *group) trip() bool {
	asked := g.askable()
	var questions [][]statement
	for _, m := range asked {
		questions = append(questions, g.asked(m))
	}
	list := append(g.opening(), bundled(questions...)...)
	if b := g.line.send(list); b != nil {
		_ = b.meant(list) // each is told by itself when it runs alone; but what was remembered wrongly is forgotten now
		g.fail()
		return false
	}
	for _, m := range asked {
		g.answer(m)
	}
	return true
}

// opening gives what goes before the questions of a trip: BEGIN if it is the first, and the writes of those that finished.
func (g *group) opening() (list []statement) {
	if g.trips == 0 {
		list = append(list, statement{sql: beginUpdate})
	}
	if len(g.all) > 1 && !g.hurried {
		list = append(list, statement{sql: groupLocks})
		g.hurried = true
	}
	list = append(list, bundled(g.writes...)...)
	g.writes = nil
	g.trips++
	return list
}

// askable gives those whose questions can be asked now, in the order of what they lock: two groups that lock the same rows
// should do it in the same order. Where all wait for each other the last one leaves.
func (g *group) askable() (list []*member) {
	for {
		for _, m := range g.asking {
			if g.claimAll(m) {
				list = append(list, m)
			}
		}
		if len(list) > 0 || len(g.asking) == 0 {
			break
		}
		g.leave(g.asking[len(g.asking)-1], errTaken)
	}
	slices.SortStableFunc(list, func(a, b *member) int { return strings.Compare(a.question[0].key, b.question[0].key) })
	return list
}

// claimAll makes a member the owner of all that its questions lock, as far as they name it.
func (g *group) claimAll(m *member) bool {
	for _, q := range m.question {
		if !g.claim(m, q.key) {
			return false
		}
	}
	return g.claim(m, m.waitsFor)
}

// claim makes a member the owner of what a key names, unless another is.
func (g *group) claim(m *member, key string) bool {
	if key == "" {
		return true
	}
	if owner := g.owners[key]; owner != nil {
		return owner == m
	}
	g.owners[key] = m
	return true
}

// asked gives a member's questions. They find out on the way whether a row that they get is another member's: then those
// behind it are of no use either, and all are asked again.
func (g *group) asked(m *member) []statement {
	list := slices.Clone(m.question)
	m.waitsFor = ""
	for i, s := range list {
		if s.read == nil {
			continue
		}
		list[i].read = func(r *row) {
			if s.kind != "" && m.waitsFor == "" {
				if key := s.kind + string(r.values[0]); !g.claim(m, key) {
					m.waitsFor = key
				}
			}
			if m.waitsFor == "" {
				s.read(r)
			}
		}
	}
	return list
}

// answer lets a member go on, unless the row that it got is another's: then it asks again when that one has finished.
func (g *group) answer(m *member) {
	if m.waitsFor != "" {
		return
	}
	g.asking = slices.DeleteFunc(g.asking, func(a *member) bool { return a == m })
	m.state = running
	g.running++
	m.reply <- nil
}

// commit sends the last writes and makes everything durable, and then says so.
func (g *group) commit() {
	if g.trips == 0 && len(g.writes) == 0 {
		g.tell(nil)
		return
	}
	list := append(g.opening(), statement{sql: `COMMIT`})
	b := g.line.send(list)
	switch {
	case b == nil:
		g.tell(nil)
	case b.before(len(list) - 1):
		_ = b.meant(list)
		g.fail()
	default:
		g.rollback()
		g.tell(unknown(b.cause))
	}
}

// tell ends those that have finished. Where nobody knows what was kept, those that wrote are told so; the others run again.
func (g *group) tell(lost error) {
	for _, m := range g.all {
		switch {
		case m.state != finished:
		case lost == nil:
			m.verdict <- outcome{err: m.told}
		case m.wrote:
			m.verdict <- outcome{err: lost}
		default:
			m.verdict <- outcome{again: true}
		}
	}
}

// fail takes everything back and lets each run alone.
func (g *group) fail() {
	g.rollback()
	for _, m := range g.all {
		switch m.state {
		case finished:
			m.verdict <- outcome{again: true}
		case running, asking:
			g.leave(m, errLeft)
		}
	}
}

func (g *group) rollback() {
	if g.trips > 0 && !g.line.pg.IsClosed() {
		_ = g.line.send([]statement{{sql: `ROLLBACK`}}) // the pool looks whether it worked
	}
}

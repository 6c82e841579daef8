package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"

	"lockhouse"
	"lockhouse/store"
)

// Limits of the writer.
const (
	maxQueued = 4_096 // transactions waiting; beyond them the store says that it is busy, at once
	maxGroup  = 256   // transactions in one commit
)

// writer runs transactions one after the other and commits them in groups: while one group is synced to disk, the next
// gathers. One that fails takes back its own writes and nobody else's. That is rare where it had written something, so it
// is then that the group is taken back and run again with a savepoint for each; a savepoint copies each page that is
// written in it, and as a rule for nothing.
type writer struct {
	conn  *conn
	queue chan *job
	done  sync.WaitGroup
	log   *checkpointer
	pages int // of log, after the last commit

	told atomic.Pointer[func(store.Group)] // nil: nobody wants to know

	mu      sync.RWMutex // held to put into the queue; for writing, to close it
	stopped bool
}

// job is one transaction that waits for its turn.
type job struct {
	ctx    context.Context
	do     func(store.Tx) error
	since  time.Time   // it waits
	turn   atomic.Bool // claimed by the writer to run it, or by its caller to take it out
	answer chan error  // holds one
}

func startWriter(c *conn, log *checkpointer) *writer {
	w := &writer{conn: c, queue: make(chan *job, maxQueued), log: log}
	c.WALHook(func(_ *sqlite3.Conn, _ string, pages int) error { w.pages = pages; return nil }) // in the place of SQLite's own
	w.done.Go(w.run)
	return w
}

// close lets what waits be done, then closes the connection, which moves the log into the file. It is called once.
func (w *writer) close() error {
	w.mu.Lock()
	w.stopped = true
	close(w.queue)
	w.mu.Unlock()
	w.done.Wait()
	return errors.Join(w.log.close(), w.conn.Close())
}

func (w *writer) update(ctx context.Context, do func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return notDone(err)
	}
	j := &job{ctx: ctx, do: do, since: time.Now(), answer: make(chan error, 1)}
	if err := w.put(j); err != nil {
		return err
	}
	select {
	case err := <-j.answer:
		return err
	case <-ctx.Done():
	}
	if j.turn.CompareAndSwap(false, true) {
		return notDone(ctx.Err())
	}
	return <-j.answer
}

func (w *writer) put(j *job) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.stopped {
		return closed()
	}
	select {
	case w.queue <- j:
		return nil
	default:
		return lockhouse.Refuse(lockhouse.CodeUnavailable, "The network has too much to do at the moment; nothing was done. Try again in a second.")
	}
}

func (w *writer) run() {
	for j := range w.queue {
		if kept := w.group(j); !kept {
			w.log.soon()
		}
		w.log.after(w.conn, w.pages)
	}
}

// group runs a job and those that wait behind it in one transaction, and answers all of them when it is durable. One that is
// refused waits with the others: what it was refused for may be a neighbour's work, which nobody else can see yet. False says
// that the disk did not take it.
func (w *writer) group(j *job) (kept bool) {
	waited := time.Since(j.since)
	if err := w.conn.begin(`BEGIN IMMEDIATE`); err != nil {
		j.answer <- notKept(err)
		return false
	}
	var all []outcome
	for n := 0; j != nil; n++ {
		if w.claim(j) {
			all = append(all, outcome{job: j})
			w.try(all)
		}
		if w.conn.GetAutocommit() { // SQLite gave up the whole transaction: a full disk, a failing one
			answer(all, notKept(all[len(all)-1].err))
			return false
		}
		if j = nil; n < maxGroup {
			j = w.waiting()
		}
	}
	began := time.Now()
	err := w.conn.run(`COMMIT`)
	if err != nil {
		if !w.conn.GetAutocommit() {
			err = errors.Join(err, w.conn.run(`ROLLBACK`))
		}
		err = failed(err)
	}
	took := time.Since(began)
	answer(all, err)
	if told := w.told.Load(); told != nil {
		(*told)(store.Group{Transactions: len(all), Waited: waited, Took: took})
	}
	return err == nil
}

// outcome is what came of a job, and is said when its group is durable.
type outcome struct {
	*job
	err error
}

// answer says what came of each job, or of all of them that their group failed.
func answer(all []outcome, failed error) {
	for _, o := range all {
		if failed != nil {
			o.err = failed
		}
		o.answer <- o.err
	}
}

// waiting gives the next job if there is one.
func (w *writer) waiting() *job {
	select {
	case j := <-w.queue: // nil when the queue was closed
		return j
	default:
		return nil
	}
}

// claim takes a job from its caller, unless that has gone.
func (w *writer) claim(j *job) bool {
	if !j.turn.CompareAndSwap(false, true) {
		return false
	}
	if err := j.ctx.Err(); err != nil {
		j.answer <- notDone(err)
		return false
	}
	return true
}

// try runs the last of a group.
func (w *writer) try(all []outcome) {
	last := &all[len(all)-1]
	before := w.conn.TotalChanges()
	last.err = meaning(w.do(last.job))
	if last.err == nil || w.conn.TotalChanges() == before || w.conn.GetAutocommit() {
		return
	}
	if err := errors.Join(w.conn.run(`ROLLBACK`), w.conn.begin(`BEGIN IMMEDIATE`)); err != nil {
		last.err = err // and the group is over
		return
	}
	if len(all) == 1 { // it had no neighbours
		return
	}
	for i := range all {
		if all[i].err = w.one(all[i].job); w.conn.GetAutocommit() {
			last.err = all[i].err
			return
		}
	}
}

// one runs a job in a savepoint.
func (w *writer) one(j *job) error {
	if err := w.conn.run(`SAVEPOINT one`); err != nil {
		return notKept(err)
	}
	err := w.do(j)
	if err == nil {
		if err = w.conn.run(`RELEASE one`); err == nil {
			return nil
		}
	}
	return meaning(w.takeBack(err))
}

// meaning says what an error of the store's own means to whoever wanted something of it.
func meaning(err error) error {
	switch {
	case unwell(err):
		return notKept(err)
	case errors.Is(err, sqlite3.CONSTRAINT_TRIGGER):
		return elsewhere(err)
	}
	return err
}

// takeBack undoes what a failed job wrote, and gives the error it failed with.
func (w *writer) takeBack(err error) error {
	if w.conn.GetAutocommit() {
		return err
	}
	if undone := errors.Join(w.conn.run(`ROLLBACK TO one`), w.conn.run(`RELEASE one`)); undone != nil {
		return errors.Join(err, undone)
	}
	return err
}

// do runs a job's function. One that panics has failed; its neighbours go on.
func (w *writer) do(j *job) (err error) {
	t := &tx{conn: w.conn}
	defer func() {
		t.conn = nil // a transaction that outlives its function is a fault: let it show at once
		if p := recover(); p != nil {
			err = fmt.Errorf("a transaction panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return j.do(t)
}

// failed and notKept say the same of the disk: of a full one SQLite's file layer says no more than that writing failed.
func failed(cause error) error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The network can't write, because its disk is full or fails, and it is not known whether this was kept. "+
		"It goes on by itself when there is room on the disk. Then ask again in the same words.").Because(cause)
}

func notKept(cause error) error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The network can't write, because its disk is full or fails; nothing was done. "+
		"It goes on by itself when there is room on the disk. Then ask again.").Because(cause)
}

// unwell tells whether it is the machine that fails, and not what was asked of the store.
func unwell(err error) bool {
	for _, code := range []sqlite3.ErrorCode{sqlite3.FULL, sqlite3.IOERR, sqlite3.CANTOPEN, sqlite3.NOMEM, sqlite3.READONLY, sqlite3.BUSY} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

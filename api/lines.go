package api

import (
	"context"
	"sync"
)

// lines are the lockers' open connections, one a locker: when a locker calls again, the older line is dead or soon will
// be, and is ended.
type lines struct {
	mu     sync.Mutex
	open   map[string]*line
	ends   map[int]context.CancelFunc
	count  int
	closed bool
	wait   sync.WaitGroup
}

// run lets one connection talk until it ends, ctx ends, or all lines are closed.
func (ls *lines) run(ctx context.Context, talk func(context.Context) error) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	ls.mu.Lock()
	if ls.closed {
		ls.mu.Unlock()
		return context.Canceled
	}
	ls.count++
	number := ls.count
	ls.ends[number] = end
	ls.wait.Add(1)
	ls.mu.Unlock()
	defer func() {
		ls.mu.Lock()
		delete(ls.ends, number)
		ls.mu.Unlock()
		ls.wait.Done()
	}()
	return talk(ctx)
}

func (ls *lines) enter(locker string, l *line) {
	ls.mu.Lock()
	older := ls.open[locker]
	ls.open[locker] = l
	ls.mu.Unlock()
	if older != nil {
		older.end()
	}
}

func (ls *lines) leave(locker string, l *line) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.open[locker] == l {
		delete(ls.open, locker)
	}
}

// close ends every line and waits for what they were writing down.
func (ls *lines) close() {
	ls.mu.Lock()
	ls.closed = true
	for _, end := range ls.ends {
		end()
	}
	ls.mu.Unlock()
	ls.wait.Wait()
}

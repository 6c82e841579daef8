package notice

import (
	"context"
	"sync"
)

// flight is a sweep's mails on their way to the server: those that wait for a line, and those that have one.
type flight struct {
	under   map[int64]bool // notices of which nobody knows yet what became
	waiting chan letter    // as many as may be under way, so that handing on waits for nothing
	ended   chan outcome
	working sync.WaitGroup
}

// takeOff has each line wait for mails.
func (s *Sender) takeOff(ctx context.Context) *flight {
	f := &flight{under: map[int64]bool{}, waiting: make(chan letter, maxAtOnce), ended: make(chan outcome, maxAtOnce)}
	for i := range s.lines {
		f.working.Go(func() {
			for l := range f.waiting {
				if ctx.Err() == nil { // what its end leaves unsent is due as before
					f.ended <- s.fly(ctx, &s.lines[i], l)
				}
			}
		})
	}
	return f
}

// fly sends one mail and says what became of it.
func (s *Sender) fly(ctx context.Context, on *line, l letter) outcome {
	began := s.now()
	o := s.outcome(l.notice, s.send(context.WithoutCancel(ctx), on, l))
	on.used = s.now()
	s.tell(*o, began)
	return *o
}

// hand hands mails to the lines.
func (f *flight) hand(letters []letter) {
	for _, l := range letters {
		f.under[l.notice.ID] = true
		f.waiting <- l
	}
}

// landed waits until half as many as may be under way have ended, or all that are, and gives what became of them. It gives
// what there is when ctx ends.
func (f *flight) landed(ctx context.Context) (all []outcome) {
	for least := min(len(f.under), maxAtOnce/2); len(all) < least; {
		select {
		case o := <-f.ended:
			delete(f.under, o.notice.ID)
			all = append(all, o)
		case <-ctx.Done():
			return all
		}
	}
	return all
}

// end takes back what no line has begun, waits for the others, and gives what became of them.
func (f *flight) end() (all []outcome) {
	for len(f.waiting) > 0 {
		select {
		case <-f.waiting:
		default: // a line was quicker
		}
	}
	close(f.waiting)
	f.working.Wait()
	close(f.ended)
	for o := range f.ended {
		all = append(all, o)
	}
	return all
}

// hangUp ends connections, once no line works.
func (s *Sender) hangUp(which func(*line) bool) {
	for i := range s.lines {
		if which(&s.lines[i]) {
			s.lines[i].hangUp()
		}
	}
}

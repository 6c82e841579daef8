package ble

import "sync"

// crew does work that nobody waits for until the end: closing sessions, sending phones away. Once dismissed it takes
// nothing new.
type crew struct {
	mu        sync.Mutex
	dismissed bool
	working   sync.WaitGroup
}

// do runs work aside, or at once when the crew is dismissed.
func (c *crew) do(work func()) {
	if !c.start(work) {
		work()
	}
}

func (c *crew) start(work func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dismissed {
		c.working.Go(work)
	}
	return !c.dismissed
}

// dismiss waits for all that is under way.
func (c *crew) dismiss() {
	c.mu.Lock()
	c.dismissed = true
	c.mu.Unlock()
	c.working.Wait()
}

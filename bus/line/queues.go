package line

import "lockhouse/watch"

// Queues are lockers' messages that wait for a hand, and lockers that wait to be let in, at the desk that there is at each
// look: nil while there is none.
func Queues(desk func() *Desk) []watch.Queue {
	count := func(how func(*Desk) int) func() int {
		return func() int {
			if d := desk(); d != nil && d.open.Load() {
				return how(d)
			}
			return 0
		}
	}
	return []watch.Queue{
		{Name: "lockers' messages", Bound: hands * handHeld, Beyond: "The next is refused as unavailable; its locker says it again.", Length: count((*Desk).waiting)},
		{Name: "lockers calling", Bound: maxCalling, Beyond: "The next is not let in, and calls again.", Length: count(func(d *Desk) int { return len(d.calling) })},
	}
}

func (d *Desk) waiting() (all int) {
	for _, held := range d.held {
		all += len(held)
	}
	return all
}

package uplink

import (
	"slices"
	"sync"
	"testing"
	"time"

	"lockhouse/wire"
)

// TestRetiredLockerAsksUntilItIsNoted: a locker that said that it takes nothing more keeps its keys, and calls, until the network says in a
// welcome, signed, that this is noted. Its word, or the network's, may be lost on the way; nobody else's word does.
func TestRetiredLockerAsksUntilItIsNoted(t *testing.T) {
	var mu sync.Mutex
	var said []string
	note := func(what string) { mu.Lock(); defer mu.Unlock(); said = append(said, what) }
	calls := 0
	forgot := make(chan struct{})
	u, wait := network(t, newAgent(0), func(p peer) {
		calls++
		if _, err := p.hear(); err != nil {
			return
		}
		welcome := wire.Welcome{Time: []byte("signed")}
		switch {
		case calls == 3:
			return // noted, and the welcome lost
		case calls == 4:
			welcome.Command = []byte("forged: leave")
		case calls > 4:
			welcome.Command = []byte("signed: leave")
		}
		if p.say(welcome) != nil || calls > 2 {
			_, _ = p.hear() // whatever it says then
			return
		}
		_ = p.say(wire.Command{Command: []byte("signed: retire")})
		for {
			m, err := p.hear()
			if err != nil {
				return
			}
			if done, ok := m.(wire.Done); ok {
				note(string(done.Outcome)) // the first is lost: the network asks again
				return
			}
		}
	})
	u.firstWait, u.mostWait = time.Millisecond, time.Millisecond
	u.pingEvery = time.Millisecond
	u.Retire = sync.OnceFunc(func() { note("forgets"); close(forgot) })
	running(t, u, wait)
	<-forgot
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(said, []string{"done", "done", "forgets"}) {
		t.Errorf("%v in %d calls", said, calls)
	}
}

package world_test

import (
	"net/http"
	"testing"
	"time"

	"lockhouse/internal/longtest"
)

// A locker that is retired says that it takes nothing more, calls again, hears that this is noted, and forgets its keys: all of it between
// the network's own chores and the locker's own line, whatever is lost in between by a network that is stopped.
func TestRetiredLockerForgetsItsKeys(t *testing.T) {
	longtest.Only(t) // the network asks once a minute
	t.Parallel()
	s := raiseWithoutRadio(t, 1)
	var r struct {
		DoneAt *time.Time `json:"done_at"`
	}
	retire := func() {
		s.ask(http.MethodPost, "/v1/operator/lockers/"+string(s.stand().Noun.ID)+"/retire", s.Keys().Operator, map[string]any{"forced": false, "stolen": false}, &r)
	}
	retire()
	must(t, s.StopNetwork())
	must(t, s.StartNetwork(t.Context()))
	for end := time.Now().Add(3 * time.Minute); r.DoneAt == nil || s.stand().HasKeys(); time.Sleep(time.Second) {
		if time.Now().After(end) {
			t.Fatalf("done: %v, keys: %t", r.DoneAt, s.stand().HasKeys())
		}
		retire() // twice is as good as once, and says how far it is
	}
}

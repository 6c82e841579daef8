package world_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"lockhouse/edge/agent"
)

// An operator takes a compartment out of service: the locker hears of it, at once and after it was off, and says so; and it
// says how it is when it is asked.
func TestOperatorAndLocker(t *testing.T) {
	t.Parallel()
	s := raiseWithoutRadio(t, 1)
	here := "/v1/operator/lockers/" + string(s.stand().Noun.ID)
	set := func(number int, out bool) {
		s.ask(http.MethodPut, fmt.Sprintf("%s/compartments/%d", here, number), s.Keys().Operator, map[string]any{"out_of_service": out}, nil)
	}
	keepsTo := func(numbers ...int) {
		t.Helper()
		s.until(fmt.Sprintf("the locker keeps %v out of service, and says so", numbers), func() bool {
			var site struct {
				Lockers []struct {
					Desired uint64 `json:"desired_version"`
					Actual  uint64 `json:"actual_version"`
				} `json:"lockers"`
			}
			s.ask(http.MethodGet, "/v1/operator/sites/"+string(s.stand().Site.ID), s.Keys().Operator, nil, &site)
			l := site.Lockers[0]
			return l.Desired == l.Actual && slices.Equal(outOfService(s.stand().Agent()), numbers)
		})
	}
	set(3, true)
	keepsTo(3)
	must(t, s.stand().Off())
	set(5, true)
	must(t, s.stand().On(nil))
	keepsTo(3, 5)
	set(3, false)
	keepsTo(5)
	var said struct{ Outcome string }
	s.ask(http.MethodPost, here+"/report", s.Keys().Operator, nil, &said)
	if said.Outcome != "done" {
		t.Errorf("asked how it is, and the locker says %q", said.Outcome)
	}
	must(t, s.StopNetwork())
	must(t, s.stand().Off())
	must(t, s.stand().On(nil))
	if out := outOfService(s.stand().Agent()); !slices.Equal(out, []int{5}) {
		t.Errorf("started without a network, and %v are out of service", out)
	}
	must(t, s.StartNetwork(t.Context()))
	keepsTo(5)
}

func outOfService(a *agent.Agent) (numbers []int) {
	for _, v := range a.Doors() {
		if v.OutOfService {
			numbers = append(numbers, v.Number)
		}
	}
	return numbers
}

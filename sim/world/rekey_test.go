package world_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"lockhouse/wire/phone"
)

// rekeys has the operator ask the locker for new keys, and waits until it uses them.
func (s *stage) rekeys() {
	s.t.Helper()
	var said struct{ Outcome string }
	s.ask(http.MethodPost, s.keys(), s.Keys().Operator, map[string]any{"anew": false}, &said)
	if said.Outcome != "done" {
		s.t.Errorf("asked for other keys, the locker says %q", said.Outcome)
	}
	s.until("the locker uses its new keys", func() bool {
		var site struct {
			Lockers []struct {
				Keys struct {
					Number int
					Former bool `json:"takes_former"`
				}
			}
		}
		s.ask(http.MethodGet, "/v1/operator/sites/"+string(s.stand().Site.ID), s.Keys().Operator, nil, &site)
		return site.Lockers[0].Keys.Number == 1 && site.Lockers[0].Keys.Former
	})
}

func (s *stage) keys() string { return "/v1/operator/lockers/" + string(s.stand().Noun.ID) + "/keys" }

// pin is what the recipient reads on their page.
func (p *person) pin() string {
	p.stage.t.Helper()
	var list struct{ Parcels []struct{ PIN string } }
	p.ask(http.MethodGet, "/v1/recipient/parcels", nil, &list)
	return list.Parcels[0].PIN
}

// TestRekeyedLocker: a locker changes its keys, with parcels inside, while nobody visits it. Then the network is gone: what people have fetched
// before opens, a recipient's grant, a courier's sheet, a PIN; and all of it is in receipts that the network takes, as is what was fetched since. After a
// theft what was fetched for the former keys is ended at once.
func TestRekeyedLocker(t *testing.T) {
	t.Parallel()
	s := raise(t, 1)
	mine, theirs, brought, late := s.order(), s.order(), s.order(), s.order()
	s.dropOff(mine)
	two := s.dropOff(theirs)
	s.dropOff(late)
	before, courier, tardy, pin := s.recipient(mine), s.courier(brought), s.recipient(late), s.recipient(theirs).pin()
	s.rekeys()

	must(t, s.StopNetwork())
	steel := s.stand().Cabinet
	link := before.dial() // by the name that it knows
	_, news, err := before.shows(link)
	must(t, err)
	s.opens(news.Compartment)
	_, err = steel.Take(news.Compartment)
	must(t, err)
	must(t, steel.Shut(news.Compartment))
	link.Close()
	must(t, s.stand().Agent().EnterPIN(pin))
	s.opens(two)
	_, err = steel.Take(two)
	must(t, err)
	must(t, steel.Shut(two))
	link = courier.dial()
	_, news, err = courier.shows(link)
	must(t, err)
	s.opens(news.Compartment)
	must(t, steel.Put(news.Compartment, brought.tracking))
	must(t, steel.Shut(news.Compartment))
	link.Close()

	must(t, s.StartNetwork(t.Context()))
	s.becomes(mine, "collected")
	s.becomes(theirs, "collected")
	s.becomes(brought, "dropped_off")
	since := s.recipient(brought)
	if !slices.Contains(since.names, before.name) { // which the locker keeps for a day, for who knows no other
		t.Errorf("the locker is to be found as %v, and it is %s", since.names, before.name)
	}
	since.name = before.name
	s.collect(since, brought)
	s.ask(http.MethodPost, s.keys()+"/forget", s.Keys().Operator, map[string]any{"forced": true}, nil)
	var said struct{ Outcome string }
	s.until("the locker has forgotten its former keys", func() bool {
		s.ask(http.MethodPost, "/v1/operator/lockers/"+string(s.stand().Noun.ID)+"/report", s.Keys().Operator, nil, &said)
		return !s.stand().Agent().Health().FormerKeys
	})
	pulses := s.pulses()
	near, err := phone.Within(func(send func([]byte) error) (phone.Session, error) {
		return s.stand().Agent().Connect("tardy", 247, send)
	})
	must(t, err)
	if _, _, err := tardy.shows(near); !errors.Is(err, phone.ErrLink) || s.pulses() != pulses {
		t.Errorf("what was fetched for the former keys: %v", err)
	}
}

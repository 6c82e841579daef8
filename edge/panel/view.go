package panel

import (
	"bytes"
	"math"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"lockhouse"
	"lockhouse/wire"
)

// view is what the screen shows.
type view struct {
	Name      string      `json:"name"`
	Language  string      `json:"language"`
	Languages []string    `json:"languages"`
	Entry     string      `json:"entry"`
	Answer    *answerView `json:"answer"`
	Door      *doorView   `json:"door"`
	Busy      bool        `json:"busy"`   // a door is being opened, or is not shut
	WaitS     int         `json:"wait_s"` // until a PIN alone is taken again
	Scanner   bool        `json:"scanner"`
	Touch     bool        `json:"touch"`     // the page has keys
	Presence  string      `json:"presence"`  // for who opens from a page over the network; "" where none is needed
	LineDown  bool        `json:"line_down"` // a code would be shown, but there is no network just now
	Front     []boxView   `json:"front"`
}

type answerView struct {
	Code  lockhouse.Code `json:"code"`
	WaitS int            `json:"wait_s"`
}

// doorView is the door that was opened here last: "opening", "open", "not_opened", "shut", "left_open" or "unknown".
type doorView struct {
	Number int    `json:"number"`
	State  string `json:"state"`
}

// boxView is a door's place on the front, for the drawing.
type boxView struct {
	Number  int `json:"number"`
	Column  int `json:"column"`
	Row     int `json:"row"`
	FloorMM int `json:"floor_mm"`
}

var doorStates = map[wire.DoorEvent]string{
	0: "opening", wire.DoorOpened: "open", wire.DoorTimeout: "not_opened", wire.DoorClosed: "shut", wire.DoorLeftOpen: "left_open", wire.DoorUnknown: "unknown",
}

// over tells whether nothing more is to come of a door.
func over(e wire.DoorEvent) bool { return e == wire.DoorClosed || e == wire.DoorTimeout }

func leftOpen(e wire.DoorEvent) bool { return e == wire.DoorLeftOpen }

func (p *Panel) view(now time.Time) view {
	at := p.locker.AtPanel()
	v := view{
		Name: p.Name, Language: p.language, Languages: p.Languages, Entry: p.entry, Busy: at.Busy, WaitS: at.WaitS, Presence: at.Presence, LineDown: at.LineDown,
		Touch: p.Touch, Scanner: p.has().Scanner,
	}
	if p.answer != nil {
		v.Answer = &answerView{p.answer.code, int(max(0, math.Ceil(p.answer.until.Sub(now).Seconds())))}
	}
	stale := over(at.Event) && (now.Sub(at.At) >= showDoorS*time.Second || !at.At.After(p.closedDoor))
	if at.Door != 0 && !stale {
		v.Door = &doorView{at.Door, doorStates[at.Event]}
	}
	for _, d := range p.locker.Doors() {
		v.Front = append(v.Front, boxView{d.Number, d.Column, d.Row, d.FloorMM})
	}
	return v
}

// shown is the view of the moment, for whoever watches.
type shown struct {
	mu      sync.Mutex
	text    []byte
	changed chan struct{} // closed at the next change
}

func (s *shown) set(v view) {
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return // a view has nothing that JSON has not
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes.Equal(text, s.text) {
		return
	}
	if s.changed != nil {
		close(s.changed)
	}
	s.text, s.changed = text, make(chan struct{})
}

func (s *shown) look() (text []byte, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text, s.changed
}

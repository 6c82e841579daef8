// Package street is where the virtual lockers stand: a web server with each locker's front as a page, on which a click
// does what a hand does, and with the demo radio, by which browsers without Bluetooth speak Latch to a virtual locker.
//
// It is a stand-in for a pavement, not for the product: the network knows no more of it than the address of the demo
// radio, and a real locker has neither.
package street

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"

	"lockhouse"
)

// Stand is one virtual locker on the street.
type Stand struct {
	ID           lockhouse.LockerID
	Name         string
	Site         lockhouse.Site
	Compartments []lockhouse.Compartment
	Cabinet      Cabinet
	Latch        Latch
	Panel        string // address of the locker's panel on this machine
}

// Cabinet is the steel: doors, springs, and what lies behind them.
type Cabinet interface {
	Doors() []Door
	// Changed gives a channel that closes at the next change of any door: take it before looking.
	Changed() <-chan struct{}
	// Hand does to a door what a person can do; an error says why it can't be done.
	Hand(number int, act Act) error
}

// Door is one door as a passer-by sees it.
type Door struct {
	Number int    `json:"number"`
	Open   bool   `json:"open"`
	Inside bool   `json:"inside"`
	Fault  string `json:"fault"` // "" or "jammed"
}

// Act is what a hand does at a door.
type Act string

// The acts. Jam makes the door stick, Free mends it.
const (
	ActPut  Act = "put"
	ActTake Act = "take"
	ActShut Act = "shut"
	ActJam  Act = "jam"
	ActFree Act = "free"
)

// Street serves the fronts and the demo radio of its stands.
type Street struct {
	stands []Stand
	sizes  lockhouse.Sizes
	log    *slog.Logger
}

// New makes a street of these lockers.
func New(stands []Stand, sizes lockhouse.Sizes, log *slog.Logger) *Street {
	return &Street{stands: stands, sizes: sizes, log: log}
}

// Handler serves the street; pages is the file server of the built pages. allowed lists the origins whose pages may
// use the demo radio.
func (s *Street) Handler(pages http.Handler, allowed []string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/lockers", s.list)
	mux.HandleFunc("GET /api/lockers/{id}/doors", s.at(s.watchDoors))
	mux.HandleFunc("POST /api/lockers/{id}/doors/{number}/{act}", s.at(s.hand))
	mux.HandleFunc("GET /radio/{id}", s.at(func(w http.ResponseWriter, r *http.Request, stand Stand) {
		s.radio(w, r, stand, allowed)
	}))
	mux.HandleFunc("GET /panel/{id}/{rest...}", s.at(panel))
	mux.HandleFunc("POST /panel/{id}/{rest...}", s.at(panel))
	mux.Handle("GET /", pages)
	return mux
}

// at finds the stand that a path names.
func (s *Street) at(do func(http.ResponseWriter, *http.Request, Stand)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, stand := range s.stands {
			if string(stand.ID) == r.PathValue("id") {
				do(w, r, stand)
				return
			}
		}
		refuse(w, http.StatusNotFound, lockhouse.Refuse(lockhouse.CodeNotFound, "No locker of that name stands on this street."))
	}
}

type frontView struct {
	ID   lockhouse.LockerID `json:"id"`
	Name string             `json:"name"`
	Site struct {
		Name   string `json:"name"`
		Alias  string `json:"alias"`
		Street string `json:"street"`
	} `json:"site"`
	Art          string            `json:"art"`
	Title        string            `json:"title"`
	Artist       string            `json:"artist"`
	Compartments []compartmentView `json:"compartments"`
}

type compartmentView struct {
	Number   int    `json:"number"`
	Size     string `json:"size"`
	Column   int    `json:"column"`
	Row      int    `json:"row"`
	FloorMM  int    `json:"floor_mm"`
	WidthMM  int    `json:"width_mm"`
	HeightMM int    `json:"height_mm"`
}

func (s *Street) list(w http.ResponseWriter, _ *http.Request) {
	view := struct {
		Lockers []frontView `json:"lockers"`
	}{Lockers: make([]frontView, 0, len(s.stands))}
	for _, stand := range s.stands {
		view.Lockers = append(view.Lockers, s.front(stand))
	}
	answer(w, http.StatusOK, view)
}

func (s *Street) front(stand Stand) frontView {
	v := frontView{ID: stand.ID, Name: stand.Name, Art: stand.Site.Artwork.Picture, Title: stand.Site.Artwork.Title, Artist: stand.Site.Artwork.Artist}
	v.Site.Name, v.Site.Alias, v.Site.Street = stand.Site.Name, stand.Site.Alias, stand.Site.Street
	for _, c := range stand.Compartments {
		size, _ := s.sizes.Named(c.Size)
		v.Compartments = append(v.Compartments, compartmentView{
			Number: c.Number, Size: c.Size, Column: c.Column, Row: c.Row, FloorMM: c.FloorMM,
			WidthMM: size.Inner.WidthMM, HeightMM: size.Inner.HeightMM,
		})
	}
	return v
}

func (s *Street) hand(w http.ResponseWriter, r *http.Request, stand Stand) {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		refuse(w, http.StatusBadRequest, lockhouse.Refuse(lockhouse.CodeMalformed, "A door is named by its number."))
		return
	}
	if err := stand.Cabinet.Hand(number, Act(r.PathValue("act"))); err != nil {
		refuse(w, http.StatusConflict, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func answer(w http.ResponseWriter, status int, view any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(view) // the listener went away: nobody is left to tell
}

func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "code": lockhouse.CodeOf(err), "detail": err.Error()})
}

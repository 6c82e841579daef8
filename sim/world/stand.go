package world

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/edge/agent"
	"lockhouse/edge/ble"
	"lockhouse/edge/board"
	"lockhouse/sim/cabinet"
	"lockhouse/sim/street"
	"lockhouse/web"
)

// CabinetSettings are the simulated steel's.
type CabinetSettings = cabinet.Settings

// Stand is one virtual locker: the steel, and the locker's own assembly that drives it, which can be switched off and
// on again like the machine behind a real one.
type Stand struct {
	Site         lockhouse.Site
	Noun         lockhouse.Locker
	Compartments []lockhouse.Compartment
	Cabinet      *cabinet.Cabinet
	Dialect      string // of its lock boards

	dir      string
	panel    string // address of its screen
	identity locker.Identity
	line     *cabinet.Line
	world    *World

	mu      sync.Mutex
	running *locker.Locker
	cancel  context.CancelFunc
	ended   chan error
}

// placeLockers enters the sites and registers a locker at each, as an operator would.
func (w *World) placeLockers(ctx context.Context) error {
	for _, s := range stations[:w.config.Sites] {
		if err := w.placeLocker(ctx, s.site(), s.dialect); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (w *World) placeLocker(ctx context.Context, site lockhouse.Site, dialect string) error {
	if err := w.net.network.Sites().Put(ctx, site); err != nil {
		return err
	}
	dir := filepath.Join(w.config.Dir, "lockers", string(site.ID))
	identity, err := locker.MakeIdentity(dir, random)
	if err != nil {
		return err
	}
	noun, err := identity.Noun()
	if err != nil {
		return err
	}
	noun.Site, noun.Name = site.ID, "A"
	boards, err := board.Named(dialect)
	if err != nil {
		return err
	}
	boxes := compartments(noun.ID, lockhouse.DefaultSizes(), boards.Traits())
	if err := w.net.network.Fleet().Register(ctx, noun, boxes); err != nil {
		return err
	}
	built := w.config.Cabinet
	built.Dialect = dialect
	steel, err := cabinet.New(boxes, built)
	if err != nil {
		return err
	}
	line, err := steel.Plug()
	if err != nil {
		return err
	}
	screen, err := freePort(ctx)
	if err != nil {
		return err
	}
	w.lockers = append(w.lockers, &Stand{
		Site: site, Noun: noun, Compartments: boxes, Cabinet: steel, dir: dir, Dialect: dialect, panel: screen, identity: identity, line: line, world: w,
	})
	return nil
}

// openStreet switches the lockers on and opens the street in front of them.
func (w *World) openStreet(context.Context) error {
	stands := make([]street.Stand, len(w.lockers))
	for i, l := range w.lockers {
		if err := l.On(nil); err != nil {
			return err
		}
		stands[i] = street.Stand{ID: l.Noun.ID, Name: l.Noun.Name, Site: l.Site, Compartments: l.Compartments, Cabinet: steel{l.Cabinet}, Latch: l, Panel: l.panel}
	}
	fronts := street.New(stands, lockhouse.DefaultSizes(), w.config.Log)
	w.side.serve(w.places.street.take(), fronts.Handler(frontPages(), []string{w.places.network.name(), w.places.network.addr}))
	return nil
}

// frontPages serves the front's page where people come in, and the built files below it.
func frontPages() http.Handler {
	files := http.FileServerFS(web.Pages())
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.ServeFileFS(rw, r, web.Pages(), "front.html")
			return
		}
		files.ServeHTTP(rw, r)
	})
}

// On switches the locker's machine on. disk, if not nil, stands between the agent and its journal.
func (s *Stand) On(disk func(agent.Journal) agent.Journal) error {
	c := locker.Config{
		StateDir: s.dir, SerialPort: s.line.Path(), BoardDialect: s.Dialect, LineURL: s.world.lineURL(),
		IssuerKeys: []string{s.world.issuerText()}, Bluetooth: s.world.config.Radio != "", DBusAddress: s.world.config.Radio,
		OpenByLine: true, PanelScreen: s.panel, PanelTouch: true, PanelHeightMM: 1_150, PanelName: s.Noun.Name, PanelLanguage: "en", PanelScanner: s.scanner(),
	}
	l, err := locker.Open(c, locker.Parts{
		Identity: s.identity, Compartments: s.Compartments, Now: time.Now, Random: random,
		Log: s.world.config.Log.With(slog.String("locker", string(s.Noun.ID))), Version: s.world.config.Version, Journal: disk,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(l.Run(ctx), l.Close()) }() // Off waits for it
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running, s.cancel, s.ended = l, cancel, ended
	return nil
}

// scanner names the scanner's line where this locker has one.
func (s *Stand) scanner() string {
	if s != s.world.lockers[0] {
		return ""
	}
	return s.world.config.Scanner
}

// Off switches it off, and gives what it ended with. Doors stay as they are.
func (s *Stand) Off() error {
	s.mu.Lock()
	cancel, ended := s.cancel, s.ended
	s.running, s.cancel = nil, nil
	s.mu.Unlock()
	if cancel == nil {
		return nil
	}
	cancel()
	return <-ended
}

// HasKeys tells whether the locker's keys are on its disk.
func (s *Stand) HasKeys() bool {
	_, err := locker.LoadIdentity(s.dir)
	return err == nil
}

// Close switches the locker off and unplugs its boards.
func (s *Stand) Close() error { return errors.Join(s.Off(), s.line.Close()) }

// Agent is the one who decides in this locker, while it is on; else nil.
func (s *Stand) Agent() *agent.Agent {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return nil
	}
	return s.running.Agent()
}

// Connect is the demo radio's way in.
func (s *Stand) Connect(peer string, mtu int, send func([]byte) error) (street.Session, error) {
	s.mu.Lock()
	l := s.running
	s.mu.Unlock()
	if l == nil {
		return nil, lockhouse.Refuse(lockhouse.CodeUnavailable, "The locker is switched off.")
	}
	var session ble.Session
	session, err := l.Latch().Connect(peer, mtu, send)
	return session, err
}

// steel shows a cabinet to the street.
type steel struct{ *cabinet.Cabinet }

// Doors gives each door as a passer-by sees it.
func (s steel) Doors() []street.Door {
	views := s.Look()
	doors := make([]street.Door, len(views))
	for i, v := range views {
		doors[i] = street.Door{Number: v.Number, Open: v.Open, Inside: v.Inside != ""}
		if v.Fault != cabinet.DoorSound {
			doors[i].Fault = "jammed"
		}
	}
	return doors
}

// Hand does what a person does.
func (s steel) Hand(number int, act street.Act) error {
	switch act {
	case street.ActPut:
		return s.Put(number, "a parcel")
	case street.ActTake:
		_, err := s.Take(number)
		return err
	case street.ActShut:
		return s.Shut(number)
	case street.ActJam:
		return s.FaultDoor(number, cabinet.DoorSticks)
	case street.ActFree:
		return s.FaultDoor(number, cabinet.DoorSound)
	}
	return lockhouse.Refuse(lockhouse.CodeMalformed, "A hand can put, take, shut, jam or free; not %q.", act)
}

// Ready tells whether the locker is on and has read all its doors.
func (s *Stand) Ready() bool {
	a := s.Agent()
	if a == nil {
		return false
	}
	for _, v := range a.Doors() {
		if v.Door == lockhouse.DoorUnknown {
			return false
		}
	}
	return true
}

package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"lockhouse"
	"lockhouse/store"
)

// Relay is a phone's way to a locker over that one's line (bus/line). What goes over it, the network can't read.
type Relay interface {
	Info() []byte
	// Write hands a frame over, and gives how the locker took it: 0, or an ATT application error.
	Write(ctx context.Context, frame []byte) (status byte, err error)
	// Next waits for a frame to the phone; any error ends it.
	Next(ctx context.Context) ([]byte, error)
	Close()
}

// The messages, each one byte that says what follows, as with the demo radio (docs/latch.md).
const (
	latchInfo   = 0 // to the phone: INFO
	latchWrite  = 1 // from the phone: a frame
	latchStatus = 2 // to the phone: how the locker took the last frame
	latchNotify = 3 // to the phone: a frame
)

// Limits of phones on the way to lockers.
const (
	maxLatchFrameBytes = 512
	latchLifeS         = 900              // of one way, whatever happens on it
	latchSendS         = 5                // for the phone to take something
	reachAfter         = 10 * time.Minute // that a parcel was collected, something may have been left inside
	maxRelays          = 256              // on this node
	maxRelaysOfOne     = 2                // of a person, or of a courier's key
	maxRelaysAtLocker  = 4
	relaysFullAwayS    = 10
)

// relays counts the ways that are open.
type relays struct {
	mu      sync.Mutex
	all     int
	callers map[string]int // by person, or by courier's key
	lockers map[lockhouse.LockerID]int
}

// enter takes a place for one more, or says when to come back. Whoever gets nil calls leave.
func (r *relays) enter(who string, l lockhouse.LockerID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.callers[who] >= maxRelaysOfOne:
		return lockhouse.Refuse(lockhouse.CodeTooMany, "You are on the way to a locker already, on this or another page. Close that one, or wait %d s.", relaysFullAwayS).
			With("retry_after_s", relaysFullAwayS)
	case r.lockers[l] >= maxRelaysAtLocker, r.all >= maxRelays:
		return lockhouse.Refuse(lockhouse.CodeUnavailable, "Others are on the way to this locker over the network. Come back in %d s, or use the PIN at its panel.", relaysFullAwayS).
			With("retry_after_s", relaysFullAwayS)
	}
	if r.callers == nil {
		r.callers, r.lockers = map[string]int{}, map[lockhouse.LockerID]int{}
	}
	r.all++
	r.callers[who]++
	r.lockers[l]++
	return nil
}

func (r *relays) leave(who string, l lockhouse.LockerID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all--
	if r.callers[who]--; r.callers[who] == 0 {
		delete(r.callers, who)
	}
	if r.lockers[l]--; r.lockers[l] == 0 {
		delete(r.lockers, l)
	}
}

// latch lets phones whose browser has no Bluetooth open over the locker's line, by a WebSocket: the one thing here that is
// no request and answer, so the OpenAPI document has no word for it.
func (a *API) latch() {
	a.mux.HandleFunc("GET /v1/lockers/{id}/latch", func(w http.ResponseWriter, r *http.Request) {
		if err := a.relay(w, r, lockhouse.LockerID(r.PathValue("id"))); err != nil {
			a.refuse(r.Context(), err).write(w)
		}
	})
}

// relay opens a way and stays on it. An error says why there is none; nothing was written then.
func (a *API) relay(w http.ResponseWriter, r *http.Request, locker lockhouse.LockerID) error {
	if err := a.gate.crowded(ofDoors); err != nil {
		return err
	}
	ctx, who, mayReach, err := a.caller(r)
	if err != nil {
		return err
	}
	if err := a.relays.enter(who, locker); err != nil {
		return err
	}
	defer a.relays.leave(who, locker)
	way, err := a.way(ctx, locker, mayReach)
	if err != nil {
		return err
	}
	defer way.Close()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{OriginPatterns: a.ownHosts(), Subprotocols: []string{latchProtocol}})
	if err != nil {
		return nil // Accept has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxLatchFrameBytes + 1)
	a.carry(ctx, conn, way)
	return nil
}

// A courier's page can't put its key into a header of a WebSocket, and an address is written down in many places: the key comes
// as a second protocol beside this one.
const (
	latchProtocol = "latch"
	latchKey      = "key."
)

// caller tells who wants to go to a locker, and how it is known that they may: a courier by their key, a recipient by their session.
func (a *API) caller(r *http.Request) (ctx context.Context, who string, mayReach func(context.Context, lockhouse.LockerID) error, err error) {
	secret := courierKey(r)
	if secret == "" {
		if ctx, err = a.bySession(r); err != nil {
			return ctx, "", nil, err
		}
		return ctx, string(sessionOf(ctx).Person), a.mayReach, nil
	}
	if err := sameOrigin(r); err != nil {
		return r.Context(), "", nil, err
	}
	asked := r.Clone(r.Context())
	asked.Header.Set("Authorization", "Bearer "+secret)
	if ctx, err = a.byKey(asked, byCourier.scopes); err != nil {
		return ctx, "", nil, err
	}
	return ctx, string(keyOf(ctx).ID), a.courierMayReach, nil
}

func courierKey(r *http.Request) string {
	for protocol := range strings.SplitSeq(r.Header.Get("Sec-WebSocket-Protocol"), ",") {
		if secret, is := strings.CutPrefix(strings.TrimSpace(protocol), latchKey); is {
			return secret
		}
	}
	return ""
}

// courierMayReach refuses a locker that a courier would get no grant for.
func (a *API) courierMayReach(ctx context.Context, locker lockhouse.LockerID) error {
	_, err := a.DropOff.Manifest(ctx, locker)
	return err
}

// way asks for a session at the locker, for who may open something there. It takes a place at the gate for as long as that takes.
func (a *API) way(ctx context.Context, locker lockhouse.LockerID, mayReach func(context.Context, lockhouse.LockerID) error) (Relay, error) {
	if !a.OpenByLine {
		return nil, lockhouse.Refuse(lockhouse.CodeClosed, "This network opens by Bluetooth and at panels alone.")
	}
	if err := a.gate.enter(ctx, ofDoors); err != nil {
		return nil, err
	}
	defer a.gate.leave(ofDoors)
	if err := mayReach(ctx, locker); err != nil {
		return nil, err
	}
	return a.Line.Relay(ctx, locker)
}

// mayReach refuses whoever has nothing at that locker: no parcel that lies there, nor one that was taken a moment ago.
func (a *API) mayReach(ctx context.Context, locker lockhouse.LockerID) error {
	ids, err := a.persons(ctx)
	if err != nil {
		return err
	}
	places, err := a.Unlock.Parcels(ctx, ids...)
	if err != nil {
		return err
	}
	for _, at := range places {
		p := at.Parcel
		lately := p.State == lockhouse.ParcelCollected && a.Now().Sub(p.EndedAt) < reachAfter
		if p.Locker == locker && (at.MayOpen() || lately) {
			return nil
		}
	}
	return lockhouse.Refuse(lockhouse.CodeNotFound, "Nothing of yours lies in a locker of that name.")
}

// carry hands frames to and fro until either side has enough.
func (a *API) carry(ctx context.Context, conn *websocket.Conn, way Relay) {
	ctx, stop := context.WithTimeout(ctx, latchLifeS*time.Second)
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	if tell(ctx, conn, latchInfo, way.Info()) != nil {
		return
	}
	work.Go(func() {
		defer stop()
		for {
			frame, err := way.Next(ctx)
			if err != nil || tell(ctx, conn, latchNotify, frame) != nil {
				return
			}
		}
	})
	for {
		frame, err := hearPhone(ctx, conn)
		if err != nil {
			return
		}
		status, err := way.Write(ctx, frame)
		if err != nil || tell(ctx, conn, latchStatus, []byte{status}) != nil {
			return
		}
	}
}

func tell(ctx context.Context, conn *websocket.Conn, kind byte, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, latchSendS*time.Second)
	defer cancel()
	return conn.Write(ctx, websocket.MessageBinary, append([]byte{kind}, body...))
}

func hearPhone(ctx context.Context, conn *websocket.Conn) ([]byte, error) {
	_, message, err := conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	if len(message) < 2 || message[0] != latchWrite {
		return nil, errors.New("not a frame")
	}
	return message[1:], nil
}

// ownHosts are those whose pages may ask: where people reach the network, whatever a proxy makes of the name.
func (a *API) ownHosts() []string {
	if u, err := url.Parse(a.BaseURL); err == nil && u.Host != "" {
		return []string{u.Host}
	}
	return nil
}

// reachableAfterS is how long ago a locker may have been heard and still be on its line, which says something each 15 s.
const reachableAfterS = 60

// onLine tells whether a locker can be opened over its line just now.
func (a *API) onLine(ctx context.Context, locker lockhouse.LockerID) (up bool, err error) {
	if !a.OpenByLine {
		return false, nil
	}
	err = a.Store.View(ctx, func(tx store.Tx) error {
		heard, err := tx.Heard(locker)
		up = !heard.IsZero() && a.Now().Sub(heard) < reachableAfterS*time.Second
		return err
	})
	return up, err
}

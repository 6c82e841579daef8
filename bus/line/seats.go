package line

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/bus"
)

const seatsSubject = "lockhouse.seats"

// seat is where a locker's connection ends: which server, and which of its clients.
type seat struct {
	Locker lockhouse.LockerID `json:"locker"`
	Server string             `json:"server"`
	Client uint64             `json:"client"`
}

// seats are the last seats of all lockers that were let in, as every node hears of them. When a locker calls again, the
// older line is dead or soon will be, and is ended: one line a locker, wherever in the cluster it ends.
type seats struct {
	mu   sync.Mutex
	last map[lockhouse.LockerID]seat // as many as lockers were registered and called
}

// take notes a seat, and gives the one before it.
func (ss *seats) take(s seat) (older seat, was bool) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.last == nil {
		ss.last = map[lockhouse.LockerID]seat{}
	}
	older, was = ss.last[s.Locker]
	ss.last[s.Locker] = s
	return older, was && older != s
}

// kick hangs up on a locker.
func (ss *seats) kick(b *bus.Bus, locker lockhouse.LockerID) {
	ss.mu.Lock()
	s, ok := ss.last[locker]
	ss.mu.Unlock()
	if ok {
		s.end(b)
	}
}

// end asks the seat's server to hang up; a client that has gone already is no fault, so nobody
// listens to what it answers.
func (s seat) end(b *bus.Bus) {
	conn := b.Conn()
	err := conn.PublishRequest(fmt.Sprintf("$SYS.REQ.SERVER.%s.KICK", s.Server), conn.NewInbox(), fmt.Appendf(nil, `{"cid":%d}`, s.Client))
	if err != nil {
		b.Log.Warn("line: an older line could not be ended", slog.String("locker", string(s.Locker)), slog.Any("error", err))
	}
}

// announce tells all nodes, this one too, that a locker has a new seat.
func (d *Desk) announce(s seat) {
	data, err := json.Marshal(s)
	if err == nil {
		err = d.Bus.Conn().Publish(seatsSubject, data)
	}
	if err != nil {
		d.Log.Warn("line: a locker's new line could not be announced", slog.Any("error", err))
	}
}

func (d *Desk) hearSeat(m *nats.Msg) {
	var s seat
	if json.Unmarshal(m.Data, &s) != nil {
		return
	}
	if older, was := d.seats.take(s); was {
		older.end(d.Bus)
	}
}

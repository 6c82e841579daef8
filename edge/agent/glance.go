package agent

import (
	"errors"
	"time"
)

// Memory is what a journal says of the agent that wrote it.
type Memory struct {
	Boot     uint32
	Floor    time.Time // it is at least this late; zero where nothing says so
	Receipts uint64    // written so far
	UnderWay int       // openings that a start will have to settle
}

// Glance reads records as New does, through read (such as Journal.Replay), and keeps to looking: for whoever wants to know
// what an agent that does not run would find.
func Glance(read func(each func(record []byte) error) error) (Memory, error) {
	a := &Agent{Parts: Parts{Journal: reading(read)}}
	if err := a.replay(); err != nil {
		return Memory{}, err
	}
	m := Memory{Boot: a.state.Boot, Receipts: a.state.Seq}
	if a.state.FloorS > 0 {
		m.Floor = timeOf(a.state.FloorS)
	}
	for _, c := range a.state.Compartments {
		if c.Opening != nil {
			m.UnderWay++
		}
	}
	return m, nil
}

// reading is a journal that can be read and no more.
type reading func(each func(record []byte) error) error

var errReading = errors.New("agent: this journal is only looked at")

func (r reading) Append([]byte) error                  { return errReading }
func (r reading) Rewrite([][]byte) error               { return errReading }
func (r reading) Replay(each func([]byte) error) error { return r(each) }

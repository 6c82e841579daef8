package agent

import (
	"cmp"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/trust/access"
)

// state is everything that survives a cut. It is changed by apply alone.
type state struct {
	_            struct{} `cbor:",toarray"`
	Boot         uint32
	Seq          uint64   // of the latest receipt
	Head         [16]byte // what the next receipt says of the latest
	FloorS       uint64   // it is at least this late
	Compartments []*compartment
	Spent        []spent // store targets that were opened, until their grant ends
	Silent       []uint8 // boards at fault

	waits map[uint16]wait // for wrong PINs, by compartment and for any; records of their own
}

// compartment is what the journal knows of one.
type compartment struct {
	_          struct{} `cbor:",toarray"`
	Number     uint16
	Generation uint32
	Ref        lockhouse.ParcelRef // lies inside, or may
	Doubtful   bool                // pulsed for a drop-off, and a cut left open what came of it
	Forced     bool                // said to be open, though nobody was let through
	TriesS     []uint64            // when it was armed, since it last opened
	Reserved   [8]byte             // phone that a cut interrupted
	ReservedS  uint64              // when
	Last       visited
	Opening    *opening
}

// visited is what was last done here, and shut.
type visited struct {
	_          struct{} `cbor:",toarray"`
	Verb       lockhouse.Verb
	Ref        lockhouse.ParcelRef
	Generation uint32
	Phone      [8]byte
	AtS        uint64
	Reopened   uint8
}

type stage uint8

const (
	armed  stage = 1 // somebody may; nothing has moved
	pulsed stage = 2 // the lock was let go, or is about to be
	stuck  stage = 3 // said not to have opened; if it does after all, it counts
	opened stage = 4 // the contact said so
)

// opening is what is being done at a compartment.
type opening struct {
	_          struct{} `cbor:",toarray"`
	Stage      stage
	Verb       lockhouse.Verb
	Ref        lockhouse.ParcelRef
	Generation uint32
	Grant      lockhouse.GrantID
	ExpiresS   uint64 // the grant's end
	Phone      [8]byte
	Reopening  bool // done before, and done over
	Misfit     bool // the parcel comes out again
	Doubt      bool // it was this pulse that made the compartment doubtful
	LeftOpen   bool // said to be left open
}

// spent counts the openings of a store target, of which nothing else in the locker keeps trace once the parcel is gone.
type spent struct {
	_        struct{} `cbor:",toarray"`
	Grant    lockhouse.GrantID
	Ref      lockhouse.ParcelRef
	ExpiresS uint64
	Openings uint8
	Stored   bool
}

// at gives a compartment's entry, a new one where there is none.
func (s *state) at(number int) *compartment {
	i, found := slices.BinarySearchFunc(s.Compartments, number, func(c *compartment, n int) int { return cmp.Compare(int(c.Number), n) })
	if !found {
		s.Compartments = slices.Insert(s.Compartments, i, &compartment{Number: uint16(number)})
	}
	return s.Compartments[i]
}

// spentOn gives the entry of a store target, or nil.
func (s *state) spentOn(grant lockhouse.GrantID, ref lockhouse.ParcelRef) *spent {
	for i := range s.Spent {
		if s.Spent[i].Grant == grant && s.Spent[i].Ref == ref {
			return &s.Spent[i]
		}
	}
	return nil
}

// served tells whether a door was opened under a name, by whatever grant. Those of one opening for service end in the same second.
func (s *state) served(ref lockhouse.ParcelRef) bool {
	return slices.ContainsFunc(s.Spent, func(e spent) bool { return e.Ref == ref && e.Openings > 0 })
}

// spend makes sure of an entry, and forgets those whose grant has ended.
func (s *state) spend(op *opening) *spent {
	if e := s.spentOn(op.Grant, op.Ref); e != nil {
		return e
	}
	s.Spent = slices.DeleteFunc(s.Spent, func(e spent) bool { return e.ExpiresS <= s.FloorS })
	s.Spent = append(s.Spent, spent{Grant: op.Grant, Ref: op.Ref, ExpiresS: op.ExpiresS})
	return &s.Spent[len(s.Spent)-1]
}

// asAccess shows a compartment to the rules.
func (a *Agent) asAccess(number int) access.Compartment {
	c, d, now := a.state.at(number), a.doors[number], a.floorS()
	window := uint64(access.TryWindow / time.Second)
	out := access.Compartment{
		Number: number, Rank: d.Rank, FloorMM: d.FloorMM, OutOfService: d.OutOfService,
		Ready:      d.state == lockhouse.DoorShut && c.Opening == nil && !a.silent(d.Board),
		Unseen:     d.state == lockhouse.DoorUnknown || a.silent(d.Board),
		Generation: c.Generation, Ref: c.Ref, Doubtful: c.Doubtful,
		Last: access.Visit{
			Verb: c.Last.Verb, Ref: c.Last.Ref, Generation: c.Last.Generation, Phone: c.Last.Phone, At: timeOf(c.Last.AtS),
			Reopened: int(c.Last.Reopened),
		},
	}
	for _, at := range c.TriesS {
		if at+window > now {
			out.Tries++
		}
	}
	if c.ReservedS+window > now {
		out.Reserved = c.Reserved
	}
	return out
}

func unixS(t time.Time) uint64 { return uint64(max(t.Unix(), 0)) }

func timeOf(unixS uint64) time.Time { return time.Unix(int64(unixS), 0).UTC() }

package capacity

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"lockhouse"
)

// Bounds of what is read back. Nothing that was counted comes near them.
const (
	maxRanks = 99      // as many as a compartment's rank can say
	maxDays  = 100_000 // 273 years
	maxCount = math.MaxInt32
)

// errCounts says that what a store gave back is not what Pack made.
var errCounts = errors.New("capacity: these are no counts")

// Counts counts by rank: Counts[i] is of rank i+1. Beyond its end there is none.
type Counts []uint32

// Of gives the count of a rank, from 1.
func (c Counts) Of(rank int) int {
	if rank < 1 || rank > len(c) {
		return 0
	}
	return int(c[rank-1])
}

// add changes the count of a rank; below nothing it refuses.
func (c Counts) add(rank, by int) (Counts, bool) {
	is := c.Of(rank) + by
	if rank < 1 || rank > maxRanks || is < 0 || is > maxCount {
		return c, false
	}
	for len(c) < rank {
		c = append(c, 0)
	}
	c[rank-1] = uint32(is)
	return c.trimmed(), true
}

// trimmed cuts off ranks of which there is none, so that equal counts are the same bytes.
func (c Counts) trimmed() Counts {
	for len(c) > 0 && c[len(c)-1] == 0 {
		c = c[:len(c)-1]
	}
	return c
}

// Pack gives what a store keeps of a room: the compartments in service, and what is kept of them. The first is a number
// for each rank. The second is the day before which nothing is counted, the number of ranks, and for each day on which
// something is kept how many days it lies after the one before, and a number for each rank. All numbers are varints.
func (r Room) Pack() (have, kept []byte) {
	have = packed(nil, r.Have, len(r.Have))
	if r.since == 0 && len(r.days) == 0 {
		return have, []byte{}
	}
	ranks := 0
	for _, d := range r.days {
		ranks = max(ranks, len(d.kept))
	}
	kept = make([]byte, 0, 5+len(r.days)*(ranks+1))
	kept = binary.AppendUvarint(kept, uint64(r.since))
	kept = binary.AppendUvarint(kept, uint64(ranks))
	before := r.since
	for _, d := range r.days {
		kept = binary.AppendUvarint(kept, uint64(d.day-before))
		kept = packed(kept, d.kept, ranks)
		before = d.day
	}
	return have, kept
}

func packed(b []byte, c Counts, ranks int) []byte {
	b = slices.Grow(b, ranks)
	for rank := 1; rank <= ranks; rank++ {
		b = binary.AppendUvarint(b, uint64(c.Of(rank)))
	}
	return b
}

// Unpack reads what Pack made. Anything else is an error, whatever it is.
func Unpack(have, kept []byte) (r Room, err error) {
	for u := (unpacker{rest: have}); len(u.rest) > 0; {
		if r.Have = append(r.Have, uint32(u.number(maxCount))); u.bad || len(r.Have) > maxRanks {
			return Room{}, errCounts
		}
	}
	if r.Have = r.Have.trimmed(); len(kept) == 0 {
		return r, nil
	}
	u := unpacker{rest: kept}
	r.since = lockhouse.Day(u.number(maxDays))
	ranks := int(u.number(maxRanks))
	r.days = u.days(r.since, ranks)
	if u.bad {
		return Room{}, errCounts
	}
	return r, nil
}

// unpacker reads varints, and remembers that one was none.
type unpacker struct {
	rest []byte
	bad  bool
}

func (u *unpacker) number(most uint64) uint64 {
	n, size := binary.Uvarint(u.rest)
	if u.bad = u.bad || size <= 0 || n > most; u.bad {
		u.rest = nil
		return 0
	}
	u.rest = u.rest[size:]
	return n
}

// days reads all that is left. The counts of all days share one piece of memory: a hold reads them each time.
func (u *unpacker) days(since lockhouse.Day, ranks int) []keptOn {
	most := len(u.rest) / (ranks + 1) // each number has a byte at least
	all, counts := make([]keptOn, 0, most), make(Counts, most*ranks)
	for day := since; len(u.rest) > 0 && len(all) < most; {
		day += lockhouse.Day(u.number(maxDays))
		c := counts[:ranks:ranks]
		counts = counts[ranks:]
		for i := range c {
			c[i] = uint32(u.number(maxCount))
		}
		c = c.trimmed()
		twice := len(all) > 0 && day == all[len(all)-1].day
		u.bad = u.bad || twice || len(c) == 0 || day > maxDays
		all = append(all, keptOn{day, c})
	}
	u.bad = u.bad || len(u.rest) > 0
	return all
}

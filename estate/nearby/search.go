package nearby

import (
	"math/bits"
	"sync"

	"lockhouse"
)

// MaxGroups bounds the work of a search: groups of eight that it looks into. A search for room comes by a few dozen. More
// are seen only where a filter leaves hardly any of the sites with room, or where a hundred thousand sites are equally
// far; such a search answers with the nearest that it has found by then.
const MaxGroups = 20_000

// Question is what is looked for.
type Question struct {
	Near    lockhouse.Point
	Rank    int           // 1 and up: with room for it on Day; 0: any site, room or not
	Day     lockhouse.Day // among the 64 days that the words of room are about
	Classes uint64        // one of these; 0 for any
	Also    uint64        // and one of these; 0 for any
	Zones   uint64        // one of these; 0 for any
	Limit   int
	Accept  func(*lockhouse.Site) bool // says no to what the words can't tell; nil accepts all
}

// Hit is a site that was found.
type Hit struct {
	Site *lockhouse.Site
	Fits uint64 // as in Room
	d2   float64
}

// Nearest gives the nearest sites, nearest first, and how many groups it looked into. Of sites that are equally far, any
// may come first.
func (x *Index) Nearest(q Question) (hits []Hit, groups int) {
	f := x.forest.Load()
	if q.Limit < 1 || q.Rank > x.ranks {
		return nil, 0
	}
	s := searches.Get().(*search)
	defer searches.Put(s)
	s.begin(q, f)
	for groups = 0; len(s.heap) > 0 && groups < MaxGroups; groups++ {
		next := s.pop()
		if s.far(next.d2) {
			break
		}
		s.enter(next)
	}
	return append(hits, s.hits...), groups
}

// search is one search under way.
type search struct {
	Question
	from   vector
	row    int
	forest *forest
	heap   []branch // what is yet to be looked into, the nearest on top
	hits   []Hit    // the nearest so far, in their order
}

// branch is a group of a level.
type branch struct {
	d2    float64 // square of the least distance that anything below may have
	tree  int32
	level int32
	group int
}

// searches are reused: a search needs a heap of some hundred branches.
var searches = sync.Pool{New: func() any { return &search{} }}

func (s *search) begin(q Question, f *forest) {
	s.Question, s.from, s.row, s.forest = q, vectorOf(q.Near), q.Rank, f
	s.heap, s.hits = s.heap[:0], s.hits[:0]
	for i, t := range f.trees {
		s.push(branch{tree: int32(i), level: int32(len(t.levels) - 1)})
	}
}

// far tells whether nothing at this distance can be among the nearest any more.
func (s *search) far(d2 float64) bool {
	return len(s.hits) == s.Limit && d2 >= s.hits[len(s.hits)-1].d2
}

// enter looks at the members of a group that may be what is looked for.
func (s *search) enter(b branch) {
	t := s.forest.trees[b.tree]
	l := &t.levels[b.level]
	for members := s.members(l, b.group); members != 0; members &= members - 1 {
		member := b.group*fan + bits.TrailingZeros8(members)
		if b.level == 0 {
			s.meet(t, member)
		} else if d2 := s.toBox(&l.boxes[member]); !s.far(d2) {
			s.push(branch{d2: d2, tree: b.tree, level: b.level - 1, group: member})
		}
	}
}

// members gives those of a group that have room, and are or contain something of the classes and zones that are wanted.
func (s *search) members(l *level, group int) (members uint8) {
	if s.row == 0 {
		members = 1<<min(fan, l.count-group*fan) - 1
	} else {
		day, at := uint(s.Day)%Days, (group*l.height+s.row)*fan
		words := l.rooms[at : at+fan : at+fan]
		for i := range words {
			members |= uint8(words[i].Load()>>day&1) << i
		}
	}
	marks := l.marks[group*2*fan : (group+1)*2*fan]
	if s.Classes != 0 {
		members &= having(marks[:fan], s.Classes)
	}
	if s.Also != 0 {
		members &= having(marks[:fan], s.Also)
	}
	if s.Zones != 0 {
		members &= having(marks[fan:], s.Zones)
	}
	return members
}

func having(marks []uint64, any uint64) (members uint8) {
	for i, m := range marks {
		if m&any != 0 {
			members |= 1 << i
		}
	}
	return members
}

// meet takes a site among the nearest, if it is one of them.
func (s *search) meet(t *tree, slot int) {
	d2 := 0.0
	for axis, v := range t.vectors[slot] {
		d := v - s.from[axis]
		d2 += d * d
	}
	if s.far(d2) {
		return
	}
	if gone := t.gone[slot].Load(); gone != 0 && gone <= s.forest.number {
		return
	}
	site := t.sites[slot]
	if s.Accept != nil && !s.Accept(site) {
		return
	}
	if len(s.hits) < s.Limit {
		s.hits = append(s.hits, Hit{})
	}
	at := len(s.hits) - 1
	for ; at > 0 && s.hits[at-1].d2 > d2; at-- {
		s.hits[at] = s.hits[at-1]
	}
	s.hits[at] = Hit{Site: site, Fits: t.levels[0].room(slot, 0).Load(), d2: d2}
}

// toBox is the square of the distance to the nearest corner, edge or face.
func (s *search) toBox(b *box) (d2 float64) {
	for axis, v := range s.from {
		d := max(b.low[axis]-v, 0, v-b.high[axis])
		d2 += d * d
	}
	return d2
}

func (s *search) push(b branch) {
	s.heap = append(s.heap, b)
	i := len(s.heap) - 1
	for i > 0 {
		up := (i - 1) / 2
		if s.heap[up].d2 <= b.d2 {
			break
		}
		s.heap[i] = s.heap[up]
		i = up
	}
	s.heap[i] = b
}

func (s *search) pop() (top branch) {
	top = s.heap[0]
	last := s.heap[len(s.heap)-1]
	s.heap = s.heap[:len(s.heap)-1]
	if len(s.heap) == 0 {
		return top
	}
	i := 0
	for {
		down := 2*i + 1
		if down >= len(s.heap) {
			break
		}
		if down+1 < len(s.heap) && s.heap[down+1].d2 < s.heap[down].d2 {
			down++
		}
		if s.heap[down].d2 >= last.d2 {
			break
		}
		s.heap[i] = s.heap[down]
		i = down
	}
	s.heap[i] = last
	return top
}

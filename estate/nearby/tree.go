package nearby

import (
	"math"
	"sync/atomic"

	"lockhouse"
)

// fan is how many branches a node has, and how many sites a lowest node: as many words as a line of the processor's cache.
const fan = 8

// vector is a point on the unit sphere.
type vector [3]float64

func vectorOf(p lockhouse.Point) vector {
	const rad = math.Pi / 180
	sinLat, cosLat := math.Sincos(p.Lat * rad)
	sinLon, cosLon := math.Sincos(p.Lon * rad)
	return vector{cosLat * cosLon, cosLat * sinLon, sinLat}
}

// item is a site on its way into a tree.
type item struct {
	vector vector
	site   *lockhouse.Site
	class  uint64
	zone   uint64
	rows   []uint64
}

// tree is packed: the eight members of a group stand side by side, and group g of a level is member g of the level above.
// Level 0 is the sites.
type tree struct {
	sites   []*lockhouse.Site
	vectors []vector
	gone    []atomic.Uint64 // number of the forest in which the site is no more; 0 while it is there
	levels  []level
	live    int // sites that are not gone; for whoever changes the index
}

// level has the words of all its members, and from level 1 on their boxes.
type level struct {
	count  int
	boxes  []box
	marks  []uint64        // of a group: eight classes, eight zones
	rooms  []atomic.Uint64 // of a group: eight words for each row
	height int             // rows
}

// box is what the sites below lie in.
type box struct{ low, high vector }

// grow builds a tree. It rearranges the items.
func grow(items []item, rows int) *tree {
	span := fan
	for span < len(items) {
		span *= fan
	}
	arrange(items, span)
	t := &tree{sites: make([]*lockhouse.Site, len(items)), vectors: make([]vector, len(items)), gone: make([]atomic.Uint64, len(items)), live: len(items)}
	ground := newLevel(len(items), rows)
	for i, it := range items {
		t.sites[i], t.vectors[i] = it.site, it.vector
		ground.setMarks(i, it.class, it.zone)
		for row, word := range it.rows {
			ground.room(i, row).Store(word)
		}
	}
	t.levels = []level{ground}
	for t.top().count > fan {
		t.levels = append(t.levels, t.above(t.top()))
	}
	return t
}

func newLevel(count, rows int) level {
	groups := (count + fan - 1) / fan
	return level{count: count, height: rows, marks: make([]uint64, groups*2*fan), rooms: make([]atomic.Uint64, groups*rows*fan)}
}

// above makes the level over the highest one: a member for each of its groups.
func (t *tree) above(below *level) level {
	up := newLevel((below.count+fan-1)/fan, below.height)
	up.boxes = make([]box, up.count)
	for g := range up.count {
		up.boxes[g] = t.boxOf(below, g)
		class, zone := below.marksOf(g)
		up.setMarks(g, class, zone)
		for row := range up.height {
			up.room(g, row).Store(below.roomOf(g, row))
		}
	}
	return up
}

func (t *tree) top() *level { return &t.levels[len(t.levels)-1] }

// boxOf is the box around a group's members.
func (t *tree) boxOf(l *level, group int) box {
	first, last := group*fan, min(group*fan+fan, l.count)
	b := box{vector{2, 2, 2}, vector{-2, -2, -2}}
	for i := first; i < last; i++ {
		m := box{}
		if l.boxes == nil {
			m = box{t.vectors[i], t.vectors[i]}
		} else {
			m = l.boxes[i]
		}
		for axis := range b.low {
			b.low[axis], b.high[axis] = min(b.low[axis], m.low[axis]), max(b.high[axis], m.high[axis])
		}
	}
	return b
}

// room is the word of a member in a row.
func (l *level) room(member, row int) *atomic.Uint64 {
	return &l.rooms[(member/fan*l.height+row)*fan+member%fan]
}

// roomOf is what any member of a group has in a row. Members that are missing in the last group have nothing.
func (l *level) roomOf(group, row int) (any uint64) {
	at := (group*l.height + row) * fan
	for i := range l.rooms[at : at+fan] {
		any |= l.rooms[at+i].Load()
	}
	return any
}

func (l *level) setMarks(member int, class, zone uint64) {
	at := member / fan * 2 * fan
	l.marks[at+member%fan], l.marks[at+fan+member%fan] = class, zone
}

func (l *level) marksOf(group int) (class, zone uint64) {
	at := group * 2 * fan
	for i := range fan {
		class |= l.marks[at+i]
		zone |= l.marks[at+fan+i]
	}
	return class, zone
}

// setRoom writes a site's words, and what follows for the branches above: from below upwards, so that a branch says in the
// end what its members say.
func (t *tree) setRoom(slot int, rows []uint64) {
	for row, word := range rows {
		for i, member := 0, slot; i < len(t.levels); i++ {
			l := &t.levels[i]
			if l.room(member, row).Swap(word) == word {
				break
			}
			member /= fan
			word = l.roomOf(member, row)
		}
	}
}

// takeOut ends a site's time with a forest. Searches in older ones still find it.
func (t *tree) takeOut(slot int, forest uint64) {
	t.gone[slot].Store(forest)
	t.live--
}

// sparse tells whether so many are gone that those left should move.
func (t *tree) sparse() bool { return t.live < len(t.sites)/2 }

// living adds a tree's sites that are not gone to others.
func (t *tree) living(to []item) []item {
	ground := &t.levels[0]
	for slot, s := range t.sites {
		if t.gone[slot].Load() != 0 {
			continue
		}
		it := item{vector: t.vectors[slot], site: s, rows: make([]uint64, ground.height)}
		at := slot / fan * 2 * fan
		it.class, it.zone = ground.marks[at+slot%fan], ground.marks[at+fan+slot%fan]
		for row := range it.rows {
			it.rows[row] = ground.room(slot, row).Load()
		}
		to = append(to, it)
	}
	return to
}

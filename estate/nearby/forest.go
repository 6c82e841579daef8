package nearby

import "slices"

// replace takes some sites out and puts others in, as one step for all searches that begin afterwards.
func (x *Index) replace(added []item, gone []spot) {
	was := x.forest.Load()
	next := &forest{number: was.number + 1, trees: slices.Clone(was.trees)}
	for _, at := range gone {
		at.tree.takeOut(at.slot, next.number)
	}
	next.trees = slices.DeleteFunc(next.trees, func(t *tree) bool { return t.live == 0 })
	if i := slices.IndexFunc(next.trees, (*tree).sparse); i >= 0 { // its living move in with the new ones
		added = next.trees[i].living(added)
		next.trees = slices.Delete(next.trees, i, i+1)
	}
	if len(added) > 0 {
		x.plant(next, added)
	}
	x.forest.Store(next)
	x.count.Store(int64(len(x.where)))
}

// plant makes a tree of new sites and of all trees that are not much bigger. So each tree is more than twice as big as the
// next, there are as many as the logarithm of the sites, and a site moves house that often.
func (x *Index) plant(f *forest, items []item) {
	for n := len(f.trees); n > 0 && f.trees[n-1].live <= 2*len(items); n-- {
		items = f.trees[n-1].living(items)
		f.trees = f.trees[:n-1]
	}
	t := grow(items, 1+x.ranks)
	for slot, s := range t.sites {
		x.where[s.ID] = spot{t, slot}
	}
	f.trees = append(f.trees, t)
}

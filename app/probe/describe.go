package probe

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"lockhouse"
)

// size is what a row of the table and the height of the floors need of one.
type size struct{ rank, heightMM int }

// known are the sizes of the default catalogue.
func known() map[string]size {
	all := map[string]size{}
	for _, s := range lockhouse.DefaultSizes() {
		all[s.Name] = size{s.Rank, s.Inner.HeightMM}
	}
	return all
}

// describe reads what a technician says of a compartment: number, size, column, row.
func (w *walk) describe(ctx context.Context, c *lockhouse.Compartment, answer string) error {
	words := strings.Fields(answer)
	if len(words) != 4 {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "Please give four words, such as 7 M 2 3.")
	}
	for i, into := range map[int]*int{0: &c.Number, 2: &c.Column, 3: &c.Row} {
		n, err := strconv.Atoi(words[i])
		if err != nil {
			return lockhouse.Refuse(lockhouse.CodeMalformed, "%q is not a whole number.", words[i])
		}
		*into = n
	}
	c.Size = strings.ToUpper(words[1])
	s, err := w.size(ctx, c.Size)
	if err != nil {
		return err
	}
	c.Rank = s.rank
	return lockhouse.CheckCompartments(append(compartments(w.doors), *c))
}

// size knows a size, or asks for it once.
func (w *walk) size(ctx context.Context, name string) (size, error) {
	if s, ok := w.sizes[name]; ok {
		return s, nil
	}
	answer, err := w.talk.ask(ctx, "%s is new: its rank among the sizes (1 is the smallest) and inner height in mm, such as 4 600", name)
	if err != nil {
		return size{}, err
	}
	words := strings.Fields(answer)
	if len(words) != 2 {
		return size{}, lockhouse.Refuse(lockhouse.CodeMalformed, "Two numbers are needed. Once more from the beginning, please.")
	}
	rank, rankErr := strconv.Atoi(words[0])
	height, heightErr := strconv.Atoi(words[1])
	if rankErr != nil || heightErr != nil || rank < 1 || rank > 99 || height < 1 || height > maxHeightMM {
		return size{}, lockhouse.Refuse(lockhouse.CodeMalformed, "A rank is 1 to 99, a height 1 to %d mm. Once more from the beginning, please.", maxHeightMM)
	}
	w.sizes[name] = size{rank, height}
	return w.sizes[name], nil
}

// compartments gives the table of some doors, in order of their numbers.
func compartments(doors []door) []lockhouse.Compartment {
	var all []lockhouse.Compartment
	for _, d := range doors {
		all = append(all, d.Compartment)
	}
	slices.SortFunc(all, func(a, b lockhouse.Compartment) int { return a.Number - b.Number })
	return all
}

package probe

import (
	"fmt"
	"slices"
	"strings"

	"lockhouse"
)

const (
	baseMM      = 120 // from the ground to the lowest floor, unless the technician says otherwise
	wallMM      = 30  // between two compartments
	maxHeightMM = 3_000
)

// drawn draws the front as far as it is known, as a person sees it: columns from the left, the first row at the bottom.
func drawn(doors []door) string {
	columns, rows := 0, 0
	at := map[[2]int]string{}
	for _, d := range doors {
		columns, rows = max(columns, d.Column), max(rows, d.Row)
		at[[2]int{d.Column, d.Row}] = fmt.Sprintf("%3d %-3.3s", d.Number, d.Size)
	}
	var b strings.Builder
	rule := strings.Repeat("+---------", columns) + "+\n"
	for row := rows; row >= 1; row-- {
		b.WriteString(rule)
		for column := 1; column <= columns; column++ {
			label := at[[2]int{column, row}]
			if label == "" {
				label = "  ?    "
			}
			b.WriteString("| " + label + " ")
		}
		b.WriteString("|\n")
	}
	return b.String() + rule
}

// floors works out how high each compartment's floor is above the ground, from the heights of those below it. One that is
// not known yet counts as none.
func floors(all []lockhouse.Compartment, base int, heights map[string]int) {
	slices.SortFunc(all, func(a, b lockhouse.Compartment) int { return a.Row - b.Row })
	top := map[int]int{}
	for i, c := range all {
		floor, ok := top[c.Column]
		if !ok {
			floor = base
		}
		all[i].FloorMM = floor
		top[c.Column] = floor + heights[c.Size] + wallMM
	}
}

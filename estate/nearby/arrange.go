package nearby

// arrange sorts items so that each stretch of span/fan of them, and of span/fan² and so on down to fan, lies close
// together: every stretch is cut at a multiple of the smaller one, near its middle, across the axis along which it is
// longest.
func arrange(items []item, span int) {
	for span > fan && len(items) <= span/fan {
		span /= fan
	}
	if span <= fan {
		return
	}
	part := span / fan
	cut(items, part)
}

// cut halves a stretch until none is longer than a part, and arranges those.
func cut(items []item, part int) {
	if len(items) <= part {
		arrange(items, part)
		return
	}
	parts := (len(items) + part - 1) / part
	at := parts / 2 * part
	divide(items, at, widest(items))
	cut(items[:at], part)
	cut(items[at:], part)
}

func widest(items []item) (axis int) {
	low, high := items[0].vector, items[0].vector
	for i := range items {
		for a, v := range items[i].vector {
			low[a], high[a] = min(low[a], v), max(high[a], v)
		}
	}
	for a := range low {
		if high[a]-low[a] > high[axis]-low[axis] {
			axis = a
		}
	}
	return axis
}

// divide puts the at smallest along an axis in front (Hoare's selection). Pivots are drawn by a generator that starts the
// same each time: no order of sites that somebody could think of makes it slow every time.
func divide(items []item, at, axis int) {
	seed := uint64(len(items))
	for low, high := 0, len(items)-1; low < high; {
		seed = seed*6364136223846793005 + 1442695040888963407 // Knuth, MMIX
		pivot := items[low+int(seed>>33)%(high-low+1)].vector[axis]
		i, j := low, high
		for i <= j {
			for items[i].vector[axis] < pivot {
				i++
			}
			for items[j].vector[axis] > pivot {
				j--
			}
			if i <= j {
				items[i], items[j] = items[j], items[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case at <= j:
			high = j
		case at >= i:
			low = i
		default:
			return
		}
	}
}

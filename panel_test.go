package lockhouse_test

import (
	"testing"

	"pgregory.net/rapid"

	"lockhouse"
)

func panels() *rapid.Generator[lockhouse.Panel] {
	return rapid.Custom(func(t *rapid.T) lockhouse.Panel {
		if rapid.IntRange(0, 5).Draw(t, "said") == 0 {
			return lockhouse.Panel{}
		}
		words := rapid.SliceOf(rapid.SampledFrom([]string{"keys", "scanner", "screen", "voice", "code_shown", "code_printed", "a newer one"})).Draw(t, "words")
		return lockhouse.PanelOf(words, rapid.SampledFrom([]int{0, 900, 1_200}).Draw(t, "mm"))
	})
}

// TestPanelIsKept: what a store keeps of a panel, it reads again, nothing said and nothing there too.
func TestPanelIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := panels().Draw(t, "panel")
		if got := lockhouse.ReadPanel(p.String(), p.HeightMM); got != p {
			t.Errorf("%+v became %+v", p, got)
		}
	})
}

// TestCommonPanel promises what every locker has, and nothing that one of them lacks or has said nothing of.
func TestCommonPanel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(panels(), 1, 4).Draw(t, "panels")
		common := lockhouse.CommonPanel(all)
		keys, scanner, said, highest := true, true, true, 0
		for _, p := range all {
			keys, scanner, said = keys && p.Keys, scanner && p.Scanner, said && p.Said
			if highest = max(highest, p.HeightMM); p.HeightMM == 0 {
				highest = 10_000
			}
		}
		if highest >= 10_000 || !said {
			highest = 0
		}
		if common.Keys != keys || common.Scanner != scanner || common.Said != said || common.HeightMM != highest {
			t.Errorf("%+v of %+v", common, all)
		}
	})
}

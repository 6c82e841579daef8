package lockhouse

import (
	"slices"
	"strings"
)

// Panel is what a locker, or every locker of a site, has for people without a smartphone, as lockers say themselves. The
// zero Panel is one of which nothing was said.
type Panel struct {
	Said     bool // it is known what there is, perhaps nothing
	Keys     bool // to type a PIN on
	Scanner  bool // that reads a pass
	Screen   bool
	Voice    bool
	Shown    bool // the screen shows presence codes
	Printed  bool // a presence code is printed on it
	Renews   bool // it is an agent that voids PINs and passes when it is told
	HeightMM int  // of its highest part that is touched, above the ground; 0 where it is not known
}

// MaxPanelHeightMM bounds what is believed of a height.
const MaxPanelHeightMM = 3_000

// parts names what a panel may have, in order.
func (p *Panel) parts() []part {
	return []part{{"keys", &p.Keys}, {"scanner", &p.Scanner}, {"screen", &p.Screen}, {"voice", &p.Voice}, {"code_shown", &p.Shown}, {"code_printed", &p.Printed}, {"renews", &p.Renews}}
}

type part struct {
	word string
	is   *bool
}

// WithoutPhone tells whether somebody without a smartphone can collect: with a PIN, or with a pass.
func (p Panel) WithoutPhone() bool { return p.Keys || p.Scanner }

// Words names what there is, such as keys and scanner.
func (p Panel) Words() []string {
	words := []string{}
	for _, one := range p.parts() {
		if *one.is {
			words = append(words, one.word)
		}
	}
	return words
}

// PanelOf is the panel that was said to have these. Words that are not known are left out: they are a newer locker's.
func PanelOf(words []string, heightMM int) Panel {
	p := Panel{Said: true, HeightMM: heightMM}
	for _, one := range p.parts() {
		*one.is = slices.Contains(words, one.word)
	}
	return p
}

// String is Words in one text, as stores keep it: "" where nothing was said, "none" where there is nothing.
func (p Panel) String() string {
	words := p.Words()
	switch {
	case !p.Said:
		return ""
	case len(words) == 0:
		return "none"
	}
	return strings.Join(words, " ")
}

// ReadPanel reads what String wrote.
func ReadPanel(text string, heightMM int) Panel {
	if text == "" {
		return Panel{}
	}
	return PanelOf(strings.Fields(text), heightMM)
}

// CommonPanel is what all of some panels have: whoever is sent to a site does not know to which of its lockers. Of heights it is
// the greatest, if all are known.
func CommonPanel(all []Panel) Panel {
	if len(all) == 0 {
		return Panel{}
	}
	common := all[0]
	for _, p := range all[1:] {
		common.Said = common.Said && p.Said
		mine, theirs := common.parts(), p.parts()
		for i := range mine {
			*mine[i].is = *mine[i].is && *theirs[i].is
		}
		common.HeightMM = max(common.HeightMM, p.HeightMM)
	}
	if slices.ContainsFunc(all, func(p Panel) bool { return p.HeightMM == 0 }) {
		common.HeightMM = 0
	}
	if !common.Said {
		return Panel{}
	}
	return common
}

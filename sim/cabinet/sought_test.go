package cabinet

import (
	"testing"

	"lockhouse/edge/board"
)

// Who searches for boards asks in every dialect at every address. None of those questions, nor two of them together, may
// be an unlock to a board of another make.
func TestNoQuestionIsAnUnlockToAnotherMake(t *testing.T) {
	var asked []byte
	for _, d := range board.Dialects() {
		traits := d.Traits()
		for n := traits.FirstBoard; n <= traits.LastBoard; n++ {
			for channel := range traits.Channels {
				asked = append(asked, d.Ask(n, channel)...)
			}
		}
	}
	for name, speech := range speeches {
		e, heard := ear{speech: speech}, 0
		for _, b := range asked {
			o, ok := e.hear(b)
			if ok {
				heard++
			}
			if o.unlock {
				t.Fatalf("a question unlocks lock %d on board %d of %s", o.channel, o.board, name)
			}
		}
		if heard == 0 {
			t.Errorf("%s heard no question at all", name)
		}
	}
}

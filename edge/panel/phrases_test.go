package panel

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/wire"
)

// wordsOf reads the codes of refusals for which the screen's page has words in a language.
func wordsOf(t *testing.T, language string) (codes []lockhouse.Code) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "web", "src", "panel", "words", language+".ts"))
	must(t, err)
	_, answers, found := strings.Cut(string(text), "answers: {")
	answers, _, end := strings.Cut(answers, "\n  }")
	if !found || !end {
		t.Fatalf("%s: no answers", language)
	}
	for _, m := range regexp.MustCompile(`(?m)^ {4}(\w+): \[`).FindAllStringSubmatch(answers, -1) {
		codes = append(codes, lockhouse.Code(m[1]))
	}
	slices.Sort(codes)
	return codes
}

// TestEveryStateIsSpoken: whatever the screen shows, the voice says, in every language of the panel: what became of a PIN or a
// pass, what a door does, and what is there to do.
func TestEveryStateIsSpoken(t *testing.T) {
	said := map[phrase]bool{phraseHelp: true, phraseCode: true, phraseNoLine: true, phraseFailed: true}
	for code := range phraseOf {
		said[phraseOf[code]] = true
	}
	for event := range doorStates {
		p, _ := phraseOfDoor(event)
		said[p] = true
	}
	holes := regexp.MustCompile(`\{\w+\}`)
	for _, language := range Languages() {
		for p := range said {
			if phrases[language][p] == "" {
				t.Errorf("%s: nothing is spoken for %s", language, p)
			}
			if got, want := holes.FindAllString(phrases[language][p], -1), holes.FindAllString(phrases["en"][p], -1); !slices.Equal(got, want) {
				t.Errorf("%s: %s has %v in it, and in English %v", language, p, got, want)
			}
		}
		if len(phrases[language]) != len(said) {
			t.Errorf("%s: %d phrases, of which %d are spoken", language, len(phrases[language]), len(said))
		}
		for _, code := range wordsOf(t, language) {
			if phraseFor(code) == phraseFailed {
				t.Errorf("%s: the screen tells of %s, and the voice does not", language, code)
			}
		}
		if got, want := wordsOf(t, language), wordsOf(t, "en"); !slices.Equal(got, want) || len(got) < len(phraseOf) {
			t.Errorf("%s: the screen has words for %v, in English for %v, the voice for %d", language, got, want, len(phraseOf))
		}
	}
	for event := wire.DoorEvent(0); event <= wire.DoorUnknown; event++ {
		if doorStates[event] == "" {
			t.Errorf("event %d shows nothing", event)
		}
	}
}

// TestHelpIsSpoken to who presses OK alone: what can be done, the presence code digit by digit, or that there is no network.
func TestHelpIsSpoken(t *testing.T) {
	for want, at := range map[string]agent.AtPanel{
		phrases["en"][phraseHelp]: {},
		phrases["en"][phraseHelp] + " For the page on a phone, the code is 3, 1, 4, 1, 5, 9.": {Presence: "314159"},
		phrases["en"][phraseHelp] + " " + phrases["en"][phraseNoLine]:                         {LineDown: true},
	} {
		p := New(Options{Languages: Languages(), Voice: []string{"{phrase}"}, Now: time.Now}, &door{at: at})
		p.press(keyEnter, time.Now())
		if got := <-p.voice.next; got[0] != want {
			t.Errorf("spoken: %s", got[0])
		}
		if v := p.view(time.Now()); v.LineDown != at.LineDown || v.Presence != at.Presence {
			t.Errorf("shown: %+v", v)
		}
	}
}

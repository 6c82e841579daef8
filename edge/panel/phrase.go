package panel

import (
	"strconv"
	"strings"

	"lockhouse"
	"lockhouse/wire"
)

// phrase is one of the things that a panel can speak. None has a PIN or a name in it.
type phrase string

const (
	phraseHelp      phrase = "help"
	phraseCode      phrase = "code"    // for who opens from a page over the network
	phraseNoLine    phrase = "no_line" // there is none just now
	phraseOpening   phrase = "opening"
	phraseOpen      phrase = "open"
	phraseShutIt    phrase = "shut_it"
	phraseThanks    phrase = "thanks"
	phraseNotOpened phrase = "not_opened"
	phraseLook      phrase = "look"
	phraseWrong     phrase = "wrong"
	phraseWait      phrase = "wait"
	phraseBusy      phrase = "busy"
	phraseNameDoor  phrase = "name_door"
	phraseNoPIN     phrase = "no_pin"
	phraseNoDoor    phrase = "no_door"
	phraseNoPass    phrase = "no_pass"
	phraseElsewhere phrase = "elsewhere"
	phraseLapsed    phrase = "lapsed"
	phraseOver      phrase = "over"
	phraseTooOften  phrase = "too_often"
	phraseNoLocks   phrase = "no_locks"
	phraseNoDisk    phrase = "no_disk"
	phraseFailed    phrase = "failed"
)

// phraseOf is what is said of a refusal; phrases_test.go holds it to all that the screen has words for.
var phraseOf = map[lockhouse.Code]phrase{
	lockhouse.CodeWrongPIN:     phraseWrong,
	lockhouse.CodeWaitPIN:      phraseWait,
	lockhouse.CodeNameDoor:     phraseNameDoor,
	lockhouse.CodeNoPIN:        phraseNoPIN,
	lockhouse.CodeNoDoor:       phraseNoDoor,
	lockhouse.CodeBusy:         phraseBusy,
	lockhouse.CodeGrantInvalid: phraseNoPass,
	lockhouse.CodeWrongLocker:  phraseElsewhere,
	lockhouse.CodeLapsed:       phraseLapsed,
	lockhouse.CodeUsed:         phraseOver,
	lockhouse.CodeSuperseded:   phraseOver,
	lockhouse.CodeNotHere:      phraseOver,
	lockhouse.CodeTooMany:      phraseTooOften,
	lockhouse.CodeBoardSilent:  phraseNoLocks,
	lockhouse.CodeUnavailable:  phraseNoDisk,
}

// phraseFor gives what is said of a refusal that may be none of those.
func phraseFor(code lockhouse.Code) phrase {
	if p, ok := phraseOf[code]; ok {
		return p
	}
	return phraseFailed
}

// phraseOfDoor gives what is said and beeped when a door did something; 0 is that it is being opened.
func phraseOfDoor(e wire.DoorEvent) (phrase, beep) {
	switch e {
	case wire.DoorOpened:
		return phraseOpen, beepOpen
	case wire.DoorLeftOpen:
		return phraseShutIt, beepOpen
	case wire.DoorClosed:
		return phraseThanks, beepYes
	case wire.DoorTimeout:
		return phraseNotOpened, beepNo
	case wire.DoorUnknown:
		return phraseLook, beepNo
	}
	return phraseOpening, "" // that it may, was beeped
}

// named is what phrases may have in them: the number of a door, and the presence code, which whoever stands here may read.
type named struct {
	door int
	code string
}

// in fills a phrase. The code is spoken digit by digit.
func (n named) in(text string) string {
	return strings.NewReplacer("{door}", strconv.Itoa(n.door), "{code}", strings.Join(strings.Split(n.code, ""), ", ")).Replace(text)
}

package panel

import (
	"context"
	"log/slog"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

const (
	speakLimit     = 20 * time.Second // one phrase
	maxVoiceErrors = 3                // in a row, said to the log
)

// phrase is one of the things that a panel can speak. None has a PIN or a name in it.
type phrase string

const (
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
	phraseOver      phrase = "over"
	phraseFailed    phrase = "failed"
)

func phraseOf(code lockhouse.Code) phrase {
	switch code {
	case lockhouse.CodeWrongPIN:
		return phraseWrong
	case lockhouse.CodeWaitPIN, lockhouse.CodeTooMany:
		return phraseWait
	case lockhouse.CodeBusy:
		return phraseBusy
	case lockhouse.CodeNameDoor:
		return phraseNameDoor
	case lockhouse.CodeNoPIN, lockhouse.CodeNoDoor:
		return phraseNoPIN
	case lockhouse.CodeUsed, lockhouse.CodeLapsed, lockhouse.CodeSuperseded, lockhouse.CodeNotHere:
		return phraseOver
	}
	return phraseFailed
}

// phraseOfDoor gives what is said and beeped when a door did something.
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
	return "", ""
}

// voice speaks by a command, one phrase after the other; what nobody heard yet gives way to what is newer.
type voice struct {
	command []string
	log     *slog.Logger
	next    chan []string // a command line
}

func newVoice(command []string, log *slog.Logger) *voice {
	return &voice{command: command, log: log, next: make(chan []string, 1)}
}

// say has a phrase spoken, without waiting for it.
func (v *voice) say(language string, p phrase, door int) {
	words, ok := phrases[language][p]
	if !ok || len(v.command) == 0 {
		return
	}
	line := make([]string, len(v.command))
	fill := strings.NewReplacer("{language}", language, "{phrase}", strings.ReplaceAll(words, "{door}", strconv.Itoa(door)))
	for i, word := range v.command {
		line[i] = fill.Replace(word)
	}
	select {
	case <-v.next:
	default:
	}
	v.next <- line // the loop is the only one who says anything, so there is room
}

func (v *voice) run(ctx context.Context) {
	failures := 0
	for {
		select {
		case <-ctx.Done():
			return
		case line := <-v.next:
			speaking, cancel := context.WithTimeout(ctx, speakLimit)
			err := exec.CommandContext(speaking, line[0], line[1:]...).Run()
			cancel()
			if failures++; err == nil {
				failures = 0
			} else if failures <= maxVoiceErrors && ctx.Err() == nil {
				v.log.Warn("the panel's voice", slog.String("command", line[0]), slog.Any("error", err))
			}
		}
	}
}

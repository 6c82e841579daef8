package panel

import (
	"context"
	"log/slog"
	"os/exec"
	"strings"
	"time"
)

const (
	speakLimit     = 20 * time.Second // one phrase
	maxVoiceErrors = 3                // in a row, said to the log
)

// voice speaks by a command, one phrase after the other; what nobody heard yet gives way to what is newer.
type voice struct {
	command []string
	log     *slog.Logger
	next    chan []string // a command line
}

func newVoice(command []string, log *slog.Logger) *voice {
	return &voice{command: command, log: log, next: make(chan []string, 1)}
}

// say has phrases spoken, without waiting for it.
func (v *voice) say(language string, n named, those ...phrase) {
	if len(v.command) == 0 {
		return
	}
	words := make([]string, 0, len(those))
	for _, p := range those {
		words = append(words, n.in(phrases[language][p]))
	}
	line := make([]string, len(v.command))
	fill := strings.NewReplacer("{language}", language, "{phrase}", strings.Join(words, " "))
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

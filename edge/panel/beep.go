package panel

import (
	"context"
	"errors"
	"os"
	"time"
)

// beep is one of the panel's sounds: all that tells a person at a panel without a screen how it went.
type beep string

const (
	beepKey  beep = "key"  // a short one: the key was taken
	beepYes  beep = "yes"  // one that rises
	beepNo   beep = "no"   // two low ones
	beepOpen beep = "open" // three high ones: a door is open
)

const maxBeeps = 4 // that wait to be heard

// tone is a sound or a silence (0 Hz).
type tone struct {
	hz   int32
	last time.Duration
}

var tunes = map[beep][]tone{
	beepKey:  {{1_400, 30 * time.Millisecond}},
	beepYes:  {{900, 120 * time.Millisecond}, {1_400, 180 * time.Millisecond}},
	beepNo:   {{300, 180 * time.Millisecond}, {0, 80 * time.Millisecond}, {300, 250 * time.Millisecond}},
	beepOpen: {{1_800, 90 * time.Millisecond}, {0, 60 * time.Millisecond}, {1_800, 90 * time.Millisecond}, {0, 60 * time.Millisecond}, {1_800, 90 * time.Millisecond}},
}

// beeper makes tones by a file of /dev/input that takes sounds, such as the one of the kernel's pcspkr or pwm-beeper.
type beeper struct {
	path string
	next chan beep
}

func newBeeper(path string) *beeper { return &beeper{path: path, next: make(chan beep, maxBeeps)} }

// play has a sound made, without waiting for it; when many wait, the newest is left out.
func (b *beeper) play(which beep) {
	select {
	case b.next <- which:
	default:
	}
}

func (b *beeper) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case which := <-b.next:
			if b.path != "" {
				_ = b.sound(ctx, tunes[which]) // a beeper that is away is silent: nothing depends on it
			}
		}
	}
}

func (b *beeper) sound(ctx context.Context, tune []tone) (err error) {
	f, err := os.OpenFile(b.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, t := range append(tune[:len(tune):len(tune)], tone{}) {
		if _, err := f.Write(event{evSnd, sndTone, t.hz}.bytes(wordBytes)); err != nil {
			return err
		}
		pause(ctx, t.last)
	}
	return nil
}

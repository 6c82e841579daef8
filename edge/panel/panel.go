// Package panel is what a person without a phone stands before at a locker: a keypad, a scanner, a small screen, a
// loudspeaker, or some of them. All of them say one thing, digits and an end: a PIN, a door's number and a PIN, or a paper
// pass. Who may open what is the agent's to decide; the panel shows, says and beeps what came of it.
//
// A keypad is read as Linux tells of keys (evdev.go), a scanner in the same way or on a serial line (scan.go), the screen is
// a page served to this very machine (screen.go). What is not plugged in is looked for again and again (device.go), and
// the locker's health says that it is missing. One loop, Run, owns what is shown; everybody else leaves it a note.
//
// A PIN stands on the screen while it is typed, and nowhere else: not in the log, not in what is spoken.
package panel

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
)

// Limits of a panel.
const (
	maxEntryDigits = 11 // a door's number of 3 and a PIN of 8
	forgetEntryS   = 30 // after the last key: whoever typed has gone
	showAnswerS    = 12 // unless somebody types
	showDoorS      = 20 // after it is shut, or did not open
	homeAfterS     = 90 // without a key, to the first language
	remindS        = 6  // between two beeps for a door that is left open
	maxNotes       = 64 // to the loop
	noteWaitS      = 2
)

// Locker is who decides (edge/agent).
type Locker interface {
	EnterPIN(digits string) error
	ShowPass(digits string) error
	AtPanel() agent.AtPanel
	Doors() []agent.View
	Watch() (changed <-chan struct{}, stop func())
	SetPanel(has lockhouse.Panel, lacks []string)
}

// Options say what the panel is made of. What is empty is not there.
type Options struct {
	Name          string   // of the locker, as it is painted on it
	Languages     []string // that the screen offers; the first is spoken at first
	Keypad        string   // a file below /dev/input
	ScannerKeys   string   // a scanner that plays a keyboard, below /dev/input
	ScannerSerial string   // one on a serial line
	Screen        string   // IP and port of the page, of this machine alone
	Touch         bool     // the screen can be touched: it has keys of its own
	HeightMM      int      // of the highest part that is touched, above the ground; 0 where it is not known
	Voice         []string // a command that speaks: its words, with {language} and {phrase}
	Beeper        string   // a file below /dev/input that makes tones
	Now           func() time.Time
	Log           *slog.Logger
}

// Panel is one panel, from New to the end of Run.
type Panel struct {
	Options
	locker Locker
	notes  chan func(now time.Time)
	voice  *voice
	beeper *beeper

	// All below belongs to the loop.
	entry      string
	keyAt      time.Time
	language   string
	answer     *answer
	answeredAt time.Time
	door       agent.AtPanel // as it was last shown
	closedDoor time.Time     // the news that somebody typed over
	remindedAt time.Time
	faults     map[string]string

	shown shown
}

// answer is what became of what was typed or scanned.
type answer struct {
	code  lockhouse.Code
	until time.Time // of the wait that it told of; zero for none
}

// New makes a panel; nothing is plugged in before Run.
func New(o Options, l Locker) *Panel {
	p := &Panel{Options: o, locker: l, notes: make(chan func(time.Time), maxNotes), language: o.Languages[0], faults: map[string]string{}}
	p.voice, p.beeper = newVoice(o.Voice, o.Log), newBeeper(o.Beeper)
	p.door = l.AtPanel()
	l.SetPanel(p.has(), nil)
	p.shown.set(p.view(o.Now()))
	return p
}

// Run reads, shows and speaks until ctx ends.
func (p *Panel) Run(ctx context.Context) {
	changed, stop := p.locker.Watch()
	defer stop()
	var work sync.WaitGroup
	defer work.Wait()
	p.plugIn(ctx, &work)
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		p.shown.set(p.view(p.Now()))
		select {
		case <-ctx.Done():
			return
		case note := <-p.notes:
			note(p.Now())
		case <-changed:
			p.lookAtDoor(p.Now())
		case <-second.C:
			p.age(p.Now())
		}
	}
}

func (p *Panel) plugIn(ctx context.Context, work *sync.WaitGroup) {
	if p.Keypad != "" {
		work.Go(func() { p.attend(ctx, "keypad", keyboard(p.Keypad), p.typing) })
	}
	if p.ScannerKeys != "" {
		work.Go(func() { p.attend(ctx, "scanner", keyboard(p.ScannerKeys), p.typedScan) })
	}
	if p.ScannerSerial != "" {
		work.Go(func() { p.attend(ctx, "scanner", serialLine(p.ScannerSerial), p.serialScan) })
	}
	if p.Screen != "" {
		work.Go(func() { p.serve(ctx) })
	}
	work.Go(func() { p.voice.run(ctx) })
	work.Go(func() { p.beeper.run(ctx) })
}

// leave leaves the loop a note. It tells whether the loop will read it; one that is stuck is left alone after a while.
func (p *Panel) leave(ctx context.Context, note func(now time.Time)) bool {
	wait := time.NewTimer(noteWaitS * time.Second)
	defer wait.Stop()
	select {
	case p.notes <- note:
		return true
	case <-ctx.Done():
	case <-wait.C:
	}
	return false
}

// press takes a key of the keypad or of the screen.
func (p *Panel) press(k key, now time.Time) {
	p.keyAt, p.answer = now, nil
	if over(p.door.Event) {
		p.closedDoor = p.door.At
	}
	switch {
	case k == keyEnter && p.entry == "":
		p.help()
		return
	case k == keyEnter:
		entry := p.entry
		p.entry = ""
		p.submit(entry, now)
		return
	case k == keyClear:
		p.entry = ""
	case k == keyBack && p.entry != "":
		p.entry = p.entry[:len(p.entry)-1]
	case k.digit() && len(p.entry) < maxEntryDigits:
		p.entry += string(rune(k))
	default:
		p.beeper.play(beepNo)
		return
	}
	p.beeper.play(beepKey)
}

// help speaks what can be done here, to who pressed OK and typed nothing, and the code that others read off the screen.
func (p *Panel) help() {
	p.beeper.play(beepKey)
	at, say := p.locker.AtPanel(), []phrase{phraseHelp}
	switch {
	case at.Presence != "":
		say = append(say, phraseCode)
	case at.LineDown:
		say = append(say, phraseNoLine)
	}
	p.voice.say(p.language, named{code: at.Presence}, say...)
}

// submit has the locker decide about digits.
func (p *Panel) submit(digits string, now time.Time) {
	decide := p.locker.EnterPIN
	if len(digits) > maxEntryDigits {
		decide = p.locker.ShowPass
	}
	p.say(decide(digits), now)
}

// say shows, speaks and beeps what the locker decided.
func (p *Panel) say(err error, now time.Time) {
	p.keyAt = now
	if err == nil {
		p.answer = nil
		p.beeper.play(beepYes)
		return
	}
	a := &answer{code: lockhouse.CodeOf(err)}
	if s := waitOf(err); s > 0 {
		a.until = now.Add(time.Duration(s) * time.Second)
	}
	p.answer, p.answeredAt = a, now
	p.beeper.play(beepNo)
	p.voice.say(p.language, named{}, phraseFor(a.code))
}

// waitOf gives the seconds that a refusal tells of.
func waitOf(err error) int {
	e, ok := err.(*lockhouse.Error)
	if !ok {
		return 0
	}
	s, _ := e.Facts["wait_s"].(int)
	return s
}

// lookAtDoor hears what became of the door that was opened here.
func (p *Panel) lookAtDoor(now time.Time) {
	was := p.door
	p.door = p.locker.AtPanel()
	if p.door.Door == was.Door && p.door.Event == was.Event && p.door.At.Equal(was.At) {
		return
	}
	phrase, beep := phraseOfDoor(p.door.Event)
	p.voice.say(p.language, named{door: p.door.Door}, phrase)
	if beep != "" {
		p.beeper.play(beep)
	}
	p.keyAt = now // somebody is there
}

// age forgets what nobody looks at any more.
func (p *Panel) age(now time.Time) {
	quiet := now.Sub(p.keyAt)
	if quiet >= forgetEntryS*time.Second {
		p.entry = ""
	}
	if quiet >= homeAfterS*time.Second {
		p.language = p.Languages[0]
	}
	if p.answer != nil && now.Sub(p.answeredAt) >= showAnswerS*time.Second && !now.Before(p.answer.until) {
		p.answer = nil
	}
	p.lookAtDoor(now)
	if leftOpen(p.door.Event) && now.Sub(p.remindedAt) >= remindS*time.Second {
		p.remindedAt = now
		p.beeper.play(beepOpen)
	}
}

// fault notes what is not there, or is again, and tells the locker; why goes to the log, nil where a device was there and has gone.
func (p *Panel) fault(device, what string, why error) {
	if p.faults[device] == what {
		return
	}
	p.Log.Warn("the panel", slog.String("device", device), slog.String("fault", what), slog.Any("error", why))
	if p.faults[device] = what; what == "" {
		delete(p.faults, device)
	}
	all := make([]string, 0, len(p.faults))
	for _, name := range slices.Sorted(maps.Keys(p.faults)) {
		all = append(all, name+" "+p.faults[name])
	}
	p.locker.SetPanel(p.has(), all)
}

// has is what there is for whoever stands here: what is away is not there.
func (p *Panel) has() lockhouse.Panel {
	there := func(device, file string) bool { return file != "" && p.faults[device] == "" }
	screen := there("screen", p.Screen)
	return lockhouse.Panel{
		Said: true, Keys: there("keypad", p.Keypad) || screen && p.Touch, Scanner: there("scanner", p.ScannerKeys+p.ScannerSerial),
		Screen: screen, Voice: len(p.Voice) > 0, HeightMM: p.HeightMM,
	}
}

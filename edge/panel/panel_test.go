package panel

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/go-json-experiment/json"
	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/wire"
)

// patience is how long a test waits for what must come. No test asserts how long it takes.
const patience = 30 * time.Second

// door is a locker of two doors that notes what it is asked, and answers as it is told to.
type door struct {
	mu      sync.Mutex
	heard   []string
	answer  error
	at      agent.AtPanel
	fault   string
	has     lockhouse.Panel
	changed chan struct{}
}

func (d *door) hear(what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard = append(d.heard, what)
	return d.answer
}

func (d *door) EnterPIN(digits string) error { return d.hear("PIN " + digits) }
func (d *door) ShowPass(digits string) error { return d.hear("pass " + digits) }

func (d *door) AtPanel() agent.AtPanel {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

func (d *door) Doors() []agent.View {
	return []agent.View{{Compartment: lockhouse.Compartment{Number: 1, Column: 1, Row: 1}}, {Compartment: lockhouse.Compartment{Number: 2, Column: 1, Row: 2}}}
}

func (d *door) Watch() (<-chan struct{}, func()) { return d.changed, func() {} }

func (d *door) SetPanel(has lockhouse.Panel, lacks []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.has, d.fault = has, strings.Join(lacks, ", ")
}

func (d *door) does(at agent.AtPanel) {
	d.mu.Lock()
	d.at = at
	d.mu.Unlock()
	d.changed <- struct{}{}
}

func (d *door) said() (heard, fault string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.heard, "; "), d.fault
}

// stand sets up a panel in front of the doors, and takes it down at the end.
func stand(t *testing.T, o Options) (*Panel, *door) {
	t.Helper()
	d := &door{changed: make(chan struct{}, 1)}
	if o.Name, o.Languages = "A", Languages(); o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := New(o, d)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { p.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait() })
	return p, d
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func (d *door) hears(t *testing.T, want string) {
	t.Helper()
	until(t, "the locker hears "+want, func() bool { heard, _ := d.said(); return heard == want })
}

func (d *door) hasFault(t *testing.T, want string) {
	t.Helper()
	until(t, fmt.Sprintf("the fault is %q", want), func() bool { _, fault := d.said(); return fault == want })
}

func (p *Panel) look(t *testing.T) (v view) {
	t.Helper()
	text, _ := p.shown.look()
	must(t, json.Unmarshal(text, &v))
	return v
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pipe makes a file that stands for one of /dev/input.
func pipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "event")
	must(t, unix.Mkfifo(path, 0o600))
	return path
}

func openPipe(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

var codes = map[rune]uint16{'0': 11, 'x': 45, '#': 0x20b, '*': 0x20a, '<': 14, '!': 42}

// types gives what a keypad says of keys: pressed, held, released, each with its SYN_REPORT.
func types(keys string) (all []byte) {
	for _, k := range keys {
		code, special := codes[k]
		if !special {
			code = uint16(k-'1') + 2
		}
		for _, value := range []int32{1, 2, 0} {
			all = append(all, event{evKey, code, value}.bytes(wordBytes)...)
			all = append(all, event{}.bytes(wordBytes)...)
		}
	}
	return all
}

func TestKeypad(t *testing.T) {
	path := pipe(t)
	keys := openPipe(t, path)
	p, d := stand(t, Options{Keypad: path})
	say := func(bytes []byte) {
		_, err := keys.Write(bytes)
		must(t, err)
	}
	say(types("99*1!x2345<5678"))
	until(t, "the digits are shown", func() bool { return p.look(t).Entry == "12345678" })
	say(types("#"))
	d.hears(t, "PIN 12345678")
	say(types("12123456789999#")) // what is too much is not taken
	d.hears(t, "PIN 12345678; PIN 12123456789")
	say(types("1234"))
	say(event{evSyn, synDropped, 0}.bytes(wordBytes))
	say(types("00000000#"))
	d.hears(t, "PIN 12345678; PIN 12123456789; PIN 00000000")
	whole := types("7777#")
	for i := range whole { // byte by byte
		say(whole[i : i+1])
	}
	d.hears(t, "PIN 12345678; PIN 12123456789; PIN 00000000; PIN 7777")
}

// TestNumberPads: the keys of a number pad and of a telephone's are digits like those of the row above the letters.
func TestNumberPads(t *testing.T) {
	for digit, code := range []uint16{82, 79, 80, 81, 75, 76, 77, 71, 72, 73} {
		if k, ok := keyOfCode(code); !ok || k != key('0'+digit) {
			t.Errorf("code %d is %q", code, k)
		}
		if k, ok := keyOfCode(uint16(0x200 + digit)); !ok || k != key('0'+digit) {
			t.Errorf("code %#x is %q", 0x200+digit, k)
		}
	}
	if _, ok := keyOfCode(69); ok {
		t.Error("Num Lock says something")
	}
}

// TestWhyADeviceIsAway is in the log: one that is there and can't be had looks like one that nobody plugged in.
func TestWhyADeviceIsAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no-keypad")
	must(t, os.WriteFile(path, nil, 0o600))
	lines := make(chan []byte, 8)
	_, d := stand(t, Options{Keypad: path, Log: slog.New(slog.NewTextHandler(writer(lines), nil))})
	d.hasFault(t, "keypad is away")
	if line := string(<-lines); !strings.Contains(line, "it is no input device, or another program has it") {
		t.Error(line)
	}
}

// writer passes on what is written.
type writer chan []byte

func (w writer) Write(b []byte) (int, error) {
	select {
	case w <- bytes.Clone(b):
	default: // nobody reads on
	}
	return len(b), nil
}

// TestADeviceThatIsAway is looked for until it is there, and again when it is gone; the locker is told.
func TestADeviceThatIsAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "event")
	_, d := stand(t, Options{Keypad: path, ScannerSerial: path + "-none"})
	d.hasFault(t, "keypad is away, scanner is away")
	must(t, unix.Mkfifo(path, 0o600))
	keys := openPipe(t, path)
	d.hasFault(t, "scanner is away")
	_, err := keys.Write(types("12345"))
	must(t, err)
	must(t, keys.Close())
	d.hasFault(t, "keypad is away, scanner is away")
	keys = openPipe(t, path)
	d.hasFault(t, "scanner is away")
	_, err = keys.Write(types("*87654321#"))
	must(t, err)
	d.hears(t, "PIN 87654321")
}

func TestAFileIsNoKeypad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, types("12345678#"), 0o600))
	_, err := keyboard(path)()
	if lockhouse.CodeOf(err) != lockhouse.CodeConflict || !strings.Contains(err.Error(), "no input device") {
		t.Errorf("a file was taken for a keypad: %v", err)
	}
}

// TestScannerOnASerialLine reads passes and PINs, and says of other codes that they are none.
func TestScannerOnASerialLine(t *testing.T) {
	near, far, err := pty.Open()
	must(t, err)
	defer near.Close()
	defer far.Close()
	port, err := serial.Open(far.Name(), &serial.Mode{BaudRate: 9600}) // takes echo off
	must(t, err)
	must(t, port.Close())
	p, d := stand(t, Options{ScannerSerial: far.Name()})
	d.hasFault(t, "")
	until(t, "the line is open", func() bool { return echoless(near) })
	pass := strings.Repeat("1234567890", 32)
	want := []string{"pass " + pass, "PIN 12345678"}
	for i, line := range []string{pass + "\r\n", "12345678\r"} {
		for _, piece := range []string{line[:5], line[5:]} {
			_, err := near.WriteString(piece)
			must(t, err)
		}
		d.hears(t, strings.Join(want[:i+1], "; "))
	}
	_, err = near.WriteString("https://shop.example/1234\r\n")
	must(t, err)
	until(t, "it is said to be none", func() bool {
		v := p.look(t)
		return v.Answer != nil && v.Answer.Code == lockhouse.CodeGrantInvalid
	})
	_, err = near.WriteString(strings.Repeat("1", wire.MaxPassDigits+1) + "\n" + pass + "\n")
	must(t, err)
	d.hears(t, strings.Join(append(want, "pass "+pass), "; "))
}

// echoless tells whether the far end is open in raw mode.
func echoless(f *os.File) bool {
	t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil && t.Lflag&unix.ECHO == 0
}

func TestScannerThatPlaysAKeyboard(t *testing.T) {
	path := pipe(t)
	keys := openPipe(t, path)
	p, d := stand(t, Options{ScannerKeys: path})
	pass := strings.Repeat("9081726354", 32)
	_, err := keys.Write(types("12x4#" + pass + "#"))
	must(t, err)
	d.hears(t, "pass "+pass)
	if v := p.look(t); v.Entry != "" || !v.Scanner {
		t.Errorf("the screen shows %+v", v)
	}
}

// TestWhatIsShown follows a person from a wrong PIN to a shut door.
func TestWhatIsShown(t *testing.T) {
	p, d := stand(t, Options{})
	server := httptest.NewServer(onThisMachine(p.Handler()))
	t.Cleanup(server.Close)
	lines := watch(t, server.URL+"/view")
	next := func(what string, holds func(view) bool) {
		t.Helper()
		for {
			select {
			case text := <-lines:
				var v view
				must(t, json.Unmarshal([]byte(text), &v))
				if holds(v) {
					return
				}
			case <-time.After(patience):
				t.Fatalf("the screen never shows %s", what)
			}
		}
	}
	next("nothing", func(v view) bool { return v.Name == "A" && v.Entry == "" && len(v.Front) == 2 && v.Door == nil })
	d.answer = lockhouse.RefuseAtDoor(lockhouse.CodeWrongPIN).With("wait_s", 10)
	for _, k := range []string{"1", "2", "3", "back", "enter"} {
		wants(t, http.StatusNoContent, server, "/key", k)
	}
	waitS := 11 // the screen of a busy machine may leave seconds out
	counted := func(v view) bool {
		if v.Answer == nil || v.Answer.Code != lockhouse.CodeWrongPIN || v.Answer.WaitS >= waitS || v.Entry != "" {
			return false
		}
		waitS = v.Answer.WaitS
		return true
	}
	next("wrong", counted)
	next("a second later", counted)
	wants(t, http.StatusNoContent, server, "/language", "hi")
	next("Hindi", func(v view) bool { return v.Language == "hi" })
	for _, event := range []wire.DoorEvent{0, wire.DoorUnknown, wire.DoorOpened, wire.DoorLeftOpen, wire.DoorClosed, wire.DoorTimeout} {
		state := doorStates[event]
		d.does(agent.AtPanel{Door: 2, Event: event, At: time.Now()})
		next(state, func(v view) bool { return v.Door != nil && v.Door.Number == 2 && v.Door.State == state })
	}
	wants(t, http.StatusNoContent, server, "/key", "5")
	next("the next person", func(v view) bool { return v.Door == nil && v.Answer == nil && v.Entry == "5" })
}

// TestScreenRefuses what is not its page's.
func TestScreenRefuses(t *testing.T) {
	p, d := stand(t, Options{})
	server := httptest.NewServer(onThisMachine(p.Handler()))
	t.Cleanup(server.Close)
	for _, c := range []struct {
		status               int
		path, host, from, in string
	}{
		{http.StatusMisdirectedRequest, "/key", "panel.example:80", "", `{"is":"1"}`},
		{http.StatusForbidden, "/key", "", "cross-site", `{"is":"1"}`},
		{http.StatusBadRequest, "/key", "", "same-origin", `{"is":"12"}`},
		{http.StatusBadRequest, "/key", "", "same-origin", `{"is":"1","and":2}`},
		{http.StatusBadRequest, "/key", "", "same-origin", `{"is":"` + strings.Repeat(" ", maxWishBytes) + `1"}`},
		{http.StatusBadRequest, "/key", "", "same-origin", ``},
		{http.StatusBadRequest, "/language", "", "same-origin", `{"is":"xx"}`},
		{http.StatusNotFound, "/none", "", "same-origin", ``},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+c.path, strings.NewReader(c.in))
		must(t, err)
		if c.path == "/none" {
			r.Method = http.MethodGet
		}
		r.Host = c.host
		r.Header.Set("Sec-Fetch-Site", c.from)
		resp, err := http.DefaultClient.Do(r)
		must(t, err)
		resp.Body.Close()
		if resp.StatusCode != c.status {
			t.Errorf("%+v: %s", c, resp.Status)
		}
	}
	if heard, _ := d.said(); heard != "" || p.look(t).Entry != "" {
		t.Errorf("heard %q, shows %+v", heard, p.look(t))
	}
	for range maxWatchers {
		watch(t, server.URL+"/view")
	}
	wants(t, http.StatusServiceUnavailable, server, "GET /view", "")
}

// TestScreenWaitsForItsPort: the page is served when another program has let the port go.
func TestScreenWaitsForItsPort(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, d := stand(t, Options{Screen: other.Addr().String()})
	d.hasFault(t, "screen has no port")
	must(t, other.Close())
	d.hasFault(t, "")
	watch(t, "http://"+other.Addr().String()+"/view")
}

func wants(t *testing.T, status int, server *httptest.Server, path, word string) {
	t.Helper()
	method, body := http.MethodPost, fmt.Sprintf(`{"is":%q}`, word)
	if rest, get := strings.CutPrefix(path, "GET "); get {
		method, path, body = http.MethodGet, rest, ""
	}
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	must(t, err)
	resp, err := http.DefaultClient.Do(r)
	must(t, err)
	defer resp.Body.Close()
	if resp.StatusCode != status {
		t.Fatalf("%s %s: %s", path, word, resp.Status)
	}
}

// watch gives what a screen is sent.
func watch(t *testing.T, url string) <-chan string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	must(t, err)
	resp, err := http.DefaultClient.Do(r)
	must(t, err)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", url, resp.Status)
	}
	lines := make(chan string, 1_000)
	var work sync.WaitGroup
	work.Go(func() {
		defer close(lines)
		for all := bufio.NewScanner(resp.Body); all.Scan(); {
			if text, ok := strings.CutPrefix(all.Text(), "data: "); ok {
				lines <- text
			}
		}
	})
	t.Cleanup(func() { cancel(); resp.Body.Close(); work.Wait() })
	return lines
}

// TestVoice speaks by the command: what the door does, in the language of the screen, and never what was typed.
func TestVoice(t *testing.T) {
	dir := t.TempDir()
	said := filepath.Join(dir, "said")
	script := filepath.Join(dir, "say")
	must(t, os.WriteFile(script, []byte("#!/bin/sh\necho \"$1: $2\" >>"+said+"\n"), 0o700))
	p, d := stand(t, Options{Voice: []string{script, "{language}", "{phrase}"}})
	p.leave(t.Context(), func(now time.Time) { p.language = "es"; p.entry = "12345678"; p.press(keyEnter, now) })
	d.hears(t, "PIN 12345678")
	d.does(agent.AtPanel{Door: 12, Event: wire.DoorOpened, At: time.Now()})
	spoken := func() string { text, _ := os.ReadFile(said); return string(text) }
	until(t, "it speaks", func() bool {
		return spoken() == "es: La puerta 12 está abierta. Tome su paquete y cierre la puerta.\n"
	})
	p.leave(t.Context(), func(now time.Time) { p.say(lockhouse.RefuseAtDoor(lockhouse.CodeNoDoor), now) })
	until(t, "it speaks of what was wrong", func() bool { return strings.HasSuffix(spoken(), "es: "+phrases["es"][phraseNoDoor]+"\n") })
}

// TestVoiceThatHangs holds nobody up, and what is newer is spoken in its place.
func TestVoiceThatHangs(t *testing.T) {
	p, d := stand(t, Options{Voice: []string{"sleep", "60", "{phrase}"}})
	for i := range 20 {
		p.leave(t.Context(), func(now time.Time) { p.say(lockhouse.RefuseAtDoor(lockhouse.CodeBusy), now) })
		if i == 19 {
			p.leave(t.Context(), func(now time.Time) { p.submit("12345678", now) })
		}
	}
	d.hears(t, "PIN 12345678")
}

func TestBeeper(t *testing.T) {
	path := pipe(t)
	sounds := openPipe(t, path)
	p, _ := stand(t, Options{Beeper: path})
	p.leave(t.Context(), func(now time.Time) { p.press('1', now) })
	b := make([]byte, 2*eventBytes(wordBytes))
	_, err := io.ReadFull(sounds, b)
	must(t, err)
	var got []event
	new(decoder{word: wordBytes}).feed(b, func(e event) { got = append(got, e) })
	if len(got) != 2 || got[0] != (event{evSnd, sndTone, 1_400}) || got[1] != (event{evSnd, sndTone, 0}) {
		t.Errorf("%+v", got)
	}
}

// TestForgets: whoever walked away leaves nothing on the screen.
func TestForgets(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	d := &door{changed: make(chan struct{}, 1), answer: lockhouse.RefuseAtDoor(lockhouse.CodeWaitPIN).With("wait_s", 40)}
	p := New(Options{Languages: Languages(), Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}, d)
	p.language = "hi"
	p.press('1', now)
	p.press(keyEnter, now)
	p.press('2', now.Add(time.Second))
	if p.answer != nil || p.entry != "2" {
		t.Errorf("after a key: %+v, %q", p.answer, p.entry)
	}
	p.press(keyEnter, now)
	p.press('3', now)
	p.submit("12345678", now)
	for _, c := range []struct {
		after time.Duration
		want  string
	}{{29 * time.Second, "3 hi true"}, {31 * time.Second, " hi true"}, {41 * time.Second, " hi false"}, {91 * time.Second, " en false"}} {
		p.age(now.Add(c.after))
		if got := fmt.Sprint(p.entry, " ", p.language, " ", p.answer != nil); got != c.want {
			t.Errorf("after %s: %q, want %q", c.after, got, c.want)
		}
	}
}

// TestHas: the network is told what there is, and not what is away.
func TestHas(t *testing.T) {
	path := pipe(t)
	openPipe(t, path) // or the scanner would be away as soon as it was looked for
	_, d := stand(t, Options{ScannerKeys: path, Screen: "127.0.0.1:0", Touch: true, HeightMM: 1_100, Voice: []string{"true", "{phrase}"}})
	has := func() lockhouse.Panel {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.has
	}
	want := lockhouse.Panel{Said: true, Keys: true, Scanner: true, Screen: true, Voice: true, HeightMM: 1_100}
	until(t, "all is there", func() bool { return has() == want })
	for _, o := range []Options{{Screen: "127.0.0.1:0"}, {Keypad: "/dev/input/none"}} {
		_, d := stand(t, o)
		until(t, "nothing can be typed", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.has.Said && !d.has.WithoutPhone() })
	}
}

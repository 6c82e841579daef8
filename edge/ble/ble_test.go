package ble_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lockhouse/edge/ble"
	"lockhouse/sim/radio"
	"lockhouse/sim/radio/central"
)

func TestFramesGoBothWays(t *testing.T) {
	for _, mtu := range []int{23, 247, 517} {
		t.Run(fmt.Sprint("mtu ", mtu), func(t *testing.T) {
			air := startRadio(t, radio.Options{MTUBytes: mtu})
			latch := &echo{}
			serve(t, air.Address(), withLatch(latch, "pseudonym"))
			await(t, air, radio.Named("pseudonym"))
			link := dial(t, air, "pseudonym")
			if info := readInfo(t, link); len(info) != 46 || info[0] != 1 {
				t.Fatalf("INFO is %q", info)
			}
			longest := strings.Repeat("f", min(mtu-3, 509)-1)
			for i := range 20 {
				frame := fmt.Sprint(i, longest)[:len(longest)]
				sendFrame(t, link, frame)
				if got := receive(t, link, 1); got != frame {
					t.Fatalf("sent %q, got %q", frame, got)
				}
			}
			if link.MTU() != mtu || !slices.Equal(latch.mtus, []int{mtu}) {
				t.Errorf("the phone knows MTU %d and the Latch %v", link.MTU(), latch.mtus)
			}
		})
	}
}

func TestRefusalsReachThePhone(t *testing.T) {
	air := startRadio(t, radio.Options{MTUBytes: 23})
	serve(t, air.Address(), withLatch(&echo{}, "pseudonym"))
	await(t, air, radio.Named("pseudonym"))
	link := dial(t, air, "pseudonym")
	if err := link.Write(limit(t), []byte("early")); err == nil || !strings.Contains(err.Error(), "NotPermitted") {
		t.Errorf("a write before INFO was read gave %v", err)
	}
	readInfo(t, link)
	if err := link.Write(limit(t), []byte("no")); !errors.Is(err, central.ATTError{Code: 0x85}) {
		t.Errorf("a refused frame gave %v", err)
	}
	if err := link.Write(limit(t), []byte(strings.Repeat("long", 20))); err == nil || !strings.Contains(err.Error(), "Invalid") {
		t.Errorf("a long write gave %v", err)
	}
	if err := link.Write(limit(t), nil); err == nil || !strings.Contains(err.Error(), "Invalid") {
		t.Errorf("an empty frame gave %v", err)
	}
	sendFrame(t, link, "still here")
	if got := receive(t, link, 1); got != "still here" {
		t.Errorf("after refusals: %q", got)
	}
}

func TestEveryInfoReadBeginsASession(t *testing.T) {
	air := startRadio(t, radio.Options{MTUBytes: 23}) // INFO takes three pieces
	latch := &echo{}
	serve(t, air.Address(), withLatch(latch, "pseudonym"))
	await(t, air, radio.Named("pseudonym"))
	link := dial(t, air, "pseudonym")
	for n := byte(1); n <= 3; n++ {
		if info := readInfo(t, link); info[0] != n || len(info) != 46 {
			t.Fatalf("read %d gave %q", n, info)
		}
	}
	link.Close()
	eventually(t, "every session is closed", func() bool { opened, closed := latch.counts(); return opened == 3 && closed == 3 })
}

func TestSeveralPhonesHaveSessionsOfTheirOwn(t *testing.T) {
	air := startRadio(t, radio.Options{})
	serve(t, air.Address(), withLatch(&echo{}, "pseudonym"))
	await(t, air, radio.Named("pseudonym"))
	links := []*central.Link{}
	sessions := []byte{}
	for range 3 {
		link := dial(t, air, "pseudonym")
		links, sessions = append(links, link), append(sessions, readInfo(t, link)[0])
	}
	for i, link := range links {
		sendFrame(t, link, fmt.Sprint("from ", i))
	}
	for i, link := range links {
		if got := receive(t, link, sessions[i]); got != fmt.Sprint("from ", i) {
			t.Errorf("phone %d got %q", i, got)
		}
	}
	links[0].Close()
	sendFrame(t, links[1], "the others stay")
	if got := receive(t, links[1], sessions[1]); got != "the others stay" {
		t.Errorf("got %q", got)
	}
}

func TestANewPseudonymIsAdvertised(t *testing.T) {
	air := startRadio(t, radio.Options{})
	days := make(chan string, 1)
	today := "monday"
	options := withLatch(&echo{}, "")
	options.Name = func() string {
		select {
		case today = <-days:
		default:
		}
		return today
	}
	serve(t, air.Address(), options)
	await(t, air, radio.Named("monday"))
	link := dial(t, air, "monday")
	readInfo(t, link)
	days <- "tuesday"
	await(t, air, radio.Named("tuesday"))
	if list := names(air.Lockers()); !slices.Equal(list, []string{"tuesday"}) {
		t.Errorf("on the air: %v", list)
	}
	sendFrame(t, link, "held over midnight")
	if got := receive(t, link, 1); got != "held over midnight" {
		t.Errorf("got %q", got)
	}
}

func TestASilentPhoneIsDisconnected(t *testing.T) {
	air := startRadio(t, radio.Options{})
	latch := &echo{}
	options := withLatch(latch, "pseudonym")
	options.Idle = time.Second
	serve(t, air.Address(), options)
	await(t, air, radio.Named("pseudonym"))
	spoke, never := dial(t, air, "pseudonym"), dial(t, air, "pseudonym")
	readInfo(t, spoke)
	for _, link := range []*central.Link{spoke, never} {
		select {
		case _, open := <-link.Frames():
			if open {
				t.Error("a frame came from nowhere")
			}
		case <-limit(t).Done():
			t.Fatal("a silent phone stays connected")
		}
	}
	eventually(t, "the session is closed", func() bool { _, closed := latch.counts(); return closed == 1 })
	if err := latch.sends[0]([]byte("late")); err == nil {
		t.Error("a closed session still sends")
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	for name, options := range map[string]ble.Options{
		"no latch":      {Name: named("pseudonym")},
		"no name":       {Latch: &echo{}},
		"negative idle": {Latch: &echo{}, Name: named("pseudonym"), Idle: -1},
	} {
		if err := ble.Serve(t.Context(), "unix:path=/nonexistent", options); err == nil {
			t.Errorf("%s: served", name)
		}
	}
}

// The locker's end of a session is the end of the link: who said goodbye, or was sent away, keeps nobody out.
func TestAnEndedSessionIsDisconnected(t *testing.T) {
	air := startRadio(t, radio.Options{})
	latch := &echo{}
	serve(t, air.Address(), withLatch(latch, "pseudonym"))
	await(t, air, radio.Named("pseudonym"))
	link, other := dial(t, air, "pseudonym"), dial(t, air, "pseudonym")
	for n := byte(1); n <= 2; n++ {
		readInfo(t, link) // the second ends the first, and that is no reason to part
	}
	session := readInfo(t, other)[0]
	sendFrame(t, link, "still here")
	if got := receive(t, link, 2); got != "still here" {
		t.Errorf("got %q", got)
	}
	sendFrame(t, link, "bye")
	awaitEnd(t, link)
	sendFrame(t, other, "the other stays")
	if got := receive(t, other, session); got != "the other stays" {
		t.Errorf("got %q", got)
	}
}

// A phone that never reads INFO, whatever else it does, has less time than one that talks.
func TestAPhoneThatDoesNotBeginIsDisconnected(t *testing.T) {
	air := startRadio(t, radio.Options{})
	options := withLatch(&echo{}, "pseudonym")
	options.Greet, options.Idle = time.Second, time.Hour
	serve(t, air.Address(), options)
	await(t, air, radio.Named("pseudonym"))
	silent, noisy, good := dial(t, air, "pseudonym"), dial(t, air, "pseudonym"), dial(t, air, "pseudonym")
	session := readInfo(t, good)[0]
	flooded := make(chan int, 1)
	go func() {
		writes := 0
		for ; noisy.Write(limit(t), []byte("no INFO was read")) != nil && air.Lockers()[0].Phones == 3; writes++ {
		}
		flooded <- writes
	}()
	awaitEnd(t, silent)
	awaitEnd(t, noisy)
	if writes := <-flooded; writes == 0 {
		t.Error("nothing was refused")
	}
	sendFrame(t, good, "still here")
	if got := receive(t, good, session); got != "still here" {
		t.Errorf("got %q", got)
	}
}

// Sessions begun one after the other, and frames that are refused, keep a link as little as silence does.
func TestNoPhoneHoldsTheLockerByNoise(t *testing.T) {
	air := startRadio(t, radio.Options{})
	latch := &echo{}
	options := withLatch(latch, "pseudonym")
	options.Greet, options.Idle = time.Second, 2*time.Second
	serve(t, air.Address(), options)
	await(t, air, radio.Named("pseudonym"))
	for name, noise := range map[string]func(*central.Link) error{
		"INFO again and again": func(l *central.Link) error { _, err := l.Info(limit(t)); return err },
		"refused frames":       func(l *central.Link) error { return l.Write(limit(t), []byte("no")) },
	} {
		link := dial(t, air, "pseudonym")
		readInfo(t, link)
		over := make(chan struct{})
		go func() {
			for range link.Frames() {
			}
			close(over)
		}()
		eventually(t, name+": it is sent away", func() bool {
			_ = noise(link) // that it is refused is the point
			select {
			case <-over:
				return true
			default:
				return false
			}
		})
	}
	if opened, _ := latch.counts(); opened > 2*8 {
		t.Errorf("%d sessions were begun", opened)
	}
}

// The adapter is called by the name of the day, so that its device name says no more than the advertisement.
func TestTheAdapterHasTheNameOfTheDay(t *testing.T) {
	air := startRadio(t, radio.Options{})
	serve(t, air.Address(), withLatch(&echo{}, "pseudonym"))
	await(t, air, radio.Named("pseudonym"))
	if alias := air.Lockers()[0].Alias; alias != "pseudonym" {
		t.Errorf("whoever connects reads the device name %q", alias)
	}
}

// awaitEnd waits until the phone hears that its link is gone.
func awaitEnd(t *testing.T, link *central.Link) {
	t.Helper()
	for ctx := limit(t); ; {
		select {
		case _, open := <-link.Frames():
			if !open {
				return
			}
		case <-ctx.Done():
			t.Fatal("the phone stays connected")
		}
	}
}

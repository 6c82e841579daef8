package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"time"

	"lockhouse"
	"lockhouse/bench/load"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

const tapLimitS = 30

// taps is what one series gave.
type taps struct {
	Air  air `json:"air"`
	Taps int `json:"taps"`
	// Door is from the phone's first written frame to the locker's signed word, checked, that the door's contact says open.
	Door load.Latency `json:"door"`
	// Visit is the same with what comes before: finding the locker, connecting, reading INFO.
	Visit load.Latency `json:"visit"`
	Echo  load.Latency `json:"echo"` // of the same radio
	// Frames is how many the phone writes for a tap. Each but the last is answered before the next, and the door's news
	// comes back at the end: the radio alone takes so many echoes.
	Frames int `json:"frames"`
	// Kept is what all taps together wrote into the journal: each record is synced by itself.
	Kept kept `json:"kept"`
}

// kept is what went into a journal.
type kept struct {
	Records   int   `json:"records"`
	Bytes     int64 `json:"bytes"`      // of them, with their frames
	DiskBytes int64 `json:"disk_bytes"` // in whole pages, as the kernel charges them; the file system's own journal is not in it
}

// timeTaps lets a courier and a recipient come in turns: each taps, and both count.
func timeTaps(ctx context.Context, w *workshop, a air, n int) (t taps, err error) {
	w.say("tap to door: " + a.Name)
	d, err := openDoorway(ctx, filepath.Join(w.dir, fmt.Sprintf("door-%d-%d", a.Interval, a.SpringMS)), a)
	if err != nil {
		return t, err
	}
	defer d.close()
	t = taps{Air: a}
	var doors, visits []time.Duration
	before, err := d.written()
	if err != nil {
		return t, err
	}
	for range (n + 1) / 2 {
		for _, tapped := range d.pair() {
			one, err := tapped(ctx)
			if err != nil {
				return t, fmt.Errorf("tap %d: %w", t.Taps+1, err)
			}
			t.Taps, t.Frames = t.Taps+1, one.frames
			doors, visits = append(doors, one.door), append(visits, one.visit)
		}
	}
	after, err := d.written()
	if err != nil {
		return t, err
	}
	t.Kept = kept{after.Records - before.Records, after.Bytes - before.Bytes, after.DiskBytes - before.DiskBytes}
	t.Door, t.Visit = load.LatencyOf(doors), load.LatencyOf(visits)
	t.Echo, err = timeEcho(ctx, d.radio.Address())
	return t, err
}

// tap is one door that opened.
type tap struct {
	door, visit time.Duration
	frames      int
}

// pair is a parcel's stay: a courier who stores it, and the recipient who collects it.
func (d *doorway) pair() []func(context.Context) (tap, error) {
	ref := lockhouse.NewParcelRef(rand.Reader)
	var lies phone.News
	store := func(ctx context.Context) (t tap, err error) {
		target := lockhouse.Target{Ref: ref, Verb: lockhouse.VerbStore, Rank: 2}
		t, lies, err = d.visit(ctx, target, func(number int) error { return d.cabinet.Put(number, "a parcel") })
		return t, err
	}
	collect := func(ctx context.Context) (tap, error) {
		target := lockhouse.Target{Ref: ref, Verb: lockhouse.VerbCollect, Compartment: lies.Compartment, Generation: lies.Receipt.Generation}
		t, _, err := d.visit(ctx, target, func(number int) error { _, err := d.cabinet.Take(number); return err })
		return t, err
	}
	return []func(context.Context) (tap, error){store, collect}
}

// visit is one person at the locker: comes, taps, does something behind the open door, shuts it, goes when the locker has
// said that it is shut.
func (d *doorway) visit(ctx context.Context, target lockhouse.Target, inside func(number int) error) (t tap, shut phone.News, err error) {
	ctx, cancel := context.WithTimeout(ctx, tapLimitS*time.Second)
	defer cancel()
	grant, err := d.grant(target)
	if err != nil {
		return t, shut, err
	}
	whom, err := d.whom()
	if err != nil {
		return t, shut, err
	}
	came := time.Now()
	link, err := d.connect(ctx)
	if err != nil {
		return t, shut, err
	}
	defer link.Close()
	watched := &watchedLink{Link: link}
	v, _, err := phone.Begin(ctx, watched, phone.Phone{Key: d.key, Random: rand.Reader}, whom, grant, 0)
	if err != nil {
		return t, shut, err
	}
	open, err := v.Next(ctx)
	now := time.Now()
	if err != nil || open.Event != wire.DoorOpened || open.Receipt == nil {
		return t, shut, fmt.Errorf("the door did not open: %+v, %w", open, err)
	}
	t = tap{door: now.Sub(watched.first), visit: now.Sub(came), frames: watched.frames}
	if err := inside(open.Compartment); err != nil {
		return t, shut, err
	}
	if err := d.cabinet.Shut(open.Compartment); err != nil {
		return t, shut, err
	}
	if shut, err = v.Next(ctx); err != nil || shut.Event != wire.DoorClosed || shut.Receipt == nil {
		return t, shut, fmt.Errorf("the door was not shut: %+v, %w", shut, err)
	}
	return t, shut, v.Bye(ctx)
}

// watchedLink notes when the first frame is written, which is the tap, and counts them.
type watchedLink struct {
	phone.Link
	first  time.Time
	frames int
}

func (l *watchedLink) Write(ctx context.Context, frame []byte) error {
	if l.frames == 0 {
		l.first = time.Now()
	}
	l.frames++
	return l.Link.Write(ctx, frame)
}

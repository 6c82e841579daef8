package network

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/watch/meters"
	"lockhouse/watch/traces"
	"lockhouse/wire"
)

// refTimeout bounds asking whose journey an opening belongs to.
const refTimeout = time.Second

// openings hears from lockers how long doors took to open.
type openings struct{ *Network }

// Opened measures openings and, where journeys are traced, tells them as the locker's part of the parcel's.
func (o openings) Opened(_ lockhouse.LockerID, m wire.Openings) {
	w, now := o.watching, o.parts.Now()
	for _, one := range m.Openings {
		for phase, ms := range map[meters.Phase]int64{meters.Authorised: one.AuthorisedMS, meters.Pulsed: one.PulsedMS, meters.Open: one.OpenMS} {
			if ms > 0 {
				w.meters.Lockers.Opened(m.Board, phase, time.Duration(ms)*time.Millisecond)
			}
		}
		if w.tracer != nil {
			o.tell(one, now)
		}
	}
}

// tell tells an opening as a span of its parcel's journey. The locker's clock may be wrong: its stopwatch is not, and the
// wish is counted back from when the message came.
func (o openings) tell(one wire.Opening, now time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), refTimeout)
	defer cancel()
	var parcel lockhouse.Parcel
	err := o.store.View(ctx, func(tx store.Tx) (err error) {
		parcel, err = tx.ParcelByRef(one.Ref)
		return err
	})
	if err != nil {
		return // nobody's journey that we know
	}
	wish := now.Add(-time.Duration(one.AgoMS) * time.Millisecond)
	s := traces.Span{Trace: lockhouse.TraceOf(parcel.ID), Name: "locker.opening", Began: wish, Ended: wish}
	for _, step := range []struct {
		name string
		ms   int64
	}{{"locker.authorise", one.AuthorisedMS}, {"locker.pulse", one.PulsedMS}, {"locker.open", one.OpenMS}, {"locker.shut", one.ShutMS}} {
		if ended := wish.Add(time.Duration(step.ms) * time.Millisecond); step.ms > 0 && ended.After(s.Ended) {
			s.Within = append(s.Within, traces.Step{Name: step.name, Began: s.Ended, Ended: ended})
			s.Ended = ended
		}
	}
	if one.OpenMS == 0 {
		s.Failed = "not opened"
	}
	o.watching.tracer.Tell(s)
}

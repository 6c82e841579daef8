package past

import (
	"time"

	"lockhouse"
)

// writer gathers the texts of a body.
type writer struct {
	body bodyOf1
	at   map[string]int
}

func (w *writer) word(text string) int {
	at, ok := w.at[text]
	if !ok {
		at = len(w.body.Words)
		w.at[text] = at
		w.body.Words = append(w.body.Words, text)
	}
	return at
}

func (w *writer) time(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	after := t.UnixMicro() - w.body.Base
	return &after
}

func write(e Ended) bodyOf1 {
	w := &writer{at: map[string]int{}}
	w.body.Base = e.Parcel.AnnouncedAt.UnixMicro()
	w.word("")
	w.body.Parcel = w.parcel(e.Parcel)
	if e.Hold.ID != "" {
		w.body.Hold = w.hold(e.Hold)
	}
	for _, x := range e.Events {
		w.body.Events = append(w.body.Events, eventOf1{Seq: x.Seq, Kind: w.word(string(x.Kind)), At: w.time(x.At), Shop: w.word(string(x.Shop)),
			Hold: w.word(string(x.Hold)), Site: w.word(string(x.Site)), Locker: w.word(string(x.Locker)), Compartment: x.Compartment, Note: w.word(x.Note)})
	}
	for _, x := range e.Notices {
		w.body.Notices = append(w.body.Notices, noticeOf1{ID: x.ID, Event: x.Event, Kind: w.word(string(x.Kind)), At: w.time(x.At), Count: x.Count,
			NextAt: w.time(x.NextAt), DoneAt: w.time(x.DoneAt), LastError: w.word(x.LastError)})
	}
	for _, x := range e.Receipts {
		w.body.Receipts = append(w.body.Receipts, receiptOf1{Locker: w.word(string(x.Locker)), Seq: x.Seq})
	}
	return w.body
}

func (w *writer) parcel(p lockhouse.Parcel) parcelOf1 {
	return parcelOf1{ID: w.word(string(p.ID)), Shop: w.word(string(p.Shop)), Reference: w.word(p.Reference), Tracking: w.word(p.Tracking),
		Site: w.word(string(p.Site)), Hold: w.word(string(p.Hold)), Ref: p.Ref, Dimensions: dimensions(p.Dimensions), Size: w.word(p.Size),
		Rank: p.Rank, State: w.word(string(p.State)), Locker: w.word(string(p.Locker)), Compartment: p.Compartment, Generation: p.Generation,
		AnnouncedAt: w.time(p.AnnouncedAt), DroppedOffAt: w.time(p.DroppedOffAt), CollectBy: w.time(p.CollectBy), EndedAt: w.time(p.EndedAt)}
}

func (w *writer) hold(h lockhouse.Hold) *holdOf1 {
	return &holdOf1{ID: w.word(string(h.ID)), Reference: w.word(h.Reference), Site: w.word(string(h.Site)), Dimensions: dimensions(h.Dimensions),
		Size: w.word(h.Size), Rank: h.Rank, From: int(h.From), Until: int(h.Until), State: w.word(string(h.State)),
		LapsesAt: w.time(h.LapsesAt), PlacedAt: w.time(h.PlacedAt)}
}

func dimensions(d lockhouse.Dimensions) [4]int {
	return [4]int{d.LengthMM, d.WidthMM, d.HeightMM, d.Grams}
}

// reader gives texts and times back.
type reader struct {
	words []string
	base  int64
	bad   bool // a number pointed to no word
}

func (r *reader) word(at int) string {
	if at < 0 || at >= len(r.words) {
		r.bad = true
		return ""
	}
	return r.words[at]
}

func (r *reader) time(after *int64) time.Time {
	if after == nil {
		return time.Time{}
	}
	return time.UnixMicro(r.base + *after).UTC()
}

func read(b bodyOf1) (e Ended, err error) {
	r := &reader{words: b.Words, base: b.Base}
	e.Parcel = r.parcel(b.Parcel)
	if b.Hold != nil {
		e.Hold = r.hold(*b.Hold, e.Parcel)
	}
	for _, x := range b.Events {
		e.Events = append(e.Events, lockhouse.Event{Seq: x.Seq, Kind: lockhouse.EventKind(r.word(x.Kind)), At: r.time(x.At),
			Shop: lockhouse.ShopID(r.word(x.Shop)), Hold: lockhouse.HoldID(r.word(x.Hold)), Parcel: e.Parcel.ID,
			Site: lockhouse.SiteID(r.word(x.Site)), Locker: lockhouse.LockerID(r.word(x.Locker)), Compartment: x.Compartment, Note: r.word(x.Note)})
	}
	for _, x := range b.Notices {
		e.Notices = append(e.Notices, lockhouse.Notice{ID: x.ID, Event: x.Event, Kind: lockhouse.NoticeKind(r.word(x.Kind)), Parcel: e.Parcel.ID,
			At: r.time(x.At), Attempts: lockhouse.Attempts{Count: x.Count, NextAt: r.time(x.NextAt), DoneAt: r.time(x.DoneAt), LastError: r.word(x.LastError)}})
	}
	for _, x := range b.Receipts {
		e.Receipts = append(e.Receipts, ReceiptName{Locker: lockhouse.LockerID(r.word(x.Locker)), Seq: x.Seq})
	}
	if r.bad {
		return Ended{}, ErrBody
	}
	return e, nil
}

func (r *reader) parcel(p parcelOf1) lockhouse.Parcel {
	return lockhouse.Parcel{ID: lockhouse.ParcelID(r.word(p.ID)), Ref: p.Ref, Shop: lockhouse.ShopID(r.word(p.Shop)), Reference: r.word(p.Reference),
		Tracking: r.word(p.Tracking), Site: lockhouse.SiteID(r.word(p.Site)), Hold: lockhouse.HoldID(r.word(p.Hold)),
		Dimensions: asDimensions(p.Dimensions), Size: r.word(p.Size), Rank: p.Rank, State: lockhouse.ParcelState(r.word(p.State)),
		Locker: lockhouse.LockerID(r.word(p.Locker)), Compartment: p.Compartment, Generation: p.Generation,
		AnnouncedAt: r.time(p.AnnouncedAt), DroppedOffAt: r.time(p.DroppedOffAt), CollectBy: r.time(p.CollectBy), EndedAt: r.time(p.EndedAt)}
}

func (r *reader) hold(h holdOf1, p lockhouse.Parcel) lockhouse.Hold {
	return lockhouse.Hold{ID: lockhouse.HoldID(r.word(h.ID)), Shop: p.Shop, Reference: r.word(h.Reference), Site: lockhouse.SiteID(r.word(h.Site)),
		Dimensions: asDimensions(h.Dimensions), Size: r.word(h.Size), Rank: h.Rank, From: lockhouse.Day(h.From), Until: lockhouse.Day(h.Until),
		State: lockhouse.HoldState(r.word(h.State)), LapsesAt: r.time(h.LapsesAt), PlacedAt: r.time(h.PlacedAt), Parcel: p.ID}
}

func asDimensions(d [4]int) lockhouse.Dimensions {
	return lockhouse.Dimensions{LengthMM: d[0], WidthMM: d[1], HeightMM: d[2], Grams: d[3]}
}

package cluster

import (
	"fmt"
	"time"

	"lockhouse"
)

// What follows looks whether everybody was told of everything, once.

// lastNotice is what a recipient must have been told, for each standing.
var lastNotice = map[standing]lockhouse.NoticeKind{
	announced: lockhouse.NoticeAnnounced, stored: lockhouse.NoticeReady, collected: lockhouse.NoticeCollected,
}

// notices looks for the mails about a parcel: none twice, and at the end the one of its state. Those of states that it had
// left before anybody heard of them were never written.
func (v *verifier) notices(e entry, p lockhouse.Parcel) {
	count := map[lockhouse.NoticeKind]int{}
	for _, n := range v.is.notices[p.ID] {
		count[n.Kind]++
		v.arrived(fmt.Sprintf("<notice-%d@cluster.example>", n.ID), n.Attempts)
	}
	for kind, n := range count {
		if n > 1 {
			v.ledger.fail("notices", "%d notices %s for parcel %s", n, kind, e.Reference)
		}
	}
	if last := lastNotice[e.Standing]; count[last] != 1 {
		v.ledger.fail("notices", "no notice %s for parcel %s (%s), but %v", last, e.Reference, p.ID, count)
	}
}

// lapses looks whether the timer of each hold that was left ran, and ran once.
func (v *verifier) lapses(entries []entry) {
	lapsed := map[lockhouse.HoldID]int{}
	for _, e := range v.is.events {
		if e.Kind == lockhouse.EventHoldLapsed {
			lapsed[e.Hold]++
		}
	}
	for _, e := range entries {
		want := 0
		if e.Standing == left {
			want = 1
		}
		if got := lapsed[e.Hold]; e.Hold != "" && got != want {
			v.ledger.fail("lapses", "hold %s (%s) was said to have lapsed %d times", e.Reference, e.Standing, got)
		}
	}
}

// shopHears are the events of this rehearsal that a shop is told of.
var shopHears = map[lockhouse.EventKind]bool{lockhouse.EventHoldLapsed: true, lockhouse.EventParcelAnnounced: true,
	lockhouse.EventParcelDroppedOff: true, lockhouse.EventParcelCollected: true}

// told looks for the one message of each event, and whether it arrived.
func (v *verifier) told() {
	for _, e := range v.is.events {
		messages := v.is.deliveries[e.Seq]
		want := 0
		if shopHears[e.Kind] {
			want = 1
		}
		if len(messages) != want {
			v.ledger.fail("webhook messages", "%d webhook messages for event %d, %s", len(messages), e.Seq, e.Kind)
		}
		for _, m := range messages {
			v.arrived(m.ID, m.Attempts)
		}
	}
}

// arrived looks how often a message was heard. More than once, it must have been around a fault: sent, and the sender died,
// lost its lease or its database before it had written that down.
func (v *verifier) arrived(id string, a lockhouse.Attempts) {
	times := v.cluster.heard.times(id)
	if len(times) == 0 {
		if !a.DoneAt.IsZero() {
			v.ledger.fail("messages that arrived", "message %s never arrived, and counts as sent", id)
		} else if a.LastError != noLongerNeeded {
			v.ledger.fail("messages that arrived", "message %s was given up: %s", id, a.LastError)
		}
		return
	}
	for _, again := range times[1:] {
		if !v.around(times[0], again) {
			v.ledger.fail("messages that arrived", "message %s arrived at %s and again at %s, and nothing was wrong then", id, times[0].Format(time.TimeOnly), again.Format(time.TimeOnly))
		}
	}
}

// noLongerNeeded is why a mail is not sent whose parcel is further already: it was collected before it was said to be ready.
const noLongerNeeded = "no longer needed"

// around finds the fault between whose beginning and end, or a lease after it, a message was sent.
func (v *verifier) around(first, again time.Time) bool {
	for i, f := range v.faults {
		if first.Before(f.Until.Add(faultEcho)) && again.After(f.From.Add(-faultEcho)) {
			v.faults[i].Duplicates++
			return true
		}
	}
	return false
}

// faultEcho is how long after a fault its effects may still be felt: a lease, and a while to write down what was sent.
const faultEcho = 30 * time.Second

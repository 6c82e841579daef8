package storetest

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// backlog: what waits is counted with its oldest, and what was done or given up is not.
func backlog(t *testing.T, s store.Store) {
	waits := func(events, notices, deliveries store.Waits) {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			for name, q := range map[string]struct {
				count func() (store.Waits, error)
				want  store.Waits
			}{"events": {tx.UnheardWaits, events}, "notices": {tx.NoticesWait, notices}, "deliveries": {tx.DeliveriesWait, deliveries}} {
				if got, err := q.count(); err != nil || got.Count != q.want.Count || !got.Since.Equal(q.want.Since) {
					t.Errorf("%s: %+v, %v; want %+v", name, got, err, q.want)
				}
			}
			return nil
		})
	}
	none := store.Waits{}
	waits(none, none, none)
	later := Noon.Add(time.Minute)
	Update(t, s, func(tx store.Tx) error {
		for i, at := range []time.Time{Noon, later} {
			n := lockhouse.Notice{Event: int64(i + 1), Kind: lockhouse.NoticeReady, Person: "per_1", Parcel: "par_1", At: at, Attempts: lockhouse.Attempts{NextAt: at}}
			d := lockhouse.Delivery{ID: []string{"msg_1", "msg_2"}[i], Event: int64(i + 1), Shop: "shop_1", At: at, Body: []byte("{}"), Attempts: lockhouse.Attempts{NextAt: at}}
			check(t, tx.Say(lockhouse.Event{Kind: lockhouse.EventDoorOpened, At: at}), tx.InsertNotice(n), tx.InsertDelivery(d))
		}
		return nil
	})
	two, one := store.Waits{Count: 2, Since: Noon}, store.Waits{Count: 1, Since: later}
	waits(two, two, two)
	Update(t, s, func(tx store.Tx) error {
		events, err := tx.Unheard(1)
		check(t, err)
		due, err := tx.DueNotices(Noon, 1)
		check(t, err)
		check(t, tx.MarkHeard(events[0].Seq), tx.UpdateNotice(due[0].ID, lockhouse.Attempts{Count: 1, DoneAt: later}))
		return tx.UpdateDelivery("msg_1", lockhouse.Attempts{Count: 14, LastError: "no answer"}, lockhouse.Try{At: later})
	})
	waits(one, one, one)
}

// lockersCounted: those that were heard lately, and those at fault until they healed.
func lockersCounted(t *testing.T, s store.Store) {
	counts := func(want store.LockersNow) {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			got, err := tx.CountLockers(Noon)
			check(t, err)
			equal(t, got, want)
			return nil
		})
	}
	counts(store.LockersNow{})
	_, one := Build(t, s, 1, 1, 0, 0)
	_, other := Build(t, s, 2, 1, 0, 0)
	Update(t, s, func(tx store.Tx) error {
		return firstError(tx.SetHeard(one.ID, Noon), tx.SetHeard(other.ID, Noon.Add(-time.Second)), tx.SetFault(other.ID, "board"))
	})
	counts(store.LockersNow{All: 2, Up: 1, AtFault: 1})
	Update(t, s, func(tx store.Tx) error { return tx.SetFault(other.ID, "") })
	counts(store.LockersNow{All: 2, Up: 1})
}

// lockersSummed: which versions lockers run, and for how long of a day they could have opened any door; those that said nothing are left out.
func lockersSummed(t *testing.T, s store.Store) {
	is := func(limit int, able store.AbleDay, versions ...store.VersionNow) {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			got, err := tx.CountVersions(limit)
			check(t, err)
			equal(t, len(got), len(versions))
			for i := range versions {
				equal(t, got[i], versions[i])
			}
			day, err := tx.AbleOn(Today)
			check(t, err)
			equal(t, day, able)
			return nil
		})
	}
	is(9, store.AbleDay{})
	var lockers []lockhouse.Locker
	for i := range 4 {
		_, l := Build(t, s, i+1, 1, 0, 0)
		lockers = append(lockers, l)
	}
	Update(t, s, func(tx store.Tx) error {
		said := func(l lockhouse.Locker, day lockhouse.Day, ableS int) error {
			f := lockhouse.NewFigures(day)
			f.ThroughS, f.RunningS, f.AbleS = 86_400, 86_400, ableS
			return tx.PutFigures(l.ID, store.LockerDay{Figures: f, Told: Noon})
		}
		return firstError(tx.SetAgentVersion(lockers[0].ID, "v2"), tx.SetAgentVersion(lockers[1].ID, "v3"), tx.SetAgentVersion(lockers[2].ID, "v3"),
			said(lockers[0], Today, 86_400), said(lockers[1], Today, 40_000), said(lockers[1], Today-1, 5), tx.AddLineDown(lockers[2].ID, Today, 9))
	})
	is(9, store.AbleDay{Lockers: 2, AbleS: 126_400}, store.VersionNow{Version: "v3", Lockers: 2}, store.VersionNow{Version: "v2", Lockers: 1})
	is(1, store.AbleDay{Lockers: 2, AbleS: 126_400}, store.VersionNow{Version: "v3", Lockers: 2})
}

package notify_test

import (
	"testing"

	"lockhouse"
	"lockhouse/flow/notify"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// TestWhoIsTold: each event of each state leaves the notice that is true then, or none.
func TestWhoIsTold(t *testing.T) {
	s := sqlitetest.Open(t)
	site, _ := storetest.Build(t, s, 1, 1, 0, 0)
	for i, c := range []struct {
		event lockhouse.EventKind
		state lockhouse.ParcelState
		want  lockhouse.NoticeKind
	}{
		{lockhouse.EventParcelAnnounced, lockhouse.ParcelAnnounced, lockhouse.NoticeAnnounced},
		{lockhouse.EventParcelAnnounced, lockhouse.ParcelInTransit, lockhouse.NoticeAnnounced},
		{lockhouse.EventParcelAnnounced, lockhouse.ParcelDroppedOff, ""},
		{lockhouse.EventParcelAnnounced, lockhouse.ParcelRecalled, ""},
		{lockhouse.EventParcelInTransit, lockhouse.ParcelInTransit, ""},
		{lockhouse.EventParcelDroppedOff, lockhouse.ParcelDroppedOff, lockhouse.NoticeReady},
		{lockhouse.EventParcelDroppedOff, lockhouse.ParcelCollected, ""},
		{lockhouse.EventParcelDroppedOff, lockhouse.ParcelRecalled, ""},
		{lockhouse.EventParcelOverdue, lockhouse.ParcelOverdue, lockhouse.NoticeOverdue},
		{lockhouse.EventParcelOverdue, lockhouse.ParcelDroppedOff, ""}, // extended since
		{lockhouse.EventParcelCollected, lockhouse.ParcelCollected, lockhouse.NoticeCollected},
		{lockhouse.EventParcelRecalled, lockhouse.ParcelRecalled, ""},
		{lockhouse.EventParcelReaddressed, lockhouse.ParcelAnnounced, lockhouse.NoticeAnnounced},
		{lockhouse.EventParcelReaddressed, lockhouse.ParcelInTransit, lockhouse.NoticeAnnounced},
		{lockhouse.EventParcelReaddressed, lockhouse.ParcelDroppedOff, lockhouse.NoticeReady},
		{lockhouse.EventParcelReaddressed, lockhouse.ParcelOverdue, lockhouse.NoticeOverdue},
		{lockhouse.EventParcelReaddressed, lockhouse.ParcelRecalled, ""},
		{lockhouse.EventParcelReaddressed, lockhouse.ParcelCollected, ""},
		{lockhouse.EventDoorOpened, lockhouse.ParcelDroppedOff, ""},
	} {
		p := storetest.Parcel(site.ID, i)
		p.State = c.state
		storetest.Update(t, s, func(tx store.Tx) error {
			if err := tx.InsertParcel(p); err != nil {
				return err
			}
			return notify.Hear(tx, lockhouse.Event{Seq: int64(i + 1), Kind: c.event, Parcel: p.ID, At: storetest.Noon})
		})
		storetest.View(t, s, func(tx store.Tx) error {
			got, err := tx.NoticesOf(p.ID)
			if c.want == "" && len(got) != 0 || c.want != "" && (len(got) != 1 || got[0].Kind != c.want || got[0].Person != p.Person || !got[0].NextAt.Equal(storetest.Noon)) {
				t.Errorf("%s of a parcel that is %s: got %+v", c.event, c.state, got)
			}
			return err
		})
	}
}

func TestConcernsNobody(t *testing.T) {
	s := sqlitetest.Open(t)
	storetest.Update(t, s, func(tx store.Tx) error {
		return notify.Hear(tx, lockhouse.Event{Seq: 1, Kind: lockhouse.EventHoldLapsed})
	})
	err := s.Update(t.Context(), func(tx store.Tx) error {
		return notify.Hear(tx, lockhouse.Event{Seq: 1, Kind: lockhouse.EventParcelCollected, Parcel: "par_none"})
	})
	if lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		t.Errorf("got %v", err)
	}
}

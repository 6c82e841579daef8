package locker

import (
	"crypto/rand"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/update"
	"lockhouse/estate/site"
	"lockhouse/store/storetest"
)

// TestHoursMoveWithTheSite: the network says in which zone the locker's site is, and the hours in which a version begins are there; corrected
// in the network, they move; a locker that starts without its line has them where it heard last.
func TestHoursMoveWithTheSite(t *testing.T) {
	c := Defaults()
	c.StateDir, c.Bluetooth, c.Updates.Zone = t.TempDir(), false, "Asia/Kolkata" // which somebody set wrong
	id, err := c.makeIdentity(rand.Reader)
	must(t, err)
	d := lineTo(t, &c, id)
	l, stop := onTheLine(t, c, id)
	begins := func(l *Locker, inUTC string) bool {
		at, err := time.Parse(time.RFC3339, inUTC)
		must(t, err)
		is := l.Condition()
		is.Agent.Floor, is.Agent.TimeQuality, is.Air = at, lockhouse.TimeGood, nil
		return l.config.Updates.In(is.Agent.Zone).moment(update.Build{}, is, 0, nil)
	}
	const newYork, paris, kolkata = "2026-11-26T08:00:00Z", "2026-11-26T02:00:00Z", "2026-11-25T21:30:00Z" // 03:00 there, and not in the others
	until(t, "its hours are in New York, as its site is", func() bool { return begins(l, newYork) })
	if begins(l, kolkata) {
		t.Error("and in Kolkata as before")
	}
	moved := storetest.Site(1)
	moved.Zone = "Europe/Paris"
	must(t, (&site.Desk{Store: d.Store}).Put(t.Context(), moved))
	must(t, d.Tell(t.Context(), id.ID))
	until(t, "its hours are in Paris", func() bool { return begins(l, paris) && !begins(l, newYork) })
	stop()
	l, err = Open(c, l.parts)
	must(t, err)
	defer l.Close()
	if !begins(l, paris) || begins(l, kolkata) {
		t.Error("after a start without a line its hours are elsewhere")
	}
}

// TestZoneThatIsNotKnown: it changes nothing, and what is set here holds, or what the machine says.
func TestZoneThatIsNotKnown(t *testing.T) {
	for said, is := range map[string]string{"": "Europe/Paris", "Mars/Olympus_Mons": "Europe/Paris", "Local": "Europe/Paris", "../../etc/passwd": "Europe/Paris", "Asia/Tokyo": "Asia/Tokyo"} {
		if got := (Updates{Zone: "Europe/Paris"}).In(said); got.Zone != is {
			t.Errorf("%q: the hours are in %q", said, got.Zone)
		}
	}
}

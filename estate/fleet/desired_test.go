package fleet_test

import (
	"slices"
	"testing"

	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// What a locker is to be like has a version that rises with each change, and what it says it keeps to is compared with it.
func TestDesired(t *testing.T) {
	s := sqlitetest.Open(t)
	_, locker := storetest.Build(t, s, 1, 3, 0, 0)
	y := newYard(s)
	set := func(number int, out bool) fleet.Standing {
		t.Helper()
		standing, err := y.SetOutOfService(t.Context(), locker.ID, number, out)
		if err != nil {
			t.Fatal(err)
		}
		return standing
	}
	says := func(version uint64, behind bool) {
		t.Helper()
		if got, err := y.Health(t.Context(), locker.ID, fleet.Health{Desired: version}); err != nil || got != behind {
			t.Errorf("a locker at version %d is behind: %t, %v", version, got, err)
		}
	}
	want := func(version uint64, out ...int) {
		t.Helper()
		if got, err := y.Desired(t.Context(), locker.ID); err != nil || got.Version != version || !slices.Equal(got.OutOfService, out) {
			t.Errorf("wanted is %+v, %v; want version %d of %v", got, err, version, out)
		}
	}
	want(0)
	if got, err := y.Desired(t.Context(), locker.ID); err != nil || got.Zone != storetest.Site(1).Zone || got.Issuers != nil {
		t.Errorf("nothing was asked of it but to be where its site is, and it is told %+v, %v", got, err)
	}
	says(0, false)
	set(3, true)
	set(1, true)
	set(1, true) // twice is as good as once
	want(2, 1, 3)
	says(0, true)
	says(2, false)
	set(3, false)
	want(3, 1)
	says(2, true)
	if got := set(3, false); got.Desired != 3 || got.Actual != 2 || !got.Compartments[0].OutOfService {
		t.Errorf("%+v", got)
	}
	says(40, true) // it was told by a network that we have forgotten: what we want comes after that
	want(41, 1)
	says(41, false)
	for _, nonsense := range []uint64{1 << 53, 1<<63 - 2, 1 << 63} {
		says(nonsense, false)
		want(41, 1)
	}
	if _, err := y.SetOutOfService(t.Context(), locker.ID, 99, true); lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		t.Error(err)
	}
	if _, err := y.SetOutOfService(t.Context(), "lkr_none", 1, true); lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		t.Error(err)
	}
}

// A channel of versions is part of how a locker is to be: it has the next version, and none where nothing changed.
func TestChannel(t *testing.T) {
	s := sqlitetest.Open(t)
	_, locker := storetest.Build(t, s, 1, 3, 0, 0)
	y := newYard(s)
	for i, c := range []struct {
		channel string
		version uint64
	}{{"trial", 1}, {"trial", 1}, {"", 2}} {
		standing, err := y.SetChannel(t.Context(), locker.ID, c.channel)
		if err != nil || standing.Desired != c.version || standing.Channel != c.channel {
			t.Errorf("%d: %+v, %v", i, standing, err)
		}
		if want, err := y.Desired(t.Context(), locker.ID); err != nil || want.Version != c.version || want.Channel != c.channel {
			t.Errorf("%d: wanted is %+v, %v", i, want, err)
		}
	}
	if _, err := y.SetChannel(t.Context(), locker.ID, "../evil"); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
		t.Errorf("no channel: %v", err)
	}
	if _, err := y.SetChannel(t.Context(), "lkr_none", "trial"); lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		t.Errorf("no locker: %v", err)
	}
}

package access_test

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/trust/access"
)

func TestRevoked(t *testing.T) {
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	phone, id := [8]byte{1}, lockhouse.GrantID{2}
	list := []lockhouse.Revocation{{Name: phone, At: at, Until: at.Add(24 * time.Hour)}, {Name: id, At: at, Until: at.Add(24 * time.Hour)}}
	for name, c := range map[string]struct {
		grant   lockhouse.Grant
		phone   [8]byte
		floor   time.Time
		revoked bool
	}{
		"the phone's":                 {lockhouse.Grant{ID: lockhouse.GrantID{9}, IssuedAt: at.Add(-time.Hour)}, phone, at, true},
		"of the very moment":          {lockhouse.Grant{ID: lockhouse.GrantID{9}, IssuedAt: at}, phone, at, true},
		"the phone's, issued since":   {lockhouse.Grant{ID: lockhouse.GrantID{9}, IssuedAt: at.Add(time.Second)}, phone, at, false},
		"the grant, on any phone":     {lockhouse.Grant{ID: id, IssuedAt: at.Add(-time.Hour)}, [8]byte{7}, at, true},
		"another's":                   {lockhouse.Grant{ID: lockhouse.GrantID{9}, IssuedAt: at.Add(-time.Hour)}, [8]byte{7}, at, false},
		"when the revocation is over": {lockhouse.Grant{ID: id, IssuedAt: at.Add(-time.Hour)}, phone, at.Add(24 * time.Hour), false},
	} {
		if got := access.Revoked(c.grant, c.phone, list, c.floor); got != c.revoked {
			t.Errorf("%s: revoked is %t", name, got)
		}
	}
}

package lockhouse_test

import (
	"encoding/base64"
	"testing"
	"time"

	"lockhouse"
)

// TestEntryHash pins what web/src/register/chain.test.ts pins too: a browser must come to the same hash.
func TestEntryHash(t *testing.T) {
	e := lockhouse.Entry{N: 7, At: time.UnixMicro(1_795_608_000_123_450), Kind: lockhouse.EntryServiceAsked, Site: "site_police", Locker: "lkr_0000000000000001",
		Compartment: 3, Reason: "stuck_door", Ref: "a0a1a2a3a4a5a6a7", Prev: [32]byte{1, 2, 3}}
	hash := e.Hash()
	if got := base64.RawURLEncoding.EncodeToString(hash[:]); got != "cDjR89kdYdCoOF8yu5ujFM1YO8XF0BJkcuqSwhpdUEE" {
		t.Errorf("%s", got)
	}
}

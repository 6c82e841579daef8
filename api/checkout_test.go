package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/store"
	"lockhouse/store/storetest"
)

// BenchmarkFindSites is a search without the network: what the route costs beside the index.
func BenchmarkFindSites(b *testing.B) {
	w := open(b, 1, nil)
	const sites = 2_000
	storetest.Update(b, w.Store(), func(tx store.Tx) error {
		for n := range sites {
			site := storetest.Site(n % 1_000)
			site.ID, site.Point = lockhouse.SiteID(fmt.Sprintf("site_%d", n)), lockhouse.Point{Lat: 30 + float64(n%50)/10, Lon: -100 + float64(n/50)/10}
			if err := tx.PutSite(site); err != nil {
				return err
			}
			if err := tx.PutRoom(site.ID, capacity.Room{Have: capacity.Counts{1, 1, 1}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err := w.Checkout().CatchUp(b.Context()); err != nil {
		b.Fatal(err)
	}
	handler := w.Handler()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		req := httptest.NewRequest("GET", fmt.Sprintf("/v1/sites?lat=%d.12345&lon=-9%d.7&length_mm=300&width_mm=200&height_mm=60&weight_g=900&day=2026-11-24", 30+n%5, n%10), nil)
		req.Header.Set("Authorization", "Bearer "+w.secrets[lockhouse.ScopeCheckout])
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, req)
		if answer.Code != http.StatusOK {
			b.Fatal(answer.Code, answer.Body)
		}
	}
}

// TestOffersAsDeclared reads what is written by hand strictly, and compares it with what the types themselves write of the same
// sites. (That the whole fits the document is looked at with every answer.)
func TestOffersAsDeclared(t *testing.T) {
	w := open(t, 2, nil)
	odd, never := storetest.Site(3), storetest.Site(4)
	odd.Name, odd.Safety, odd.Guarded = "Tür \"9\" <&>\u2028\\", "\x00\t", false
	odd.Hours.Week[1] = []lockhouse.Span{{FromMin: 1_380, ToMin: 1_440}, {FromMin: 61, ToMin: 720}}
	odd.Hours.Exceptions = map[lockhouse.Day][]lockhouse.Span{20_779: nil}
	never.Hours = lockhouse.Hours{Exceptions: map[lockhouse.Day][]lockhouse.Span{20_781: {{FromMin: 0, ToMin: 1}}}}
	storetest.Update(t, w.Store(), func(tx store.Tx) error {
		for _, site := range []lockhouse.Site{odd, never} {
			if err := errors.Join(tx.PutSite(site), tx.PutRoom(site.ID, capacity.Room{Have: capacity.Counts{1, 1, 1}})); err != nil {
				return err
			}
		}
		return tx.SetSitePanel(odd.ID, lockhouse.PanelOf([]string{"keys", "voice"}, 1_150))
	})
	key := w.secrets[lockhouse.ScopeCheckout]
	for _, c := range []struct {
		height string
		sites  int
	}{{"60", 3}, {"60", 3}, {"60&without_phone=true", 1}, {"4000", 0}} { // by cards that are written, by cards that are kept, and too large
		got := w.call("GET", "/v1/sites?lat=38.9&lon=-77&length_mm=300&width_mm=200&weight_g=900&day=2026-11-24&height_mm="+c.height, key, nil).is(200)
		var read struct {
			AsOf        time.Time        `json:"as_of"`
			Size        string           `json:"size"`
			NoneBecause map[string]any   `json:"none_because"`
			Sites       []map[string]any `json:"sites"`
		}
		in := json.NewDecoder(bytes.NewReader(got.raw))
		in.DisallowUnknownFields()
		if err := in.Decode(&read); err != nil || len(read.Sites) != c.sites || (read.NoneBecause == nil) != (c.sites > 0) || !read.AsOf.Equal(w.clock.now()) {
			t.Fatalf("%v\n%s", err, got.raw)
		}
		for _, offer := range read.Sites {
			for _, own := range []string{"distance_m", "from", "until"} {
				delete(offer, own)
			}
			if one := w.call("GET", "/v1/sites/"+offer["id"].(string), key, nil).is(200).json(); !reflect.DeepEqual(offer, one) {
				t.Errorf("offered %v\nit is     %v", offer, one)
			}
		}
	}
}

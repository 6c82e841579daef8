package world_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// order is what a shop knows of a parcel.
type order struct{ reference, tracking, email string }

// orders counts them, over all worlds.
var orders atomic.Int64

// box is how big a parcel is.
type box struct {
	LengthMM int `json:"length_mm"`
	WidthMM  int `json:"width_mm"`
	HeightMM int `json:"height_mm"`
	Grams    int `json:"weight_g"`
}

// Parcels of each size.
var (
	small  = box{200, 150, 50, 400}
	middle = box{300, 200, 150, 900}
	large  = box{400, 350, 300, 2500}
)

// order places, pays and announces a small parcel for the site, as a shop would.
func (s *stage) order() order {
	s.t.Helper()
	return s.orderOf(small)
}

func (s *stage) orderOf(b box) order {
	s.t.Helper()
	n := orders.Add(1)
	o := order{fmt.Sprintf("order-%d", n), fmt.Sprintf("TRACK%06d", n), fmt.Sprintf("person%d@example.org", n)}
	s.hold(o.reference, b)
	s.ask(http.MethodPost, "/v1/holds/"+o.reference+"/confirm", s.Keys().Shop, nil, nil)
	s.ask(http.MethodPut, "/v1/parcels/"+o.reference, s.Keys().Shop, map[string]any{
		"tracking_number": o.tracking, "recipient": map[string]string{"name": "Pat Example", "email": o.email},
	}, nil)
	return o
}

// hold keeps room at the site from today on.
func (s *stage) hold(reference string, b box) {
	s.t.Helper()
	s.ask(http.MethodPut, "/v1/holds/"+reference, s.Keys().Shop, map[string]any{"site_id": s.stand().Site.ID, "arrives": today(s.t), "parcel": b}, nil)
}

// today is the date at the sites.
func today(t *testing.T) string { return time.Now().In(zone(t)).Format(time.DateOnly) }

// state asks the network what the parcel is.
func (s *stage) state(o order) string {
	s.t.Helper()
	var p struct{ State string }
	s.ask(http.MethodGet, "/v1/parcels/"+o.reference, s.Keys().Shop, nil, &p)
	return p.State
}

// becomes waits until the network says that the parcel is so.
func (s *stage) becomes(o order, state string) {
	s.t.Helper()
	s.until("the parcel is "+state, func() bool { return s.state(o) == state })
}

// linkFor gives the link that signs the order's recipient in, from the newest mail.
func (s *stage) linkFor(o order) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	mail, err := s.Mailbox().Wait(ctx, o.email)
	must(s.t, err)
	_, token, found := strings.Cut(mail.Text, "/collect#")
	if !found {
		s.t.Fatal("no link in the mail")
	}
	return s.URL() + "/collect#" + strings.Fields(token)[0]
}

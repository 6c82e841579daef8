package world_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/sim/radio"
	"lockhouse/sim/radio/central"
	"lockhouse/sim/world"
	"lockhouse/store"
	"lockhouse/wire/phone"
)

// patience is how long a test waits for something that the world does by itself. No test asserts how long it takes.
const patience = 30 * time.Second

// stage is a world, seen from in front of one of its lockers.
type stage struct {
	*world.World
	t     *testing.T
	radio *radio.Radio // nil in a world without one
	at    int          // which locker
	dir   string       // everything that the world keeps
}

// raise opens a world with so many sites, on the air.
func raise(t *testing.T, sites int) *stage {
	t.Helper()
	return raiseLogged(t, sites, slog.DiscardHandler)
}

// raiseLogged is raise with somebody who reads the log.
func raiseLogged(t *testing.T, sites int, log slog.Handler) *stage {
	t.Helper()
	air, err := radio.Start(t.Context(), radio.Options{})
	must(t, err)
	t.Cleanup(air.Close)
	s := &stage{t: t, radio: air}
	s.begin(world.Config{Radio: air.Address(), Sites: sites, Log: slog.New(log)})
	return s
}

// raiseWithoutRadio opens a world in which nobody has Bluetooth.
func raiseWithoutRadio(t *testing.T, sites int) *stage {
	t.Helper()
	s := &stage{t: t}
	s.begin(world.Config{Sites: sites, Log: slog.New(slog.DiscardHandler)})
	return s
}

func (s *stage) begin(c world.Config) {
	s.t.Helper()
	s.dir = s.t.TempDir()
	c.Dir, c.Version = s.dir, "test"
	w, err := world.Open(s.t.Context(), c)
	must(s.t, err)
	s.t.Cleanup(func() { must(s.t, w.Close()) })
	s.World = w
	s.onAir()
}

// in is the same stage in a sub-test.
func (s *stage) in(t *testing.T) *stage {
	sub := *s
	sub.t = t
	return &sub
}

// before is the same world, in front of another of its lockers.
func (s *stage) before(locker int) *stage {
	other := *s
	other.at = locker
	return &other
}

// stand is the locker that one stands in front of.
func (s *stage) stand() *world.Stand { return s.Lockers()[s.at] }

// onAir waits until every locker has read its doors and can be found.
func (s *stage) onAir() {
	s.t.Helper()
	if s.radio != nil {
		ctx, cancel := context.WithTimeout(s.t.Context(), patience)
		defer cancel()
		must(s.t, s.radio.Await(ctx, func(all []radio.Locker) bool { return len(all) == len(s.Lockers()) }))
	}
	for _, l := range s.Lockers() {
		s.until("the doors are read", l.Ready)
	}
}

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

func (s *stage) until(what string, holds func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// person is somebody with a phone: a courier or a recipient.
type person struct {
	stage  *stage
	key    *ecdsa.PrivateKey
	locker phone.Locker
	name   string // under which the locker advertises
	grant  []byte
	index  int
	client *http.Client
	radio  *central.Phone // the phone's own, once it was needed
}

func (s *stage) person() *person {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(s.t, err)
	jar, err := cookiejar.New(nil)
	must(s.t, err)
	return &person{stage: s, key: key, client: &http.Client{Jar: jar}}
}

func (p *person) phoneKey() string {
	raw, err := p.key.PublicKey.Bytes()
	must(p.stage.t, err)
	return base64.RawURLEncoding.EncodeToString(raw)
}

type lockerView struct {
	ID          lockhouse.LockerID
	StaticKey   string   `json:"static_key"`
	ReceiptKey  string   `json:"receipt_key"`
	AdvertNames []string `json:"advert_names"`
}

func (p *person) meets(l lockerView) {
	p.locker = phone.Locker{ID: l.ID, StaticKey: unb64(p.stage.t, l.StaticKey), ReceiptKey: unb64(p.stage.t, l.ReceiptKey)}
	p.name = l.AdvertNames[0]
}

// courier takes the sheet for the locker, with the parcel on it.
func (s *stage) courier(o order) *person {
	s.t.Helper()
	p := s.person()
	var sheet struct {
		Grant   string
		Locker  lockerView
		Targets []struct {
			Index    int
			Tracking string `json:"tracking_number"`
		}
	}
	s.ask(http.MethodPost, "/v1/courier/manifest", s.Keys().Courier, map[string]any{"locker_id": s.stand().Noun.ID, "phone_key": p.phoneKey()}, &sheet)
	p.meets(sheet.Locker)
	p.grant, p.index = unb64(s.t, sheet.Grant), -1
	for _, target := range sheet.Targets {
		if target.Tracking == o.tracking {
			p.index = target.Index
		}
	}
	if p.index < 0 {
		s.t.Fatal("the parcel is not on the courier's sheet")
	}
	return p
}

// recipient follows the link in the mail, and takes the grant.
func (s *stage) recipient(o order) *person {
	s.t.Helper()
	_, token, _ := strings.Cut(s.linkFor(o), "#")
	p := s.person()
	p.ask(http.MethodPost, "/v1/recipient/sign-in", map[string]string{"token": token, "phone_key": p.phoneKey()}, nil)
	p.fetchGrant()
	return p
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

// fetchGrant asks the network for what this phone may open.
func (p *person) fetchGrant() {
	p.stage.t.Helper()
	var list struct {
		Parcels []struct {
			Place *struct{ Locker lockerView }
			Grant string
		}
	}
	p.ask(http.MethodGet, "/v1/recipient/parcels", nil, &list)
	if len(list.Parcels) != 1 || list.Parcels[0].Place == nil {
		p.stage.t.Fatalf("the recipient sees %+v", list)
	}
	p.meets(list.Parcels[0].Place.Locker)
	p.grant = unb64(p.stage.t, list.Parcels[0].Grant)
}

// dial connects to the locker by radio.
func (p *person) dial() *central.Link {
	p.stage.t.Helper()
	ctx, cancel := context.WithTimeout(p.stage.t.Context(), patience)
	defer cancel()
	if p.radio == nil {
		var err error
		p.radio, err = central.Open(ctx, p.stage.radio.Address())
		must(p.stage.t, err)
		p.stage.t.Cleanup(p.radio.Close)
	}
	link, err := p.radio.Dial(ctx, p.name)
	must(p.stage.t, err)
	return link
}

// shows begins a visit with the grant, and asks for the door.
func (p *person) shows(link phone.Link) (*phone.Visit, phone.News, error) {
	ctx, cancel := context.WithTimeout(p.stage.t.Context(), patience)
	defer cancel()
	return phone.Begin(ctx, link, phone.Phone{Key: p.key, Random: rand.Reader}, p.locker, p.grant, p.index)
}

// dropOff puts the parcel in, as the courier does, and waits until the network knows.
func (s *stage) dropOff(o order) (compartment int) {
	s.t.Helper()
	c := s.courier(o)
	link := c.dial()
	defer link.Close()
	_, news, err := c.shows(link)
	must(s.t, err)
	s.opens(news.Compartment)
	steel := s.stand().Cabinet
	must(s.t, steel.Put(news.Compartment, o.tracking))
	must(s.t, steel.Shut(news.Compartment))
	s.becomes(o, "dropped_off")
	return news.Compartment
}

// collect takes the parcel out, as its recipient does, and waits until the network knows.
func (s *stage) collect(r *person, o order) {
	s.t.Helper()
	link := r.dial()
	defer link.Close()
	_, news, err := r.shows(link)
	must(s.t, err)
	s.opens(news.Compartment)
	steel := s.stand().Cabinet
	thing, err := steel.Take(news.Compartment)
	must(s.t, err)
	if thing != o.tracking {
		s.t.Errorf("in compartment %d lay %q, not %q", news.Compartment, thing, o.tracking)
	}
	must(s.t, steel.Shut(news.Compartment))
	s.becomes(o, "collected")
}

// opens waits until a door of the locker is open, and the locker has seen it: nobody's hand is faster than that.
func (s *stage) opens(compartment int) {
	s.t.Helper()
	s.until(fmt.Sprintf("door %d is open", compartment), func() bool {
		return s.open()[compartment] && seenOpen(s.stand().Agent(), compartment)
	})
}

func seenOpen(a *agent.Agent, compartment int) bool {
	for _, v := range a.Doors() {
		if v.Number == compartment {
			return v.Door == lockhouse.DoorOpen
		}
	}
	return false
}

// open gives the open doors of the locker.
func (s *stage) open() map[int]bool {
	open := map[int]bool{}
	for _, d := range s.stand().Cabinet.Look() {
		if d.Open {
			open[d.Number] = true
		}
	}
	return open
}

// pulses counts how often the locker's locks were driven.
func (s *stage) pulses() (n int) {
	for _, d := range s.stand().Cabinet.Look() {
		n += d.Pulses
	}
	return n
}

// receipts counts what the network has of the locker, by kind.
func (s *stage) receipts() map[lockhouse.ReceiptKind]int {
	s.t.Helper()
	kinds := map[lockhouse.ReceiptKind]int{}
	must(s.t, s.Network().Store().View(s.t.Context(), func(tx store.Tx) error {
		all, err := tx.ReceiptsAfter(s.stand().Noun.ID, 0, 1_000)
		for _, r := range all {
			kinds[r.Kind]++
		}
		return err
	}))
	return kinds
}

// ask speaks to the network with a key; an answer that is not a success fails the test.
func (s *stage) ask(method, path, key string, body, into any) {
	s.t.Helper()
	request(s.t, http.DefaultClient, method, s.URL()+path, key, body, into)
}

func (p *person) ask(method, path string, body, into any) {
	p.stage.t.Helper()
	request(p.stage.t, p.client, method, p.stage.URL()+path, "", body, into)
}

func request(t *testing.T, client *http.Client, method, url, key string, body, into any) {
	t.Helper()
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		must(t, err)
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, sent)
	must(t, err)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := client.Do(r)
	must(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	must(t, err)
	if resp.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s: %s", method, url, resp.Status, answer)
	}
	if into != nil {
		must(t, json.Unmarshal(answer, into))
	}
}

func unb64(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(text)
	must(t, err)
	return raw
}

func zone(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("America/New_York")
	must(t, err)
	return z
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

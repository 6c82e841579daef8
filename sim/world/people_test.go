package world_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/http/cookiejar"
	"strings"

	"lockhouse"
	"lockhouse/sim/radio/central"
	"lockhouse/wire/phone"
)

// person is somebody with a phone: a courier or a recipient.
type person struct {
	stage  *stage
	key    *ecdsa.PrivateKey
	locker phone.Locker
	name   string // under which the locker advertises
	names  []string
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
	p.name, p.names = l.AdvertNames[0], l.AdvertNames
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

func (p *person) ask(method, path string, body, into any) {
	p.stage.t.Helper()
	request(p.stage.t, p.client, method, p.stage.URL()+path, "", body, into)
}

// Package shop is the demo's shop, Tidal Goods: what a shop of its own would write to offer Lockhouse at its checkout,
// and no more. It shows where each call belongs:
//
//	checkout page      the widget asks the network for sites, with the checkout key that anyone may see
//	a site is chosen   hold-url: PUT  /v1/holds/{reference}, from the back end, with the secret key
//	payment            POST /v1/holds/{reference}/confirm, before any money is taken
//	order              PUT  /v1/parcels/{reference}, with the recipient's contact
//	afterwards         webhooks, verified as Standard Webhooks, move the order page
//
// One reference, drawn when a cart begins, names the hold, the order and the parcel. Everything is kept in memory and
// bounded: the shop forgets when the demo ends.
package shop

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// callPatience is how long the shop waits for the network's answer to one call.
const callPatience = 8 * time.Second

// Config is what a shop needs to know of a network.
type Config struct {
	NetworkURL    string         // where browsers and the shop reach the network, such as http://127.0.0.1:7080
	CheckoutKey   string         // lhp_…: goes into the page
	ShopKey       string         // lhs_…: stays in the back end
	WebhookSecret string         // whsec_…: what the network answered to PUT /v1/webhook
	Zone          *time.Location // of the shop's calendar, which says what "today" is
	Now           func() time.Time
	Random        io.Reader // draws references
	Log           *slog.Logger
}

// WebhookPath is where the shop listens for the network, below its own address.
const WebhookPath = "/lockhouse/webhook"

// Shop serves Tidal Goods.
type Shop struct {
	config  Config
	network *network
	verify  *standardwebhooks.Webhook
	carts   *carts
	orders  *orders
}

// New makes the shop. A secret that is not one, or a network without an address, is an error: the shop would open and
// then fail each customer.
func New(c Config) (*Shop, error) {
	at, err := url.Parse(c.NetworkURL)
	if err != nil || at.Host == "" {
		return nil, fmt.Errorf("shop: %q is not a network's address", c.NetworkURL)
	}
	verify, err := standardwebhooks.NewWebhook(c.WebhookSecret)
	if err != nil || c.WebhookSecret == "" {
		return nil, fmt.Errorf("shop: the webhook's secret can't be used; give the one that PUT /v1/webhook answered")
	}
	return &Shop{
		config: c, verify: verify,
		network: &network{base: c.NetworkURL, key: c.ShopKey, client: &http.Client{Timeout: callPatience}},
		carts:   newCarts(c.Random), orders: newOrders(),
	}, nil
}

// Handler serves the shop's pages, its hold-url and its webhook.
func (s *Shop) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.showWindow)
	mux.HandleFunc("GET /goods/{slug}", s.showGood)
	mux.HandleFunc("GET /cart", s.showCart)
	mux.HandleFunc("POST /cart/{change}", s.changeCart)
	mux.HandleFunc("GET /checkout", s.showCheckout)
	mux.HandleFunc("POST /checkout", s.pay)
	mux.HandleFunc("POST /lockhouse/hold", s.hold)
	mux.HandleFunc("GET /orders/{reference}", s.showOrder)
	mux.Handle("GET /page/", http.FileServerFS(files))
	// Forms of other sites are refused by their Origin; the network's webhook has none, and a signature instead.
	guarded := http.NewCrossOriginProtection().Handler(mux)
	outer := http.NewServeMux()
	outer.HandleFunc("POST "+WebhookPath, s.hear)
	outer.Handle("/", guarded)
	return http.MaxBytesHandler(s.secured(outer), maxBodyBytes)
}

// maxBodyBytes bounds what anybody can send to the shop.
const maxBodyBytes = 64 << 10

// secured says what the shop's pages may load: their own files, and the network's widget, answers and pictures.
func (s *Shop) secured(next http.Handler) http.Handler {
	csp := fmt.Sprintf("default-src 'self'; script-src 'self' %[1]s; connect-src 'self' %[1]s; img-src 'self' %[1]s; "+
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'", s.config.NetworkURL)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", csp)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "strict-origin-when-cross-origin")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// today is the shop's date. A courier on a bicycle brings what is ordered today, today.
func (s *Shop) today() string { return s.config.Now().In(s.config.Zone).Format(time.DateOnly) }

// Package shop tells shops what became of their parcels, at the webhook each has named. What is sent, how it is signed
// and what counts as taken follows Standard Webhooks (standardwebhooks.com): any 2xx is a yes, anything else is tried
// again with growing waits for about three days. A 404 too: the shop may not have committed its order yet.
//
// Shops do not wait for each other: each has its own line, on which messages go oldest first, several at a time; those of
// one parcel keep their order. A shop that fails is left alone for a while, and is always asked with one message before it
// gets others. Addresses inside the operator's own network are refused, whatever name leads to them.
package shop

import (
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/internal/backoff"
	"lockhouse/internal/bell"
	"lockhouse/store"
)

// Waits between tries: 14 tries over about three days.
var Waits = backoff.Schedule{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour,
	4 * time.Hour, 8 * time.Hour, 12 * time.Hour, 12 * time.Hour, 16 * time.Hour, 16 * time.Hour,
}

// Limits of one sweep and of one try.
const (
	maxShopsDue    = 5_000            // shops looked at in one sweep
	maxShops       = 32               // shops that are told something at the same time
	maxAtShop      = 16               // messages on their way to one shop
	maxAtHost      = 2 * maxAtShop    // and to one server, which may be several shops'
	maxLineTime    = 20 * time.Second // what one shop gets before its line is looked at anew
	tryTimeout     = 10 * time.Second
	maxAnswerBytes = 4 << 10
	maxErrorChars  = 160
	longestRest    = 5                     // index into Waits: an hour
	pollEvery      = 2 * time.Second       // for messages whose wait is over; new ones come by Nudge
	gatherFor      = 50 * time.Millisecond // after a sweep: what is due by then shares transactions

	// What was sent is written down together, so many messages or so long after the first began. After a power cut a shop
	// may get those again, each with the id that it had.
	maxUnwritten     = 500
	maxUnwrittenTime = 250 * time.Millisecond
)

// Options are what a network decides about its webhooks.
type Options struct {
	// AllowPrivate lets webhooks reach private and loopback addresses and speak plain HTTP, for a demo or a shop on the
	// same machine. Off, a webhook is a way for a shop to make this server ask others on its behalf, and is guarded.
	AllowPrivate bool
	Tried        func(Tried) // told of each message that was tried or given up; optional
	Agent        string      // User-Agent, such as "lockhouse/1.0"
}

// MaxAge is how old a message is told at most. The tries of one are over by then; it bounds what waits for a shop that is
// gone, of which only one message is tried at a time.
const MaxAge = 96 * time.Hour

// Tried is what came of a try to tell a shop.
type Tried struct {
	Kind         lockhouse.EventKind
	Parcel       lockhouse.ParcelID
	Began, Ended time.Time
	Done, Again  bool // taken; or to be tried again
}

// Sender tells shops what is due. Run is its only goroutine's owner.
type Sender struct {
	store  store.Store
	client *http.Client
	agent  string
	told   func(Tried)
	now    func() time.Time
	random io.Reader
	log    *slog.Logger

	nudge bell.Bell
	lines sync.WaitGroup
	mu    sync.Mutex
	busy  map[lockhouse.ShopID]bool
	last  lockhouse.ShopID          // that was given a line
	rests map[lockhouse.ShopID]rest // of shops that failed last
}

// New makes a sender; nothing is sent before Run.
func New(st store.Store, o Options, now func() time.Time, random io.Reader, log *slog.Logger) *Sender {
	return &Sender{
		store: st, client: client(o.AllowPrivate), agent: o.Agent, told: o.Tried, now: now, random: random, log: log,
		nudge: bell.New(), busy: map[lockhouse.ShopID]bool{}, rests: map[lockhouse.ShopID]rest{},
	}
}

// Nudge says that something new is due. It never waits.
func (s *Sender) Nudge() { s.nudge.Ring() }

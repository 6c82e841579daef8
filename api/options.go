package api

import (
	"context"
	"crypto"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"lockhouse"
	"lockhouse/estate/cells"
	"lockhouse/estate/enrol"
	"lockhouse/estate/fleet"
	"lockhouse/estate/service"
	"lockhouse/estate/site"
	"lockhouse/flow/checkout"
	"lockhouse/flow/dropoff"
	"lockhouse/flow/hold"
	"lockhouse/flow/manifest"
	"lockhouse/flow/overdue"
	"lockhouse/flow/unlock"
	"lockhouse/store"
	"lockhouse/trust/auth"
	"lockhouse/trust/person"
	"lockhouse/watch"
)

// Options are the rooms that the API opens its doors to, and what it is told about the network.
type Options struct {
	Name         string // the network's
	Version      string
	BaseURL      string          // where people reach it; https makes cookies secure
	LineURL      string          // where lockers' lines go
	DemoRadioURL string          // optional
	MailByPhone  bool            // phones carry the network's word to lockers whose lines are down
	BehindProxy  bool            // X-Forwarded-For's last entry is our own proxy's
	Cells        cells.Directory // of a network that has several
	Cell         string          // which of them this is
	Limits       Limits
	Sizes        lockhouse.Sizes
	Pages        fs.FS // what `npm run build` made

	Issuer    crypto.Signer // signs grants and the time
	IssuerKey []byte        // its public half, 65 bytes

	Store    store.Store
	People   person.Book
	Auth     *auth.Desk
	Checkout *checkout.Desk
	Holds    *hold.Desk
	Manifest *manifest.Desk
	DropOff  *dropoff.Desk
	Unlock   *unlock.Desk
	Overdue  *overdue.Desk
	Fleet    *fleet.Desk
	Enrol    *enrol.Desk
	Service  *service.Desk
	Sites    *site.Desk

	Ready  func(context.Context) watch.State // whether to send work here: unless it is failing
	Behind func() bool                       // while true, shops are sent away: what happened can't be heard fast enough; optional
	Queues func() []watch.Queued             // all of the network's, for the console
	Served func(*Served)                     // told of each request when it was answered, and keeps nothing of it; optional
	Traced bool                              // Served wants topics and steps

	Line       LockerLine // to lockers that are on it
	OpenByLine bool       // phones without Bluetooth may open over it

	CheckWebhook func(url string) error // refuses what can't be a webhook

	Now    func() time.Time
	Random io.Reader // cryptographic, and safe for use by several goroutines
	Log    *slog.Logger
}

// LockerLine is what operators need of the lockers' lines, and phones without Bluetooth.
type LockerLine interface {
	// Tell says to a locker how it is to be, if it is there; if not, it is told when it comes back.
	Tell(ctx context.Context, locker lockhouse.LockerID) error
	// Command has it do something now. One that is not there, or does not answer, is refused as unavailable.
	Command(ctx context.Context, locker lockhouse.LockerID, verb lockhouse.CommandVerb) (lockhouse.Outcome, error)
	// Rekey has it make the next of its keys, as Command.
	Rekey(ctx context.Context, locker lockhouse.LockerID) (lockhouse.Outcome, error)
	// Relay asks it for a session in a phone's name. One that is not there is refused as unavailable.
	Relay(ctx context.Context, locker lockhouse.LockerID) (Relay, error)
}

package api

import (
	"crypto"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"lockhouse"
	"lockhouse/estate/cells"
	"lockhouse/estate/fleet"
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
)

// Options are the rooms that the API opens its doors to, and what it is told about the network.
type Options struct {
	Name         string // the network's
	Version      string
	BaseURL      string          // where people reach it; https makes cookies secure
	DemoRadioURL string          // optional
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
	Sites    *site.Desk

	CheckWebhook func(url string) error // refuses what can't be a webhook

	Now    func() time.Time
	Random io.Reader // cryptographic, and safe for use by several goroutines
	Log    *slog.Logger
}

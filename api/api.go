// Package api is the network's HTTP API: what shops, couriers, recipients, operators and lockers ask, and what they are
// answered. Its OpenAPI 3.1 document is made from the same declarations that serve the requests, so the two can't
// differ.
//
// A request passes, in this order: a name (request id), the log, the headers that keep browsers safe, the gate (is there
// room for one more of its class?), a limit of rate, then the route. The route checks who is asking before it reads what is asked; reads strictly (an unknown field is a
// typing error, and typing errors must not turn into defaults); asks one room; and answers. Whatever is refused leaves
// as an RFC 9457 problem with one of the house's codes.
//
// Each room has one file here, by the same name.
package api

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lockhouse"
	"lockhouse/watch"
)

// Limits of one request.
const (
	maxBodyBytes   = 64 << 10
	bodyTimeout    = 5 * time.Second
	requestTimeout = 15 * time.Second
)

// API serves the routes.
type API struct {
	Options
	mux     *http.ServeMux
	huma    huma.API
	handler http.Handler
	keys    *limiter // by API key
	callers *limiter // by address
	enrols  *limiter // of codes, by address
	gate    *gate
	relays  relays
	cards   cards                   // of sites that were found lately
	signers signers                 // of receipts
	routes  []string                // patterns
	codes   map[lockhouse.Code]bool // of refusals
}

// takeOverErrors makes huma report its own refusals (of what it parses and validates) as problems. It keeps its error
// constructor in a package variable, so that is where it has to go, once.
// The same goes for whether a list may be null: ours never are.
var takeOverErrors = sync.OnceFunc(func() {
	huma.NewErrorWithContext, huma.NewError = problemInContext, problemOf
	huma.DefaultArrayNullable = false
})

// New makes the API. Every field of Options but the ones said to be optional must be set.
func New(o Options) *API {
	takeOverErrors()
	a := &API{
		Options: o, mux: http.NewServeMux(),
		keys:    newLimiter(o.Limits.KeyPerS, o.Limits.KeyBurst, o.Limits.MaxClients),
		callers: newLimiter(o.Limits.AddressPerS, o.Limits.AddressBurst, o.Limits.MaxClients),
	}
	a.enrols = newLimiter(enrolPerS, enrolBurst, o.Limits.MaxClients)
	a.gate, a.codes = newGate(o.Limits.MaxAtWork, o.Behind), map[lockhouse.Code]bool{}
	a.huma = humago.New(a.mux, describe(o))
	for _, register := range []func(){
		a.about, a.cells, a.checkout, a.hold, a.manifest, a.webhook, a.courier, a.receipts, a.recipient, a.lostPhone, a.withoutPhoneRoutes, a.pinByMail, a.mail, a.operator, a.figures, a.operatorKeys, a.operatorQueues, a.enrolment, a.operatorService,
	} {
		register()
	}
	a.latch()
	a.health()
	a.document()
	a.pages()
	a.handler = a.wrapped()
	return a
}

// Handler serves everything: API and pages.
func (a *API) Handler() http.Handler { return a.handler }

// OwnQueues are those of requests.
func (a *API) OwnQueues() []watch.Queue { return a.gate.queues() }

// Document gives the OpenAPI document as JSON.
func (a *API) Document() ([]byte, error) { return a.huma.OpenAPI().MarshalJSON() }

// logger gives the logger of one request.
func (a *API) logger(id string) *slog.Logger { return a.Log.With(slog.String("request_id", id)) }

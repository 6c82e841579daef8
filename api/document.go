package api

import (
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"lockhouse"
)

// The tags under which the document groups operations, in walking order.
const (
	tagAbout     = "About"
	tagCheckout  = "Checkout"
	tagHold      = "Holds"
	tagParcel    = "Parcels"
	tagWebhook   = "Webhooks"
	tagCourier   = "Courier"
	tagReceipt   = "Receipts"
	tagRecipient = "Recipient"
	tagOperator  = "Operator"
	tagFigures   = "Figures"
)

const story = `The API of a parcel pickup network: a shop asks for **sites** with room near its customer, keeps room with a **hold**, and
announces the **parcel**; a courier drops it off in a locker; its recipient collects it with a phone; everybody concerned is told.

- **Keys.** ` + "`Authorization: Bearer <key>`" + `. A checkout key (` + "`lhp_…`" + `) may stand in a web page and only looks for sites; a shop's
  (` + "`lhs_…`" + `), courier's (` + "`lhc_…`" + `) and operator's key (` + "`lho_…`" + `) are secrets.
- **Once.** ` + "`PUT`" + ` under your own reference: the same request again gives the same thing, so ask again whenever an answer got lost.
- **Refusals** are RFC 9457 problems with a ` + "`code`" + ` for programs, a ` + "`detail`" + ` for people, and facts beside them.
- **Units** stand in the names: ` + "`_mm`, `_g`, `_m`, `_ms`, `_s`" + `. Times are RFC 3339 in UTC; days are dates at the site. Binary values are
  base64url without padding. Fields and parameters that we don't know are refused, never ignored.
`

// strictJSON writes as huma does by default, and reads more strictly: a key that stands twice is refused, as is text that
// is not UTF-8 (RFC 7493).
var strictJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		if itself, can := v.(interface{ writeJSON(io.Writer) error }); can {
			return itself.writeJSON(w)
		}
		return huma.DefaultJSONFormat.Marshal(w, v)
	},
	Unmarshal: func(data []byte, v any) error { return json.Unmarshal(data, v) },
}

// schemaName names a shape in the document: what the code calls SiteView is a Site out there.
func schemaName(t reflect.Type, hint string) string {
	return strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "View")
}

func describe(o Options) huma.Config {
	tag := func(name, about string) *huma.Tag { return &huma.Tag{Name: name, Description: about} }
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Lockhouse", Version: o.Version, Description: story,
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}},
			Servers: []*huma.Server{{URL: o.BaseURL, Description: o.Name}},
			Tags: []*huma.Tag{
				tag(tagAbout, "What this network is."), tag(tagCheckout, "Where can it be collected?"),
				tag(tagHold, "Room kept for a parcel that is not there yet."), tag(tagParcel, "From announcement to collection, for the shop."),
				tag(tagWebhook, "How a shop is told, signed as Standard Webhooks (standardwebhooks.com)."),
				tag(tagCourier, "What goes where, and the grant that opens the doors for it."),
				tag(tagReceipt, "What lockers signed, carried by whoever comes by."),
				tag(tagRecipient, "For the recipient's own page: signed in by a mail link, with a cookie."),
				tag(tagOperator, "The whole network, for those who run it."),
				tag(tagFigures, "How the lockers do, for everybody to see."),
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					bearerScheme: {Type: "http", Scheme: "bearer", Description: "An API key."},
					cookieScheme: {Type: "apiKey", In: "cookie", Name: cookieName, Description: "The session of a recipient's browser."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": strictJSON, "json": strictJSON},
		DefaultFormat: "application/json",
	}
}

// document serves the OpenAPI document; web/dist/docs.html shows it to people.
func (a *API) document() {
	text, err := a.Document()
	a.mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, r *http.Request) {
		if err != nil {
			a.refuse(r.Context(), err).write(w)
			return
		}
		allowAnyOrigin(w.Header())
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(text)
	})
}

var methods = []string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete}

// noRoute answers for what is not in the document: another method than the address has, or no such address.
func (a *API) noRoute(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range methods {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := a.mux.Handler(other); pattern != "/v1/" && strings.HasPrefix(pattern, method+" /v1/") {
			allowed = append(allowed, method)
		}
	}
	p := newProblem(lockhouse.CodeNotFound, "There is no such address. /openapi.json lists all there are.", nil)
	if len(allowed) > 0 {
		p = newProblem(lockhouse.CodeMalformed, "This address knows "+strings.Join(allowed, " and ")+" only.", nil)
		p.Status, p.Title = http.StatusMethodNotAllowed, http.StatusText(http.StatusMethodNotAllowed)
		w.Header().Set("Allow", strings.Join(allowed, ", "))
	}
	p.RequestID = requestID(r.Context())
	p.write(w)
}

// allowAnyOrigin lets any page read an answer. It is for what a checkout key may see: no cookie is involved.
func allowAnyOrigin(h http.Header) { h.Set("Access-Control-Allow-Origin", "*") }

package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lockhouse"
	"lockhouse/trust/auth"
)

// route declares one operation: how it is reached, who may, what it is for, and how it can refuse.
type route struct {
	method, path string
	id           string // camelCase, unique; clients' generators name functions by it
	tag          string
	who          caller
	summary      string
	about        string // Markdown
	status       int    // of success; 0: 200 with a body, 204 without
	also         []int  // further statuses of success, with the same body
	refusals     []lockhouse.Code
	ungated      bool // it is asked whether we live, and is answered however much there is to do
}

// commonRefusals can come from every route: of malformed, an unknown parameter at least.
var commonRefusals = []lockhouse.Code{lockhouse.CodeMalformed, lockhouse.CodeTooMany, lockhouse.CodeInternal, lockhouse.CodeUnavailable}

// add registers a route: for the router, for the document, and for the sweep that tries each of them with bad input.
func add[I, O any](a *API, r route, do func(context.Context, *I) (*O, error)) {
	class := classOf(r)
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Tags: []string{r.tag}, Summary: r.summary, Description: r.about,
		DefaultStatus: r.status, MaxBodyBytes: maxBodyBytes, BodyReadTimeout: bodyTimeout, RejectUnknownQueryParameters: true,
		Security: r.who.security(), Responses: a.refusalsOf(r, takesBody[I]()),
		Middlewares: huma.Middlewares{a.admit(r.who, class)},
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		ctx, cancel := context.WithTimeout(ctx, requestTimeout)
		defer cancel()
		// What the request says was read before: who talks slowly takes nobody's place.
		if err := a.gate.enter(ctx, class); err != nil {
			return nil, a.refuse(ctx, err)
		}
		defer a.gate.leave(class)
		out, err := do(ctx, in)
		if err != nil {
			return nil, a.refuse(ctx, err)
		}
		return out, nil
	})
	a.alsoAnswers(r)
	a.routes = append(a.routes, r.method+" "+r.path)
}

// refusalsOf describes the problems of a route, one response for each status with the codes it stands for.
func (a *API) refusalsOf(r route, takesBody bool) map[string]*huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflectProblem, true, "Problem")
	byStatus := map[string][]string{}
	codes := slices.Concat(r.who.refusals(), r.refusals, commonRefusals)
	if takesBody {
		codes = append(codes, lockhouse.CodeBodyTooLarge)
	}
	for _, code := range codes {
		status := strconv.Itoa(statuses[code])
		if status == "0" {
			status = strconv.Itoa(http.StatusConflict)
		}
		a.codes[code] = true
		if name := "`" + string(code) + "`"; !slices.Contains(byStatus[status], name) {
			byStatus[status] = append(byStatus[status], name)
		}
	}
	responses := map[string]*huma.Response{}
	for status, codes := range byStatus {
		responses[status] = &huma.Response{
			Description: "Refused: " + strings.Join(codes, ", "),
			Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
		}
	}
	return responses
}

func takesBody[I any]() bool {
	_, has := reflect.TypeFor[I]().FieldByName("Body")
	return has
}

// alsoAnswers describes further successes of a route like its first.
func (a *API) alsoAnswers(r route) {
	item := a.huma.OpenAPI().Paths[r.path]
	for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete} {
		if op == nil || op.OperationID != r.id {
			continue
		}
		for _, status := range r.also {
			same := *op.Responses[strconv.Itoa(op.DefaultStatus)]
			same.Description = http.StatusText(status)
			op.Responses[strconv.Itoa(status)] = &same
		}
	}
}

// caller says who may use a route.
type caller struct {
	scopes     []lockhouse.Scope // any of these keys
	recipient  bool              // the browser's session
	ownPage    bool              // anybody, but no other site's page in the name of its visitor
	technician bool              // anybody; who tries codes is slowed down further
}

// Callers, as the routes name them. A shop's key may do all that its checkout key may.
var (
	anybody      = caller{}
	byOwnPage    = caller{ownPage: true}
	byTechnician = caller{technician: true}
	byCheckout   = caller{scopes: []lockhouse.Scope{lockhouse.ScopeCheckout, lockhouse.ScopeShop}}
	byShop       = caller{scopes: []lockhouse.Scope{lockhouse.ScopeShop}}
	byCourier    = caller{scopes: []lockhouse.Scope{lockhouse.ScopeCourier}}
	byOperator   = caller{scopes: []lockhouse.Scope{lockhouse.ScopeOperator}}
	byAnyKey     = caller{scopes: []lockhouse.Scope{lockhouse.ScopeCheckout, lockhouse.ScopeShop, lockhouse.ScopeCourier, lockhouse.ScopeOperator}}
	byRecipient  = caller{recipient: true}
	cookieName   = "lockhouse_session"
	bearerScheme = "key"
	cookieScheme = "session"
)

func (c caller) security() []map[string][]string {
	switch {
	case c.recipient:
		return []map[string][]string{{cookieScheme: {}}}
	case len(c.scopes) > 0:
		return []map[string][]string{{bearerScheme: {}}}
	}
	return []map[string][]string{}
}

func (c caller) refusals() []lockhouse.Code {
	switch {
	case c.recipient:
		return []lockhouse.Code{lockhouse.CodeUnauthorised, lockhouse.CodeForbidden}
	case c.ownPage:
		return []lockhouse.Code{lockhouse.CodeForbidden}
	case len(c.scopes) > 0:
		return []lockhouse.Code{lockhouse.CodeUnauthorised, auth.CodeRevoked, lockhouse.CodeForbidden}
	}
	return nil
}

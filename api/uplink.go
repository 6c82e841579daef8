package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"

	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// Limits of a locker's line.
const (
	helloTimeout  = 10 * time.Second // from the challenge to a good answer
	pingEvery     = 30 * time.Second
	pongTimeout   = 10 * time.Second
	writeTimeout  = 10 * time.Second
	messagesPerS  = 20
	messagesBurst = 100
)

// errNoLocker is all that a caller without a good proof learns.
var errNoLocker = errors.New("not a locker of this network")

// uplink serves the lockers' WebSocket. The locker opens it, proves with its receipt key that it is that locker, hands
// over receipts and says how its doors are; the network acknowledges and tells the time, signed.
func (a *API) uplink() {
	a.mux.HandleFunc("GET /v1/uplink", func(w http.ResponseWriter, r *http.Request) {
		if err := a.limitAddress(r); err != nil {
			a.refuse(r.Context(), err).write(w)
			return
		}
		conn, err := websocket.Accept(w, r, nil) // which answers by itself when it is none
		if err != nil {
			return
		}
		defer conn.CloseNow()
		conn.SetReadLimit(wire.MaxUplinkBytes)
		if err := a.lines.run(r.Context(), func(ctx context.Context) error { return a.talk(ctx, conn, a.uplinkHost(r)) }); err != nil {
			a.hangUp(conn, requestID(r.Context()), err)
		}
	})
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "openUplink", Method: http.MethodGet, Path: "/v1/uplink", Tags: []string{tagReceipt}, Summary: "A locker's line (WebSocket)",
		Description: "For lockers: a challenge, a proof by the receipt key, then receipts and acknowledgements. `docs/latch.md` has the messages.",
		Security:    []map[string][]string{},
		Responses:   map[string]*huma.Response{"101": {Description: "The line is open."}, "426": {Description: "Not a WebSocket."}},
	})
}

// uplinkHost is the host that a locker must have dialled for its proof to count. Only callers on this machine may name
// another than the configured one: elsewhere, whoever passes a challenge on could name itself.
func (a *API) uplinkHost(r *http.Request) string {
	name, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		name = r.Host
	}
	if ip := net.ParseIP(name); name == "localhost" || ip != nil && ip.IsLoopback() {
		return r.Host
	}
	if u, err := url.Parse(a.BaseURL); err == nil {
		return u.Host
	}
	return r.Host
}

// hangUp says why in a word that the locker's journal can hold.
func (a *API) hangUp(conn *websocket.Conn, id string, err error) {
	switch {
	case errors.Is(err, errNoLocker), errors.Is(err, wire.ErrUplink), errors.Is(err, credential.ErrRefused):
		a.logger(id).Warn("uplink: refused", slog.Any("error", err))
		_ = conn.Close(websocket.StatusPolicyViolation, "refused")
	case websocket.CloseStatus(err) != -1, errors.Is(err, context.Canceled), errors.Is(err, io.EOF):
		_ = conn.Close(websocket.StatusGoingAway, "")
	default:
		a.logger(id).Warn("uplink: broke", slog.Any("error", err))
		_ = conn.Close(websocket.StatusTryAgainLater, "try again")
	}
}

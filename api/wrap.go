package api

import (
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"lockhouse"
)

// trace is what the log says of a request. It holds nothing personal: the route instead of the path, no query, no
// address, the key's name and not its secret.
type trace struct {
	id     string
	key    lockhouse.KeyID
	status int
	bytes  int64
	code   lockhouse.Code // of a refusal
	traced bool           // topics and steps are wanted
	topics []lockhouse.TraceID
	steps  []Step
}

func traceOf(ctx context.Context) *trace {
	t, _ := ctx.Value(keyOfTrace).(*trace)
	return t
}

// requestID names the request, in the log and in problems.
func requestID(ctx context.Context) string {
	if t := traceOf(ctx); t != nil {
		return t.id
	}
	return ""
}

// goodRequestID is what a caller may call its request; anything else is replaced, so that nobody writes our log.
var goodRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// wrapped puts around the router what every request passes.
func (a *API) wrapped() http.Handler {
	safe := a.safeHeaders()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := a.Now()
		t := &trace{id: r.Header.Get("X-Request-Id"), status: http.StatusOK, traced: a.Traced}
		if !goodRequestID.MatchString(t.id) {
			t.id = a.newRequestID()
		}
		r = r.WithContext(context.WithValue(r.Context(), keyOfTrace, t))
		answer := &recorder{ResponseWriter: w, trace: t}
		defer a.finish(answer, r, began)
		w.Header().Set("X-Request-Id", t.id)
		maps.Copy(w.Header(), safe)
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			w.Header().Set("Cache-Control", "no-store") // grants, secrets, and what was free a second ago
		}
		a.mux.ServeHTTP(answer, r)
	})
}

func (a *API) newRequestID() string {
	var raw [8]byte
	if _, err := io.ReadFull(a.Random, raw[:]); err != nil {
		return "unnamed"
	}
	return hex.EncodeToString(raw[:])
}

// finish writes the log's line, and turns a panic into a refusal instead of a broken connection.
func (a *API) finish(w *recorder, r *http.Request, began time.Time) {
	if cause := recover(); cause != nil {
		if cause == http.ErrAbortHandler {
			panic(cause)
		}
		a.logger(w.trace.id).Error("a request panicked", slog.Any("cause", cause))
		w.trace.code = lockhouse.CodeInternal
		if !w.begun {
			p := newProblem(lockhouse.CodeInternal, "Something went wrong on our side. Try again.", nil)
			p.RequestID = w.trace.id
			p.write(w)
		}
	}
	route := r.Pattern
	if route == "" {
		route = "none"
	}
	ended := a.Now()
	a.served(w.trace, route, r.Header.Get("Traceparent"), began, ended)
	said := []slog.Attr{slog.String("method", r.Method), slog.String("route", route), slog.Int("status", w.trace.status),
		slog.Int64("took_ms", ended.Sub(began).Milliseconds()), slog.Int64("bytes", w.trace.bytes),
		slog.String("request_id", w.trace.id), slog.String("key", string(w.trace.key))}
	for _, topic := range w.trace.topics {
		said = append(said, slog.String("trace_id", topic.String()))
	}
	a.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", said...)
}

// safeHeaders keep browsers from being used against the people in front of them. Pages load their own scripts and nobody else's,
// and talk to this server and, in a demo, to its virtual lockers. They are the same in every answer, and made once.
func (o *Options) safeHeaders() http.Header {
	connect := "'self'"
	if u, err := url.Parse(o.BaseURL); err == nil && u.Host != "" {
		connect += " " + strings.Replace(u.Scheme, "http", "ws", 1) + "://" + u.Host // which Safari does not take for 'self'
	}
	if u, err := url.Parse(o.DemoRadioURL); err == nil && u.Host != "" {
		connect += " " + u.Scheme + "://" + u.Host
	}
	h := http.Header{}
	h.Set("Content-Security-Policy", "default-src 'self'; connect-src "+connect+"; "+
		"frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(self), geolocation=(self)")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if strings.HasPrefix(o.BaseURL, "https") {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return h
}

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	trace *trace
	begun bool
}

// WriteHeader notes the status.
func (r *recorder) WriteHeader(status int) {
	if !r.begun {
		r.trace.status, r.begun = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts bytes.
func (r *recorder) Write(p []byte) (int, error) {
	r.begun = true
	n, err := r.ResponseWriter.Write(p)
	r.trace.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection, for deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

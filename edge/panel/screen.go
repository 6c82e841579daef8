package panel

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
)

//go:embed all:page
var built embed.FS

// Limits of the screen's server. One browser is its only visitor.
const (
	maxWishBytes    = 128
	maxWatchers     = 4
	heartbeat       = 15 * time.Second
	headerTimeout   = 5 * time.Second
	shutdownTimeout = 2 * time.Second
)

// policy lets the page load what the locker serves, and nothing else.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// serve keeps the page's server up, on this machine alone.
func (p *Panel) serve(ctx context.Context) {
	for tries := 0; ctx.Err() == nil; {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", p.Screen)
		if err == nil {
			tries = 0
			p.leave(ctx, func(time.Time) { p.fault("screen", "", nil) })
			err = p.serveOn(ctx, listener)
		}
		if ctx.Err() != nil || err == nil {
			return
		}
		p.leave(ctx, func(time.Time) { p.fault("screen", "has no port", err) })
		tries = min(tries+1, len(waits))
		pause(ctx, waits[tries-1])
	}
}

func (p *Panel) serveOn(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: onThisMachine(p.Handler()), ReadHeaderTimeout: headerTimeout, BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() {
		closing, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		if server.Shutdown(closing) != nil {
			_ = server.Close() // a visitor that would not go
		}
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// onThisMachine refuses whoever came by another name than this machine's own: a page from elsewhere that had its name
// pointed here.
func onThisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "The panel is for this machine alone.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Handler serves the page: what it shows as server-sent events, and the keys that are touched on it. It believes no other
// site's page.
func (p *Panel) Handler() http.Handler {
	var watchers atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("GET /view", func(w http.ResponseWriter, r *http.Request) {
		defer watchers.Add(-1)
		if watchers.Add(1) > maxWatchers {
			http.Error(w, "Too many screens.", http.StatusServiceUnavailable)
			return
		}
		p.show(w, r)
	})
	mux.HandleFunc("POST /key", p.wish(func(text string) (func(time.Time), bool) {
		k, ok := keyNamed(text)
		return func(now time.Time) { p.press(k, now) }, ok
	}))
	mux.HandleFunc("POST /language", p.wish(func(text string) (func(time.Time), bool) {
		return func(now time.Time) { p.language, p.keyAt = text, now }, slices.Contains(p.Languages, text)
	}))
	mux.HandleFunc("GET /", page)
	own := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		own.Handler(mux).ServeHTTP(w, r)
	})
}

// page serves the built page.
func page(w http.ResponseWriter, r *http.Request) {
	files, err := fs.Sub(built, "page")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = "panel.html"
	}
	if _, err := fs.Stat(files, name); err != nil || name == "README" {
		http.Error(w, "There is no such page here. (If it should be: the page may not have been built; make web does it.)", http.StatusNotFound)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeFileFS(w, r, files, name)
}

// show sends the view now and at each change.
func (p *Panel) show(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out, beat := http.NewResponseController(w), time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		text, changed := p.shown.look()
		if _, err := fmt.Fprintf(w, "data: %s\n\n", text); err != nil || out.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		case <-beat.C:
		}
	}
}

// wish takes one word from the page and leaves it for the loop.
func (p *Panel) wish(read func(text string) (note func(time.Time), ok bool)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := readWish(http.MaxBytesReader(w, r.Body, maxWishBytes))
		note, ok := read(text)
		if err != nil || !ok {
			http.Error(w, "This is nothing that the panel knows.", http.StatusBadRequest)
			return
		}
		if !p.leave(r.Context(), note) {
			http.Error(w, "The panel does not answer just now.", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// readWish reads {"is": "a word"}, and nothing else.
func readWish(body io.Reader) (string, error) {
	var wish struct {
		Is string `json:"is"`
	}
	err := json.UnmarshalRead(body, &wish, json.RejectUnknownMembers(true))
	return wish.Is, err
}

// Package port is the private port: metrics, health and readiness, and pprof, for whoever runs the network. It says how
// much there is of everything, and pprof shows what is in memory; so it listens on this machine only, unless the
// operator says otherwise in so many words.
package port

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"lockhouse/watch"
)

// Limits of a look.
const (
	headerTimeout  = 5 * time.Second
	writeTimeout   = 2 * time.Minute // a CPU profile takes as long as it is told to
	idleTimeout    = time.Minute
	scrapeTimeout  = 10 * time.Second
	maxScrapes     = 3 // at once
	maxHeaderBytes = 8 << 10
)

// Options say what is shown.
type Options struct {
	Registry  *prometheus.Registry
	Readiness *watch.Readiness
	Anywhere  bool // whoever reaches the port may look; otherwise only who calls it by a name of this machine
}

// New makes the server; it owns no listener yet.
func New(o Options) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes, Timeout: scrapeTimeout}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, report{Status: watch.OK}) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { ready(w, r, o.Readiness) })
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	var handler http.Handler = mux
	if !o.Anywhere {
		handler = fromHere(mux)
	}
	return &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes}
}

// report is what health and readiness answer.
type report struct {
	Status watch.State     `json:"status"`
	Checks []watch.Finding `json:"checks,omitempty"`
}

func ready(w http.ResponseWriter, r *http.Request, from *watch.Readiness) {
	state, found := from.Look(r.Context())
	status := http.StatusOK
	if state == watch.Failing {
		status = http.StatusServiceUnavailable
	}
	say(w, status, report{state, found})
}

func say(w http.ResponseWriter, status int, what report) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what) // who asked may have gone
}

// fromHere refuses a page somewhere that makes a browser on this machine look here under another name (DNS rebinding).
func fromHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "This port is called by 127.0.0.1, [::1] or localhost.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

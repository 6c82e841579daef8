package street

import (
	"net/http"
	"net/http/httputil"
	"net/url"
)

// panel is the screen at a locker, as who stands before it sees it: the locker serves it to its own machine alone, which on
// this street is everybody's.
func panel(w http.ResponseWriter, r *http.Request, stand Stand) {
	rest := r.PathValue("rest")
	proxy := httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(&url.URL{Scheme: "http", Host: stand.Panel})
		p.Out.URL.Path, p.Out.URL.RawPath = "/"+rest, ""
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
		http.Error(w, "The locker is switched off.", http.StatusBadGateway)
	}}
	proxy.ServeHTTP(w, r)
}

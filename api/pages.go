package api

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// pageFiles says which file answers which address.
var pageFiles = map[string]string{
	"/{$}": "index.html", "/collect": "collect.html", "/courier": "courier.html", "/console": "console.html", "/docs": "docs.html", "/figures": "figures.html", "/register": "register.html",
}

// publicFiles may be loaded by other sites' pages: the widget stands in shops' checkouts and shows the art.
var publicFiles = []string{"widget.js", "art/"}

// pages serves what web/dist holds.
func (a *API) pages() {
	for address, file := range pageFiles {
		a.mux.HandleFunc("GET "+address, func(w http.ResponseWriter, r *http.Request) { a.serveFile(w, r, file) })
	}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Pages can only be read.", http.StatusMethodNotAllowed)
			return
		}
		a.serveFile(w, r, strings.TrimPrefix(path.Clean(r.URL.Path), "/"))
	})
	a.mux.HandleFunc("/v1/", a.noRoute)
}

func (a *API) serveFile(w http.ResponseWriter, r *http.Request, name string) {
	if info, err := fs.Stat(a.Pages, name); err != nil || info.IsDir() || name == "README" {
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
			a.refuse(r.Context(), err).write(w)
			return
		}
		http.Error(w, "There is no such page here. (If it should be: the pages may not have been built; make web does it.)", http.StatusNotFound)
		return
	}
	h := w.Header()
	switch {
	case strings.HasPrefix(name, "assets/"): // their names change with their content
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	case strings.HasPrefix(name, "art/"):
		h.Set("Cache-Control", "public, max-age=3600")
	default:
		h.Set("Cache-Control", "no-cache")
	}
	for _, public := range publicFiles {
		if strings.HasPrefix(name, public) {
			h.Set("Access-Control-Allow-Origin", "*")
			h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		}
	}
	if strings.HasSuffix(name, ".webmanifest") {
		h.Set("Content-Type", "application/manifest+json")
	}
	http.ServeFileFS(w, r, a.Pages, name)
}

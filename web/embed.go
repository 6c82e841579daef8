// Package web carries the pages: what `npm run build` in this folder makes of src goes into dist, and dist into the
// network's binary, so that one file serves everything.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Pages gives the built files: index.html, collect.html, widget.js, assets, art and so on. Before the first build there
// is only a README in it.
func Pages() fs.FS {
	pages, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("web: " + err.Error()) // the folder is embedded by the line above
	}
	return pages
}

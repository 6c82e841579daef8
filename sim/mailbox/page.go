package mailbox

import (
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed page
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"people": func(to []string) string { return strings.Join(to, ", ") },
	"clock":  func(t time.Time) string { return t.Format("15:04:05") },
	"stamp":  func(t time.Time) string { return t.Format(time.RFC3339) },
	"pieces": pieces,
}).ParseFS(files, "page/*.html"))

// What each page may do. A mail's own HTML runs nothing and loads nothing; a link in it opens in the whole window.
const (
	pageCSP = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
	mailCSP = "sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)

// Handler shows the mailbox: the list at /, a mail at /mail/{id}, its HTML alone at /mail/{id}/html, and everything as
// JSON at /messages.json.
func (m *Mailbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", m.showList)
	mux.HandleFunc("GET /mail/{id}", m.one(showMail))
	mux.HandleFunc("GET /mail/{id}/html", m.one(showHTML))
	mux.HandleFunc("GET /messages.json", m.listJSON)
	mux.Handle("GET /page/", http.FileServerFS(files))
	return mux
}

func (m *Mailbox) showList(w http.ResponseWriter, _ *http.Request) {
	render(w, "list.html", map[string]any{"Messages": m.Messages(), "Address": m.Addr(), "Max": maxMessages})
}

func (m *Mailbox) listJSON(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]any{"messages": m.Messages()}) // the reader went away: nobody is left to tell
}

// one finds the mail that a path names.
func (m *Mailbox) one(show func(http.ResponseWriter, Message)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if found, ok := m.Message(id); err == nil && ok {
			show(w, found)
			return
		}
		w.WriteHeader(http.StatusNotFound)
		render(w, "gone.html", map[string]any{"Max": maxMessages})
	}
}

func showMail(w http.ResponseWriter, one Message) { render(w, "mail.html", one) }

// showHTML gives the mail's own document. The base element makes its links leave the frame.
func showHTML(w http.ResponseWriter, one Message) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", mailCSP)
	w.Header().Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write([]byte(withBase(one.HTML)))
}

// withBase puts the base element where the parser will take it: into the head, or else in front of everything.
func withBase(html string) string {
	const base = `<base target="_top">`
	if at := strings.Index(strings.ToLower(html), "<head>"); at >= 0 {
		at += len("<head>")
		return html[:at] + base + html[at:]
	}
	return base + html
}

func render(w http.ResponseWriter, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pageCSP)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = pages.ExecuteTemplate(w, name, data) // the reader went away: nobody is left to tell
}

// piece is a stretch of text, or a link in it.
type piece struct {
	Text string
	Link bool
}

// pieces cuts a text at its links, so that the page can make them clickable.
func pieces(text string) []piece {
	var out []piece
	at := 0
	for _, span := range address.FindAllStringIndex(text, maxLinks) {
		out = append(out, piece{Text: text[at:span[0]]}, piece{Text: text[span[0]:span[1]], Link: true})
		at = span[1]
	}
	return append(out, piece{Text: text[at:]})
}

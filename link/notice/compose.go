package notice

import (
	"bytes"
	_ "embed"
	"fmt"
	html "html/template"
	"net/url"
	"strings"
	text "text/template"

	"github.com/wneessen/go-mail"
)

//go:embed letter.html
var htmlSource string

//go:embed letter.txt
var textSource string

var (
	htmlLetter = html.Must(html.New("letter.html").Parse(htmlSource))
	textLetter = text.Must(text.New("letter.txt").Parse(textSource))
)

// view is a letter in words, as the two templates show it.
type view struct {
	Language, Subject, Greeting, Lead string
	Button, Link, Once                string
	Where, Alias, Address             string
	TrackingWord, Tracking            string
	PINTitle, PIN, PINHint            string // empty PIN: nothing of it
	Network                           string
	Markup                            *delivery // nil when the mail is about no parcel
}

// compose makes the mail: plain text, and the same as HTML with the machine-readable part in it.
func (s *Sender) compose(l letter) (*mail.Msg, error) {
	v := s.view(l)
	var plain, rich bytes.Buffer
	if err := textLetter.Execute(&plain, v); err != nil {
		return nil, fmt.Errorf("writing the mail: %w", err)
	}
	if err := htmlLetter.Execute(&rich, v); err != nil {
		return nil, fmt.Errorf("writing the mail: %w", err)
	}
	msg := mail.NewMsg()
	if err := msg.FromFormat(s.options.Network, s.options.From); err != nil {
		return nil, fmt.Errorf("the sender's address: %w", err)
	}
	if err := msg.AddToFormat(l.to.Name, l.to.Email); err != nil {
		return nil, permanent("the recipient's address can't be written to")
	}
	msg.Subject(v.Subject)
	msg.SetDateWithValue(l.at)
	msg.SetMessageIDWithValue(fmt.Sprintf("notice-%d@%s", l.notice.ID, domainOf(s.options.From)))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	msg.SetGenHeader("Content-Language", l.language)
	msg.SetBodyString(mail.TypeTextPlain, plain.String())
	msg.AddAlternativeString(mail.TypeTextHTML, rich.String())
	return msg, nil
}

func (s *Sender) view(l letter) view {
	w := words[l.language]
	said := w.kinds[l.notice.Kind]
	v := view{
		Language: l.language, Subject: said.subject, Lead: l.fill(said.lead), Network: s.options.Network,
		Greeting: strings.ReplaceAll(w.greeting, "{name}", l.to.Name),
	}
	if l.token != "" {
		v.Button, v.Once, v.Link = said.button, w.once, s.options.BaseURL+"/collect#"+url.PathEscape(l.token)
	}
	if l.parcel.ID != "" {
		v.Where, v.Alias, v.Address = w.where, l.place.Alias, l.place.line()
		v.TrackingWord, v.Tracking = w.tracking, l.parcel.Tracking
		v.Markup = s.markup(l)
	}
	if l.pin != "" {
		v.PINTitle, v.PIN = w.pin, l.pin[:len(l.pin)/2]+" "+l.pin[len(l.pin)/2:]
		v.PINHint = strings.NewReplacer("{locker}", l.locker, "{door}", fmt.Sprint(l.parcel.Compartment)).Replace(w.pinHint)
	}
	return v
}

func (p place) line() string {
	town := strings.TrimSpace(p.City + " " + p.Postal)
	if town == "" {
		return p.Street
	}
	return p.Street + ", " + town
}

func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

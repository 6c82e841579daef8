package world_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lockhouse/internal/process"
	"lockhouse/sim/mailbox"
	"lockhouse/sim/world"
)

// notebook is a log that is read afterwards.
type notebook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write notes a line.
func (n *notebook) Write(line []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(line)
}

func (n *notebook) bytes() []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	return bytes.Clone(n.text.Bytes())
}

// somebody has a name and an address that stand nowhere else in the world.
var somebody = contact{name: "Zubenelgenubi Quillfeather", email: "zuben.quillfeather@hidden.example", phone: "+12025550147"}

// After a whole journey, who the recipient is stands in the mail to them and nowhere else; and where they buy and who
// guards the locker stands not even there.
func TestDiscreet(t *testing.T) {
	t.Parallel()
	log := &notebook{}
	spans := collect(t)
	private, err := process.FreeAddress("127.0.0.1")
	must(t, err)
	c := raiseAs(t, world.Config{
		Sites: 1, Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), Collector: spans.url, Places: world.Places{Watch: private},
	}).cast()
	defer c.explains()
	c.shop.NoteRequests()
	c.courier.NoteRequests()
	o := c.buysAs(somebody)
	c.delivers(o)
	c.followsLink(o)
	c.taps()
	c.collects(o)
	c.ask(http.MethodPost, "/v1/recipient/link", "", map[string]string{"email": o.email}, nil)
	c.opensConsole(c.courierBrowser)
	c.console.NoteRequests()
	c.finds(o)

	t.Run("mail", func(t *testing.T) { c.in(t).mailsAreDiscreet(o) })
	t.Run("log", func(t *testing.T) { knowsNobody(t, "the log", log.bytes(), "/v1/recipient/sign-in") })
	t.Run("traces", func(t *testing.T) { c.in(t).isOneTrace(o, spans, log) })
	t.Run("metrics", func(t *testing.T) {
		text := c.in(t).scrape()
		knowsNobody(t, "a series", text, "lockhouse_events_total")
		knowsNothingOf(t, "a series", text, c.in(t), o)
	})
	t.Run("addresses", func(t *testing.T) {
		all := append(append(c.shop.Requests(), c.courier.Requests()...), c.console.Requests()...)
		knowsNobody(t, "an address", []byte(strings.Join(all, "\n")), "/v1/recipient/parcels")
	})
	t.Run("what is said to operators, couriers and shops", func(t *testing.T) {
		s := c.in(t)
		for path, key := range map[string]string{
			"/v1/operator/events?limit=200": s.Keys().Operator, "/v1/operator/parcels/" + s.idOf(o): s.Keys().Operator,
			"/v1/courier/stops": s.Keys().Courier, "/v1/parcels/" + o.reference: s.Keys().Shop, "/v1/webhook/deliveries": s.Keys().Shop,
		} {
			var said json.RawMessage
			s.ask(http.MethodGet, path, key, nil, &said)
			knowsNobody(t, path, said, "")
		}
	})
	t.Run("the locker's files", func(t *testing.T) {
		knowsNobody(t, "a locker's file", filesBelow(t, filepath.Join(c.dir, "lockers")), "PRIVATE KEY")
	})
	t.Run("the network's files", func(t *testing.T) {
		must(t, c.StopNetwork())
		knowsNobody(t, "the database", filesBelow(t, filepath.Join(c.dir, "network")), o.tracking)
	})
}

// idOf gives the operator's name for a parcel.
func (s *stage) idOf(o order) string {
	s.t.Helper()
	var found struct{ Parcels []struct{ ID string } }
	s.ask(http.MethodGet, "/v1/operator/parcels?find="+o.tracking, s.Keys().Operator, nil, &found)
	if len(found.Parcels) != 1 {
		s.t.Fatalf("%d parcels have the number %s", len(found.Parcels), o.tracking)
	}
	return found.Parcels[0].ID
}

// knowsNobody holds that nothing of somebody stands in a text: plain, in hex or in base64. That the witness does stands for
// the text being what it is taken for.
func knowsNobody(t *testing.T, what string, text []byte, witness string) {
	t.Helper()
	if !bytes.Contains(text, []byte(witness)) {
		t.Fatalf("%s does not even hold %q", what, witness)
	}
	low := bytes.ToLower(text)
	encoded := strings.NewReplacer("-", "+", "_", "/").Replace(string(text)) // base64url too
	for _, secret := range []string{"Zubenelgenubi", "Quillfeather", "zuben.quill", "hidden.example", "2025550147"} {
		for _, trace := range []string{strings.ToLower(secret), hex.EncodeToString([]byte(secret))} {
			if at := bytes.Index(low, []byte(trace)); at >= 0 {
				t.Errorf("%s holds %q: …%q…", what, secret, low[max(0, at-80):min(len(low), at+80)])
			}
		}
		for shift := range 3 {
			if trace := inBase64(secret, shift); strings.Contains(encoded, trace) {
				t.Errorf("%s holds %q in base64", what, secret)
			}
		}
	}
}

// inBase64 gives what of a text's base64 does not depend on what stands around it, when it begins at this byte of three.
func inBase64(text string, shift int) string {
	encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), text...))
	return encoded[(shift*8+5)/6 : len(encoded)-1]
}

func filesBelow(t *testing.T, dir string) (all []byte) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		all = append(all, raw...)
		return err
	}))
	return all
}

// mailsAreDiscreet reads every mail of a journey.
func (s *stage) mailsAreDiscreet(o order) {
	s.t.Helper()
	subjects := map[string]mailbox.Message{}
	for _, subject := range []string{"Your parcel is ready to collect", "Your parcel was collected", "Your link"} {
		s.until("there is a mail “"+subject+"”", func() bool {
			for _, mail := range s.Mailbox().Messages() {
				if mail.For(o.email) {
					subjects[mail.Subject] = mail
				}
			}
			_, there := subjects[subject]
			return there
		})
	}
	for subject, mail := range subjects {
		if !strings.Contains(mail.Text, somebody.name) {
			s.t.Errorf("“%s” is to nobody", subject)
		}
		s.namesNoHostNorShop(mail)
		if subject != "Your link" {
			s.marksUp(mail, o)
		}
	}
}

func (s *stage) namesNoHostNorShop(mail mailbox.Message) {
	s.t.Helper()
	for part, text := range map[string]string{"subject": mail.Subject, "text": mail.Text, "html": html.UnescapeString(mail.HTML)} {
		if text == "" {
			s.t.Errorf("“%s” has no %s", mail.Subject, part)
		}
		for _, word := range []string{"Metropolitan", "police", "station", "district", "Tidal", "goods", "Tides", s.stand().Site.Name, s.stand().Site.Host} {
			if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
				s.t.Errorf("“%s” says %q in its %s", mail.Subject, word, part)
			}
		}
	}
}

// marksUp holds that a mail program finds schema.org's ParcelDelivery in a mail.
func (s *stage) marksUp(mail mailbox.Message, o order) {
	s.t.Helper()
	_, rest, found := strings.Cut(mail.HTML, `<script type="application/ld+json">`)
	source, _, ended := strings.Cut(rest, "</script>")
	if !found || !ended {
		s.t.Fatalf("“%s” has no markup", mail.Subject)
	}
	var markup struct {
		Context  string `json:"@context"`
		Type     string `json:"@type"`
		Tracking string `json:"trackingNumber"`
		Address  struct {
			Type   string `json:"@type"`
			Name   string `json:"name"`
			Street string `json:"streetAddress"`
		} `json:"deliveryAddress"`
		Carrier struct{ Name string }                    `json:"carrier"`
		Order   struct{ Merchant struct{ Name string } } `json:"partOfOrder"`
	}
	must(s.t, json.Unmarshal([]byte(source), &markup))
	site := s.stand().Site
	if markup.Context != "http://schema.org" || markup.Type != "ParcelDelivery" || markup.Tracking != o.tracking ||
		markup.Address.Name != site.Alias || markup.Address.Street != site.Street || markup.Carrier.Name != "Lockhouse Washington" || markup.Order.Merchant.Name != markup.Carrier.Name {
		s.t.Errorf("“%s” is marked up as %s", mail.Subject, source)
	}
}

package shop

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
)

// Limits of what a customer can type.
const (
	maxNameChars  = 80
	maxEmailChars = 254
)

// spoken is what people put between the digits of a telephone number; worldwide is what is left, by E.164, as the network
// wants it.
var (
	spoken    = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "")
	worldwide = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// How an order reaches its recipient.
const (
	byLocker = "locker"
	byHome   = "home"
)

// form is what the checkout page asks for, and what to say beside it.
type form struct {
	Contact Contact
	By      string
	Site    string
	Errors  map[string]string // by field
	Sorry   string            // why it could not be finished
}

func (s *Shop) showCheckout(w http.ResponseWriter, r *http.Request) {
	cart := s.carts.of(r)
	if len(cart.Lines) == 0 {
		http.Redirect(w, r, "/cart", http.StatusSeeOther)
		return
	}
	if zip := r.URL.Query().Get("zip"); zip != "" {
		if _, known := neighbourhoods[zip]; known {
			cart, _ = s.carts.change(w, r, func(c *Cart) { c.ZIP = zip })
		}
	}
	s.renderCheckout(w, http.StatusOK, cart, form{By: byLocker, Contact: Contact{Language: "en"}})
}

// hold is the widget's hold-url: a site was chosen, so room is kept there before anything else. The parcel and the
// reference come from the cart, not from the page.
func (s *Shop) hold(w http.ResponseWriter, r *http.Request) {
	var choice struct {
		SiteID string `json:"site_id"`
	}
	cart := s.carts.of(r)
	if err := json.NewDecoder(r.Body).Decode(&choice); err != nil || choice.SiteID == "" || len(cart.Lines) == 0 {
		problem(w, http.StatusBadRequest, "malformed", "Choose a site for a cart that has something in it.")
		return
	}
	held, err := s.network.place(r.Context(), cart.Reference, choice.SiteID, packed(cart.Lines), s.today())
	if no, ok := errors.AsType[*refusal](err); ok {
		pass(w, no.Status, "application/problem+json", no.body)
		return
	}
	if err == nil {
		_, err = s.carts.change(w, r, func(c *Cart) { c.Site = choice.SiteID })
	}
	if err != nil {
		s.config.Log.Warn("hold not placed", slog.Any("error", err))
		problem(w, http.StatusBadGateway, "unavailable", "The pickup network does not answer. Try again in a moment.")
		return
	}
	pass(w, http.StatusOK, "application/json", held)
}

// pay finishes an order. Room first, money last: a locker that is full is heard of before anything is charged.
func (s *Shop) pay(w http.ResponseWriter, r *http.Request) {
	cart := s.carts.of(r)
	if len(cart.Lines) == 0 {
		http.Redirect(w, r, "/cart", http.StatusSeeOther)
		return
	}
	f := readForm(r)
	if len(f.Errors) > 0 {
		s.renderCheckout(w, http.StatusUnprocessableEntity, cart, f)
		return
	}
	order := s.orderFrom(cart, f)
	if err := s.promise(r, cart, order); err != nil {
		f.Sorry = sentence(err)
		s.config.Log.Warn("order not finished", slog.String("reference", cart.Reference), slog.Any("error", err))
		s.renderCheckout(w, http.StatusConflict, cart, f)
		return
	}
	s.carts.forget(w, r)
	http.Redirect(w, r, "/orders/"+order.Reference, http.StatusSeeOther)
}

// promise makes sure that the parcel can go where it should, and keeps the order. The order is kept before it is
// announced, because the network's first webhook may be quicker than its answer.
func (s *Shop) promise(r *http.Request, cart Cart, o Order) error {
	if o.By == byHome {
		if cart.Site != "" {
			// A hold that is not given back lapses by itself, so an error here costs nobody anything.
			_ = s.network.release(r.Context(), cart.Reference)
		}
		s.orders.keep(o)
		return nil
	}
	if _, err := s.network.place(r.Context(), o.Reference, o.Site, packed(cart.Lines), s.today()); err != nil {
		return err
	}
	if err := s.network.confirm(r.Context(), o.Reference); err != nil {
		return err
	}
	s.orders.keep(o)
	if err := s.network.announce(r.Context(), o); err != nil {
		s.orders.drop(o.Reference)
		return err
	}
	return nil
}

// readForm reads what was typed and says what is wrong with it.
func readForm(r *http.Request) form {
	text := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	f := form{
		Contact: Contact{Name: text("name"), Email: text("email"), Phone: spoken.Replace(text("phone")), Language: text("language")},
		By:      text("by"), Site: text("lockhouse_site"), Errors: map[string]string{},
	}
	if n := len([]rune(f.Contact.Name)); n == 0 || n > maxNameChars {
		f.Errors["name"] = "Enter the name of the person who will collect it, up to 80 characters."
	}
	if at, err := mail.ParseAddress(f.Contact.Email); err != nil || at.Address != f.Contact.Email || len(f.Contact.Email) > maxEmailChars {
		f.Errors["email"] = "Enter an address such as alex@example.com; the message that opens the door goes there."
	}
	if f.Contact.Phone != "" && !worldwide.MatchString(f.Contact.Phone) {
		f.Errors["phone"] = "Enter a phone number with its country, such as +1 202 555 0100, or leave it out."
	}
	if f.Contact.Language != "es" && f.Contact.Language != "hi" {
		f.Contact.Language = "en"
	}
	if f.By != byHome {
		f.By = byLocker
	}
	if f.By == byLocker && f.Site == "" {
		f.Errors["site"] = "Choose where to collect the parcel."
	}
	return f
}

// sentence is what the customer reads about an error: the network's own words if it refused, nothing internal otherwise.
func sentence(err error) string {
	if no, ok := errors.AsType[*refusal](err); ok {
		return no.Detail
	}
	return "We could not reach the pickup network. Nothing was charged; try again in a moment."
}

func problem(w http.ResponseWriter, status int, code, detail string) {
	body, _ := json.Marshal(map[string]any{"status": status, "code": code, "detail": detail}) // strings and a number always encode
	pass(w, status, "application/problem+json", body)
}

func pass(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the customer went away: nobody is left to tell
}

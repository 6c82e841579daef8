package shop

import (
	"cmp"
	"embed"
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

//go:embed page
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"price": Price,
	"times": func(count, cents int) string { return Price(count * cents) },
	"cm":    func(mm int) string { return strconv.FormatFloat(float64(mm)/10, 'f', -1, 64) },
	"kg":    func(g int) string { return strconv.FormatFloat(float64(g)/1000, 'f', 1, 64) },
	"upTo":  func(n int) []int { return counting(n) },
	"stamp": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
}).ParseFS(files, "page/*.html"))

// view is what every page shows: the number in the basket, and the page's own things.
type view struct {
	Title string
	Cart  Cart
	Data  any
}

func (s *Shop) render(w http.ResponseWriter, status int, page string, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := pages.ExecuteTemplate(w, page, v); err != nil {
		s.config.Log.Debug("page not finished", slog.String("page", page), slog.Any("error", err)) // the reader went away
	}
}

func (s *Shop) showWindow(w http.ResponseWriter, r *http.Request) {
	s.render(w, http.StatusOK, "window.html", view{Title: "Good things by the water", Cart: s.carts.of(r), Data: Goods})
}

func (s *Shop) showGood(w http.ResponseWriter, r *http.Request) {
	good, ok := goodNamed(r.PathValue("slug"))
	if !ok {
		s.renderGone(w, r, "We don't sell that.")
		return
	}
	s.render(w, http.StatusOK, "good.html", view{Title: good.Name, Cart: s.carts.of(r), Data: good})
}

func (s *Shop) showCart(w http.ResponseWriter, r *http.Request) {
	s.render(w, http.StatusOK, "cart.html", view{Title: "Your basket", Cart: s.carts.of(r), Data: maxOfOneGood})
}

// changeCart adds a good ("add") or sets how many of it there are ("set").
func (s *Shop) changeCart(w http.ResponseWriter, r *http.Request) {
	good, ok := goodNamed(r.PostFormValue("good"))
	count, err := strconv.Atoi(cmp.Or(r.PostFormValue("count"), "1"))
	change := r.PathValue("change")
	if !ok || err != nil || count < 0 || change != "add" && change != "set" {
		s.renderGone(w, r, "That can't be put into the basket.")
		return
	}
	_, err = s.carts.change(w, r, func(c *Cart) {
		if change == "add" {
			count += c.countOf(good)
		}
		c.setCount(good, count)
	})
	if err != nil {
		s.config.Log.Error("no cart", slog.Any("error", err))
		http.Error(w, "The shop can't start a basket just now.", http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/cart", http.StatusSeeOther)
}

// checkoutView is what the checkout page shows.
type checkoutView struct {
	form
	NetworkURL, CheckoutKey string
	Parcel                  string // as the widget takes it
	Packed                  Parcel
	Near, ZIP, Day          string
	ZIPs                    []string
}

func (s *Shop) renderCheckout(w http.ResponseWriter, status int, cart Cart, f form) {
	parcel := packed(cart.Lines)
	encoded, err := json.Marshal(parcel)
	if err != nil {
		http.Error(w, "The parcel can't be described.", http.StatusInternalServerError)
		return
	}
	zip := cmp.Or(cart.ZIP, firstZIP)
	s.render(w, status, "checkout.html", view{Title: "Checkout", Cart: cart, Data: checkoutView{
		form: f, NetworkURL: s.config.NetworkURL, CheckoutKey: s.config.CheckoutKey, Parcel: string(encoded), Packed: parcel,
		Near: near(zip), ZIP: zip, ZIPs: zips(), Day: s.today(),
	}})
}

// orderView is what the order page shows.
type orderView struct {
	Order
	Steps     []step
	Aside     string // what happened off the good day's road
	CollectBy string
	Network   string
}

func (s *Shop) showOrder(w http.ResponseWriter, r *http.Request) {
	order, ok := s.orders.named(r.PathValue("reference"))
	if !ok {
		s.renderGone(w, r, "We know no such order. Orders are forgotten when the demo ends.")
		return
	}
	v := orderView{Order: order, Steps: stepsOf(order), Aside: asideOf(order), Network: s.config.NetworkURL}
	if by := order.CollectBy(); !by.IsZero() {
		v.CollectBy = by.In(s.config.Zone).Format("Monday 2 January, 15:04")
	}
	s.render(w, http.StatusOK, "order.html", view{Title: "Order " + order.Reference, Cart: s.carts.of(r), Data: v})
}

func (s *Shop) renderGone(w http.ResponseWriter, r *http.Request, sentence string) {
	s.render(w, http.StatusNotFound, "gone.html", view{Title: "Not here", Cart: s.carts.of(r), Data: sentence})
}

// step is one stage of an order's road.
type step struct {
	Words string
	Done  bool
	Now   bool
	At    time.Time
}

// road is the way of a good day, by the parcel's states.
var road = []struct{ state, words string }{
	{"announced", "Ordered, and room kept"}, {"in_transit", "With the courier"},
	{"dropped_off", "Ready to collect"}, {"collected", "Collected"},
}

// stepsOf draws an order's road as far as it has been walked. The courier may put a parcel in without having said that
// they took it over, so a stage is done as soon as a later one is.
func stepsOf(o Order) []step {
	at, reached := map[string]time.Time{}, 0
	for _, n := range o.News {
		if i := stageOf(n.State); i >= 0 {
			reached = i // News is in order, so the last one on the road counts
			at[n.State] = cmp.Or(at[n.State], n.At)
		}
	}
	steps := make([]step, len(road))
	for i, stage := range road {
		steps[i] = step{Words: stage.words, Done: i < reached || i == reached && reached == len(road)-1, Now: i == reached && reached < len(road)-1, At: at[stage.state]}
	}
	return steps
}

func stageOf(state string) int {
	for i, stage := range road {
		if stage.state == state {
			return i
		}
	}
	return -1
}

// asideOf says where a parcel is when it is not on the good day's road.
func asideOf(o Order) string {
	return map[string]string{
		"overdue":  "The time to collect it is over. The recipient can still extend it.",
		"recalled": "It was called back; the courier will bring it to us.",
		"diverted": "It goes to another site; the recipient is told where.",
		"returned": "It is back with us. We have refunded it.",
		"refused":  "The recipient did not want it. We have refunded it.",
		"lost":     "It is lost. We have refunded it.",
	}[o.State()]
}

// counting gives 0 to n.
func counting(n int) []int {
	all := make([]int, n+1)
	for i := range all {
		all[i] = i
	}
	return all
}

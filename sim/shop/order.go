package shop

import (
	"slices"
	"sync"
	"time"
)

// Limits of the orders.
const (
	maxOrders         = 500 // the oldest gives way
	maxNewsOfOneOrder = 40
)

// Contact is whom the network shall tell. The JSON is the network's.
type Contact struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Phone    string `json:"phone,omitempty"`
	Language string `json:"language"`
}

// Order is a cart that was paid for.
type Order struct {
	Reference string
	Tracking  string // the carrier's number, printed on the label
	Lines     []Line
	Cents     int
	By        string
	Site      string
	Contact   Contact
	News      []News // by the time at which it happened, oldest first
}

// News is one message of the network about an order.
type News struct {
	ID        string // of the message; a repeated one is the same news
	Kind      string
	State     string
	At        time.Time
	CollectBy time.Time // zero if the message says none
	Note      string
}

// State is what the newest message says; messages may overtake each other on their way.
func (o Order) State() string {
	if len(o.News) == 0 {
		return "announced"
	}
	return o.News[len(o.News)-1].State
}

// CollectBy is until when the parcel waits, zero if that is not known.
func (o Order) CollectBy() time.Time {
	for _, one := range slices.Backward(o.News) {
		if !one.CollectBy.IsZero() {
			return one.CollectBy
		}
	}
	return time.Time{}
}

func (s *Shop) orderFrom(cart Cart, f form) Order {
	return Order{
		Reference: cart.Reference, Tracking: "TIDE" + cart.Reference[len("TG-"):], Lines: cart.Lines, Cents: cart.Cents(),
		By: f.By, Site: f.Site, Contact: f.Contact,
	}
}

// orders keeps what was bought, oldest first.
type orders struct {
	mu   sync.Mutex
	list []Order
}

func newOrders() *orders { return &orders{} }

func (os *orders) keep(o Order) {
	os.mu.Lock()
	defer os.mu.Unlock()
	os.list = append(os.list, o)
	if len(os.list) > maxOrders {
		os.list = os.list[1:]
	}
}

func (os *orders) drop(reference string) {
	os.mu.Lock()
	defer os.mu.Unlock()
	os.list = slices.DeleteFunc(os.list, func(o Order) bool { return o.Reference == reference })
}

func (os *orders) named(reference string) (Order, bool) {
	os.mu.Lock()
	defer os.mu.Unlock()
	if i := os.index(reference); i >= 0 {
		return os.list[i], true
	}
	return Order{}, false
}

// tell adds news to an order; false says that there is no such order. News that is known already changes nothing.
func (os *orders) tell(reference string, n News) bool {
	os.mu.Lock()
	defer os.mu.Unlock()
	i := os.index(reference)
	if i < 0 {
		return false
	}
	known := os.list[i].News
	if len(known) >= maxNewsOfOneOrder || slices.ContainsFunc(known, func(k News) bool { return k.ID == n.ID }) {
		return true
	}
	known = append(slices.Clone(known), n)
	slices.SortStableFunc(known, func(a, b News) int { return a.At.Compare(b.At) })
	os.list[i].News = known
	return true
}

func (os *orders) index(reference string) int {
	return slices.IndexFunc(os.list, func(o Order) bool { return o.Reference == reference })
}

package shop

import (
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
)

// Limits of the carts.
const (
	maxCarts      = 500 // the one that was touched longest ago gives way
	maxOfOneGood  = 9
	cartCookie    = "tidal_cart"
	cookieAgeS    = 24 * 60 * 60
	secretBytes   = 15
	drawnRefBytes = 5
)

// Line is one good in a cart.
type Line struct {
	Good  Good
	Count int
}

// Cart is what somebody wants to buy. Its reference becomes the order's.
type Cart struct {
	Reference string
	Lines     []Line
	ZIP       string // near which sites are looked for
	Site      string // chosen, with a hold at the network; empty before
}

// Cents is what the goods cost.
func (c Cart) Cents() int {
	sum := 0
	for _, line := range c.Lines {
		sum += line.Good.Cents * line.Count
	}
	return sum
}

// Count is the number of things in it.
func (c Cart) Count() int {
	sum := 0
	for _, line := range c.Lines {
		sum += line.Count
	}
	return sum
}

// carts keeps carts by the secret in their owner's cookie.
type carts struct {
	random io.Reader

	mu    sync.Mutex
	order []string // secrets, the one touched longest ago first
	kept  map[string]Cart
}

func newCarts(random io.Reader) *carts { return &carts{random: random, kept: map[string]Cart{}} }

// of gives the requester's cart, and an empty one without a reference if there is none.
func (cs *carts) of(r *http.Request) Cart {
	cookie, err := r.Cookie(cartCookie)
	if err != nil {
		return Cart{}
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return cs.kept[cookie.Value]
}

// change applies do to the requester's cart, which begins now if there is none, and gives what became of it.
func (cs *carts) change(w http.ResponseWriter, r *http.Request, do func(*Cart)) (Cart, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	var secret string
	if cookie, err := r.Cookie(cartCookie); err == nil && cs.kept[cookie.Value].Reference != "" {
		secret = cookie.Value
	} else if secret, err = cs.begin(); err != nil {
		return Cart{}, err
	}
	cart := cs.kept[secret]
	cart.Lines = slices.Clone(cart.Lines) // pages may still be reading the old ones
	do(&cart)
	cs.keep(secret, cart)
	http.SetCookie(w, &http.Cookie{Name: cartCookie, Value: secret, Path: "/", MaxAge: cookieAgeS, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return cart, nil
}

// forget ends the requester's cart.
func (cs *carts) forget(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie(cartCookie)
	if err != nil {
		return
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	delete(cs.kept, cookie.Value)
	cs.order = slices.DeleteFunc(cs.order, func(s string) bool { return s == cookie.Value })
	http.SetCookie(w, &http.Cookie{Name: cartCookie, Path: "/", MaxAge: -1})
}

// referenced tells whether a cart of this reference is open.
func (cs *carts) referenced(reference string) bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for _, cart := range cs.kept {
		if subtle.ConstantTimeCompare([]byte(cart.Reference), []byte(reference)) == 1 {
			return true
		}
	}
	return false
}

func (cs *carts) begin() (secret string, err error) {
	drawn := make([]byte, secretBytes+drawnRefBytes)
	if _, err := io.ReadFull(cs.random, drawn); err != nil {
		return "", fmt.Errorf("shop: no cart without randomness: %w", err)
	}
	secret = base32.StdEncoding.EncodeToString(drawn[:secretBytes])
	cs.kept[secret] = Cart{Reference: "TG-" + base32.StdEncoding.EncodeToString(drawn[secretBytes:])}
	return secret, nil
}

func (cs *carts) keep(secret string, cart Cart) {
	cs.kept[secret] = cart
	cs.order = append(slices.DeleteFunc(cs.order, func(s string) bool { return s == secret }), secret)
	if len(cs.order) > maxCarts {
		delete(cs.kept, cs.order[0])
		cs.order = cs.order[1:]
	}
}

// setCount puts count of a good into a cart; none takes it out.
func (c *Cart) setCount(g Good, count int) {
	count = min(count, maxOfOneGood)
	i := slices.IndexFunc(c.Lines, func(l Line) bool { return l.Good.Slug == g.Slug })
	switch {
	case i < 0 && count > 0:
		c.Lines = append(c.Lines, Line{g, count})
	case i >= 0 && count > 0:
		c.Lines[i].Count = count
	case i >= 0:
		c.Lines = slices.Delete(c.Lines, i, i+1)
	}
}

// countOf gives how many of a good are in the cart.
func (c *Cart) countOf(g Good) int {
	i := slices.IndexFunc(c.Lines, func(l Line) bool { return l.Good.Slug == g.Slug })
	if i < 0 {
		return 0
	}
	return c.Lines[i].Count
}

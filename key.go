package lockhouse

import "time"

// Scope is what an API key may be used for.
type Scope string

// The scopes. Checkout's key may stand in a web page: it can look for sites, and nothing else.
const (
	ScopeCheckout Scope = "checkout"
	ScopeShop     Scope = "shop"
	ScopeCourier  Scope = "courier"
	ScopeOperator Scope = "operator"
)

// Key is an API key as it is stored: never the secret, only its hash.
type Key struct {
	ID        KeyID
	Scope     Scope
	Shop      ShopID    // of scopes checkout and shop
	Courier   CourierID // of scope courier
	Label     string    // the owner's words for it
	Hash      [32]byte  // SHA-256 of the secret, which is 32 random bytes: no salt or stretching needed
	CreatedAt time.Time
	RevokedAt time.Time // zero while it is good
}

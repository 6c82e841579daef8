package auth

import (
	"context"
	"strings"

	"lockhouse"
	"lockhouse/store"
)

// CodeRevoked refuses an API key that was good until somebody revoked it.
const CodeRevoked lockhouse.Code = "revoked"

// maxNameChars bounds a key's label and its owner's name.
const maxNameChars = 80

// prefixes of the secrets, by scope. A checkout key is publishable: it may stand in a web page.
var prefixes = map[lockhouse.Scope]string{
	lockhouse.ScopeCheckout: "lhp_",
	lockhouse.ScopeShop:     "lhs_",
	lockhouse.ScopeCourier:  "lhc_",
	lockhouse.ScopeOperator: "lho_",
}

// KeyOrder asks for a new API key. A checkout or shop key belongs to a shop, a courier's key to a courier: an existing
// one by its id, or a new one by its name. An operator's key has neither.
type KeyOrder struct {
	Scope   lockhouse.Scope
	Label   string // 1 to 80 characters: the owner's words for it
	Shop    lockhouse.ShopID
	Courier lockhouse.CourierID
	Owner   string // the name of a new shop or courier, 1 to 80 characters
}

// CreateKey makes a key and gives its secret, which nobody can be shown a second time.
func (d *Desk) CreateKey(ctx context.Context, order KeyOrder) (lockhouse.Key, string, error) {
	if err := order.check(); err != nil {
		return lockhouse.Key{}, "", err
	}
	secret, err := draw(prefixes[order.Scope], d.Random)
	if err != nil {
		return lockhouse.Key{}, "", err
	}
	now := d.Now()
	key := lockhouse.Key{
		ID: lockhouse.KeyID(lockhouse.NewID("key", now, d.Random)), Scope: order.Scope, Shop: order.Shop, Courier: order.Courier,
		Label: strings.TrimSpace(order.Label), Hash: hashOf(secret), CreatedAt: now,
	}
	newShop, newCourier := order.newcomer()
	if newShop {
		key.Shop = lockhouse.ShopID(lockhouse.NewID("shop", now, d.Random))
	}
	if newCourier {
		key.Courier = lockhouse.CourierID(lockhouse.NewID("cour", now, d.Random))
	}
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		if err := admit(tx, key, order.Owner, newShop, newCourier); err != nil {
			return err
		}
		return tx.InsertKey(key)
	})
	return key, secret, err
}

// admit enters a new owner into the store, or makes sure that the one named is there.
func admit(tx store.Tx, key lockhouse.Key, name string, newShop, newCourier bool) error {
	switch {
	case newShop:
		return tx.InsertShop(key.Shop, strings.TrimSpace(name))
	case newCourier:
		return tx.InsertCourier(key.Courier, strings.TrimSpace(name))
	case key.Shop != "":
		_, err := tx.ShopName(key.Shop)
		return err
	case key.Courier != "":
		return knownCourier(tx, key.Courier)
	}
	return nil
}

// knownCourier looks among the keys: a courier is entered together with its first.
func knownCourier(tx store.Tx, id lockhouse.CourierID) error {
	keys, err := tx.ListKeys()
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.Courier == id {
			return nil
		}
	}
	return lockhouse.Refuse(lockhouse.CodeNotFound, "There is no courier %s. Give the name of a new one instead.", id)
}

// RevokeKey makes a key useless from now on: at this desk at once, for other processes within KeyMemory. Revoking one
// twice changes nothing.
func (d *Desk) RevokeKey(ctx context.Context, id lockhouse.KeyID) error {
	defer d.known.forget() // even after an error, which may hide that it was done
	return d.Store.Update(ctx, func(tx store.Tx) error { return tx.RevokeKey(id, d.Now()) })
}

// Keys lists all keys, revoked ones too.
func (d *Desk) Keys(ctx context.Context) (keys []lockhouse.Key, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		keys, err = tx.ListKeys()
		return err
	})
	return keys, err
}

// KeyOf gives the key with this secret. A secret that is missing, misshapen or unknown is unauthorised; one that was
// revoked is told so, which only its bearer can learn.
func (d *Desk) KeyOf(ctx context.Context, secret string) (key lockhouse.Key, err error) {
	unknown := lockhouse.Refuse(lockhouse.CodeUnauthorised, "This needs an API key that we know. Send it as: Authorization: Bearer <key>.")
	if !anyShape(secret) {
		return key, unknown
	}
	hash, now := hashOf(secret), d.Now()
	key, found, forgets := d.known.find(hash, now)
	if found {
		return key, nil
	}
	err = d.Store.View(ctx, func(tx store.Tx) error {
		key, err = tx.KeyByHash(hash)
		return err
	})
	if err != nil {
		return lockhouse.Key{}, unknownAs(err, unknown)
	}
	if !key.RevokedAt.IsZero() {
		return lockhouse.Key{}, lockhouse.Refuse(CodeRevoked, "This API key was revoked. Ask the network's operator for another.")
	}
	d.known.remember(key, now, forgets)
	return key, nil
}

func anyShape(secret string) bool {
	for _, prefix := range prefixes {
		if shaped(prefix, secret) {
			return true
		}
	}
	return false
}

// newcomer tells whether the order brings a new shop or a new courier along.
func (o KeyOrder) newcomer() (shop, courier bool) {
	return o.ofShop() && o.Shop == "", o.Scope == lockhouse.ScopeCourier && o.Courier == ""
}

func (o KeyOrder) ofShop() bool {
	return o.Scope == lockhouse.ScopeShop || o.Scope == lockhouse.ScopeCheckout
}

func (o KeyOrder) check() error {
	if _, ok := prefixes[o.Scope]; !ok {
		return lockhouse.Refuse(lockhouse.CodeMalformed,
			"The scope %q is not known; give checkout, shop, courier or operator.", o.Scope).With("field", "scope")
	}
	if !named(o.Label) {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "label must have 1 to %d characters.", maxNameChars).With("field", "label")
	}
	if o.Shop != "" && !o.ofShop() || o.Courier != "" && o.Scope != lockhouse.ScopeCourier {
		return lockhouse.Refuse(lockhouse.CodeMalformed,
			"A key of scope %s belongs to nobody else's shop or courier; leave that out.", o.Scope).With("field", "scope")
	}
	shop, courier := o.newcomer()
	if (shop || courier) && !named(o.Owner) {
		return lockhouse.Refuse(lockhouse.CodeMalformed,
			"owner must name the new shop or courier in 1 to %d characters; or give the id of one that exists.", maxNameChars).With("field", "owner")
	}
	if !shop && !courier && o.Owner != "" {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "owner names a new shop or courier; leave it out here.").With("field", "owner")
	}
	return nil
}

func named(text string) bool {
	n := len([]rune(strings.TrimSpace(text)))
	return n >= 1 && n <= maxNameChars
}

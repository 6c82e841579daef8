// Package auth says who is asking. Programs of shops, couriers and operators show an API key; a recipient follows a
// link that came by mail, once, and from then on has a session in that browser, to which the browser's key is bound.
//
// All three are secrets of 32 random bytes, of which the store keeps SHA-256 alone: whoever reads the database can
// sign in as nobody. What is refused is refused in one shape, so that a caller learns of a secret only what its bearer
// knows anyway.
package auth

import (
	"io"
	"time"

	"lockhouse/store"
)

// How long things that sign somebody in are good.
const (
	LinkLife    = 7 * 24 * time.Hour  // a mail link: longer than most parcels wait
	SessionLife = 30 * 24 * time.Hour // a browser that came by one
)

// Desk checks credentials and hands them out. Its fields are set once, by the assembly. A key that was good is remembered
// for KeyMemory. One that is revoked at this desk is refused from that moment on; one that another process revoked, such
// as the command line, within KeyMemory. Links and sessions are looked up each time.
type Desk struct {
	Store  store.Store
	Now    func() time.Time
	Random io.Reader // cryptographic, and safe for use by several goroutines

	known known
}

package auth

import (
	"sync"
	"time"

	"lockhouse"
)

// What is remembered of keys, so that a program that asks a hundred times a second is not looked up each time.
const (
	KeyMemory    = time.Second // at most: a key that another process revoked is good here for so long
	maxKnownKeys = 4_096
)

// known remembers keys that were good a moment ago, by the hashes of their secrets. What is revoked here is forgotten
// before anybody is told that it is revoked. Secrets that are unknown or revoked are not remembered, so that nobody can
// fill it by guessing.
type known struct {
	mu      sync.Mutex
	keys    map[[32]byte]lookup
	forgets int // how often it was emptied for a revocation
}

type lookup struct {
	key lockhouse.Key
	at  time.Time
}

// find gives a key, and how often there was forgotten; remember wants that back.
func (k *known) find(hash [32]byte, now time.Time) (key lockhouse.Key, found bool, forgets int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	l, ok := k.keys[hash]
	age := now.Sub(l.at)
	return l.key, ok && age >= 0 && age < KeyMemory, k.forgets
}

// remember keeps what was looked up, unless a key was revoked meanwhile: the look may have been before.
func (k *known) remember(key lockhouse.Key, now time.Time, forgets int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if forgets != k.forgets {
		return
	}
	if k.keys == nil || len(k.keys) >= maxKnownKeys {
		k.keys = map[[32]byte]lookup{}
	}
	k.keys[key.Hash] = lookup{key, now}
}

// forget forgets all of them: revoking is rare.
func (k *known) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = nil
	k.forgets++
}

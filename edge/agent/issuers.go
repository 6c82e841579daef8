package agent

import (
	"fmt"

	"lockhouse/trust/credential"
)

// trusted is by what the locker knows its network's word just now.
func (a *Agent) trusted() credential.Trusted { return *a.trust.Load() }

// know changes the issuer keys to those that the network named, once they are kept: after the next start nothing else would be
// believed. One that named none leaves them as they are.
func (a *Agent) know(keys [][]byte) error {
	if len(keys) == 0 {
		return nil
	}
	issuers, err := credential.NewIssuers(keys...)
	if err != nil {
		return err
	}
	if same(issuers, a.trusted().Issuers) {
		return nil
	}
	pins, err := a.pinsOf(issuers, a.keysets()...)
	if err != nil {
		return err
	}
	if a.KeepIssuers == nil {
		return fmt.Errorf("agent: there is nowhere to keep the network's new keys")
	}
	if err := a.KeepIssuers(keys); err != nil {
		return fmt.Errorf("agent: keeping the network's new keys: %w", err)
	}
	a.pins = pins
	a.believe(issuers)
	return nil
}

func same(a, b credential.Issuers) bool {
	if len(a) != len(b) {
		return false
	}
	for id, key := range a {
		if other := b[id]; other == nil || !key.Equal(other) {
			return false
		}
	}
	return true
}

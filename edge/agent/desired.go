package agent

import (
	"errors"
	"fmt"
	"slices"

	"lockhouse"
	"lockhouse/trust/credential"
)

// SetDesired takes the network's signed word on how the locker is to be, keeps it, and keeps to it. One that is not newer
// than what the locker has changes nothing; another locker's, or one that no issuer signed, is refused.
//
// A compartment out of service takes no drop-off. What lies in one still comes out: whose it is, is not the network's to
// decide any more.
func (a *Agent) SetDesired(statement []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	locker, want, err := credential.VerifyDesired(a.config.Trusted, statement)
	if err != nil {
		return err
	}
	if locker != a.config.Locker {
		return errors.New("agent: another locker is to be so")
	}
	if want.Version <= a.desired {
		return nil
	}
	if a.Desired != nil {
		if err := a.Desired.Write(statement); err != nil {
			return fmt.Errorf("agent: keeping how the locker is to be: %w", err)
		}
	}
	a.keepTo(want)
	a.announce()
	return nil
}

// recallDesired keeps to what was kept. A file that is not the network's word any more, since its key changed, is as none:
// the line brings another.
func (a *Agent) recallDesired() error {
	if a.Desired == nil {
		return nil
	}
	statement, err := a.Desired.Read()
	if err != nil || len(statement) == 0 {
		return err
	}
	if locker, want, err := credential.VerifyDesired(a.config.Trusted, statement); err == nil && locker == a.config.Locker {
		a.keepTo(want)
	}
	return nil
}

func (a *Agent) keepTo(want lockhouse.Desired) {
	a.desired, a.channel = want.Version, want.Channel
	for number, d := range a.doors {
		_, out := slices.BinarySearch(want.OutOfService, number)
		d.OutOfService = out
	}
}

// Channel gives the channel of versions that the network wants, or "" where it leaves that to the locker's settings.
func (a *Agent) Channel() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.channel
}

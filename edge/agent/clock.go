package agent

import (
	"errors"
	"fmt"
	"io"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// clock knows that it is at least a certain time: the latest that the network signed, plus what has passed since. It
// never goes back, and nobody but the network's key moves it forward.
type clock struct {
	base   time.Time // a floor
	baseAt time.Time // Now, when it held
	set    bool      // by a fresh statement, at setAt
	setAt  time.Time

	nonce      [wire.TimeNonceBytes]byte
	asked      bool
	nonceAskAt time.Time
}

func (c *clock) start(now time.Time, floorS uint64) { c.base, c.baseAt = timeOf(floorS), now }

func (c *clock) floor(now time.Time) time.Time { return c.base.Add(max(0, now.Sub(c.baseAt))) }

// raise lifts the floor, never lowers it.
func (c *clock) raise(to, now time.Time) {
	if to.After(c.floor(now)) {
		c.base, c.baseAt = to, now
	}
}

func (c *clock) quality(now time.Time) lockhouse.TimeQuality {
	switch since := now.Sub(c.setAt); {
	case !c.set || since >= 24*time.Hour:
		return lockhouse.TimeFloor
	case since >= time.Hour:
		return lockhouse.TimeDay
	}
	return lockhouse.TimeGood
}

func (a *Agent) floorS() uint64 { return unixS(a.clock.floor(a.Now())) }

// TimeNonce draws the nonce of a question for the time. An answer with it counts as fresh for a minute, and once.
func (a *Agent) TimeNonce() ([wire.TimeNonceBytes]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := io.ReadFull(a.Random, a.clock.nonce[:]); err != nil {
		return a.clock.nonce, fmt.Errorf("agent: no randomness: %w", err)
	}
	a.clock.asked, a.clock.nonceAskAt = true, a.Now()
	return a.clock.nonce, nil
}

// SetTime takes the network's signed word for the time. Any good one lifts the floor; one that answers the last
// TimeNonce also says how good the clock is. Another locker's, or one that no issuer signed, changes nothing.
func (a *Agent) SetTime(statement []byte) error {
	said, err := credential.VerifyTime(a.config.Issuers, statement)
	if err != nil {
		return err
	}
	if said.Locker != a.config.Locker {
		return errors.New("agent: the time was said to another locker")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.Now()
	a.clock.raise(said.At, now)
	if a.clock.asked && said.Nonce == a.clock.nonce && now.Sub(a.clock.nonceAskAt) < timeNonceLimit {
		a.clock.asked, a.clock.set, a.clock.setAt = false, true, now
	}
	return a.keepFloor()
}

// keepFloor writes the floor down when the journal lags behind by more than floorStep.
func (a *Agent) keepFloor() error {
	if a.floorS() < a.state.FloorS+uint64(floorStep/time.Second) {
		return nil
	}
	return a.write(record{Kind: recordTime})
}

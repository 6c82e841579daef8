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

// clock knows that it is at least a certain time: the latest that the network signed, plus what has passed since. Nobody
// but the network's key moves it forward. It goes back once at most: from a NotBefore that was wrong.
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

// answers tells whether a statement answers the question that was asked last, in time, and takes it as answered.
func (c *clock) answers(said credential.Time, now time.Time) bool {
	if !c.asked || said.Nonce != c.nonce || now.Sub(c.nonceAskAt) >= timeNonceLimit {
		return false
	}
	c.asked, c.set, c.setAt = false, true, now
	return true
}

// meet says that the floor was just told by the network, in answer to a nonce of ours.
func (c *clock) meet(now time.Time) { c.set, c.setAt = true, now }

// quality says how good the floor is as the present time. A machine that runs on keeps it: clocks of boards drift by seconds a day.
func (c *clock) quality(now time.Time) lockhouse.TimeQuality {
	switch since := now.Sub(c.setAt); {
	case !c.set || since >= runsOnLimit:
		return lockhouse.TimeFloor
	case since >= time.Hour:
		return lockhouse.TimeDay
	}
	return lockhouse.TimeGood
}

// firstFloorS is what the journal knows, or else NotBefore.
func (a *Agent) firstFloorS() uint64 {
	if a.state.FloorS > 0 {
		return a.state.FloorS
	}
	return unixS(a.config.NotBefore)
}

// Floor gives a time that has surely come.
func (a *Agent) Floor() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.clock.floor(a.Now())
}

// TimeQuality says how good the floor is as the present time.
func (a *Agent) TimeQuality() lockhouse.TimeQuality {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.clock.quality(a.Now())
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
// TimeNonce also says how good the clock is, and is believed even where it lies before NotBefore. Another locker's, or one that no issuer signed, changes nothing.
func (a *Agent) SetTime(statement []byte) error {
	said, err := credential.VerifyTime(a.trusted(), statement)
	if err != nil {
		return err
	}
	if said.Locker != a.config.Locker {
		return errors.New("agent: the time was said to another locker")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.Now()
	a.count()
	a.clock.raise(said.At, now)
	fresh := a.clock.answers(said, now)
	if fresh && said.At.Before(a.config.NotBefore) {
		return a.correct(said.At, now)
	}
	a.leapt(fresh)
	return a.keepFloor()
}

// correct lowers the floor to what the network says now. NotBefore is the guess of whoever set the locker up; where their
// clock was ahead, every grant would seem to be over until that time has come.
func (a *Agent) correct(to, now time.Time) error {
	a.clock.base, a.clock.baseAt = to, now
	a.leapt(true)
	return a.write(record{Kind: recordCorrected})
}

// keepFloor writes the floor down when the journal lags behind by more than floorStep.
func (a *Agent) keepFloor() error {
	if a.floorS() < a.state.FloorS+uint64(floorStep/time.Second) {
		return nil
	}
	return a.write(record{Kind: recordTime})
}

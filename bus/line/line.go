// Package line is the network's end of the lockers' lines: who a locker is (admit.go, certified.go), what it says (hear.go, answer.go),
// and that it has one line and not two (seats.go).
//
// Any node answers any message; none remembers anything of a locker that another would miss. A locker's receipts have
// their effect by their numbers, once, so an answer that is lost costs a repetition. What a locker may subscribe to and
// publish is for the NATS server to hold, by the statement that admit.go signs; so a message's subject says truly who
// said it. Where an answer goes is the locker's word, and is looked at.
//
// A locker that says too much is heard as slowly as the limit, then not, then hung up on; the others' messages wait for
// none of that.
package line

import (
	"context"
	"crypto"
	"errors"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/bus"
	"lockhouse/estate/fleet"
	"lockhouse/store"
	"lockhouse/wire"
)

// Limits of the lines of one node.
const (
	hands            = 128    // messages answered at the same time: they share commits
	handHeld         = 16     // messages that wait for each hand
	admitters        = 16     // lockers that are let in at the same time
	maxCalling       = 4_096  // and that wait for it
	callFreshS       = 5      // so long; the server waits 10 s for the answer, and gives its client up then
	maxWaiting       = 65_536 // a flood, until its sender is hung up on
	maxWaitingBytes  = 64 << 20
	answerS          = 15 // for one message; the locker waits 20 s
	queueGroup       = "nodes"
	admissionSubject = "$SYS.REQ.USER.AUTH"
)

// Desk answers lockers. Its fields are set once, by the assembly.
type Desk struct {
	Bus    *bus.Bus
	Store  store.Store
	Fleet  *fleet.Desk
	Issuer crypto.Signer // signs the time
	Host   string        // what lockers dial, as their proofs name it
	Now    func() time.Time
	Log    *slog.Logger

	// Uncertified lets lockers in that show no certificate in TLS: agents from before there were any, or servers that ask for none.
	Uncertified bool

	Watcher Watcher // optional

	peers peers
	seats seats
	seed  maphash.Seed
	held  [hands]chan *nats.Msg

	calling chan call     // of lockers that want to be let in
	open    atomic.Bool   // the channels are there
	over    chan struct{} // closed when nobody is answered any more
}

// Run answers until ctx ends; what was begun then is finished. open is called when lockers can be answered.
func (d *Desk) Run(ctx context.Context, open func() error) error {
	d.seed, d.peers.limit, d.peers.now = maphash.MakeSeed(), maxPeers, d.Now
	var work sync.WaitGroup
	d.over = make(chan struct{})
	over, lasting := d.over, context.WithoutCancel(ctx)
	for i := range d.held {
		d.held[i] = make(chan *nats.Msg, handHeld)
		work.Go(func() { serve(d.held[i], over, func(m *nats.Msg) { d.one(lasting, m) }) })
	}
	d.calling = make(chan call, maxCalling)
	d.open.Store(true)
	for range admitters {
		work.Go(func() { serve(d.calling, over, func(c call) { d.take(lasting, c) }) })
	}
	ears, err := d.listen()
	if err == nil {
		err = open()
	}
	if err == nil {
		<-ctx.Done()
	}
	ears.close(d.Bus.Status().Connected)
	close(over)
	work.Wait()
	return err
}

// serve is one hand: it answers message after message until it is over, and then those that are there. The queue itself is
// never closed: a message that was on its way into it all that time finds it as before, and its locker says it again.
func serve[M any](held <-chan M, over <-chan struct{}, answer func(M)) {
	for {
		select {
		case m := <-held:
			answer(m)
			continue
		case <-over:
		}
		select {
		case m := <-held:
			answer(m)
		default:
			return
		}
	}
}

// ears are the subscriptions; closing them waits for what is being handed on.
type ears struct{ subs []*nats.Subscription }

// listen subscribes to what this node shares with the others, and to what each node hears.
func (d *Desk) listen() (e ears, err error) {
	for _, s := range []struct {
		subject, queue string
		hear           nats.MsgHandler
	}{
		{seatsSubject, "", d.hearSeat},
		{wire.UpPattern, queueGroup, d.hear},
		{admissionSubject, queueGroup, d.hearCall},
	} {
		sub, err := d.Bus.Conn().QueueSubscribe(s.subject, s.queue, s.hear)
		if err != nil {
			return e, err
		}
		e.subs = append(e.subs, sub)
		if err := sub.SetPendingLimits(maxWaiting, maxWaitingBytes); err != nil {
			return e, err
		}
	}
	return e, d.Bus.Flush()
}

// close ends the subscriptions, and waits until nothing of theirs is on its way into a queue. Without a connection nothing
// comes any more.
func (e ears) close(connected bool) {
	for _, sub := range e.subs {
		if !connected {
			_ = sub.Unsubscribe() // which fails only where the connection is closed for good
			continue
		}
		closed := sub.StatusChanged(nats.SubscriptionClosed)
		if err := sub.Drain(); err != nil {
			continue // the connection is closed, and with it the subscription
		}
		select {
		case <-closed:
		case <-time.After(drainS * time.Second):
		}
	}
}

const drainS = 5

// refusal tells what a locker is told of an error, and whether the locker is at fault.
func refusal(err error) (code lockhouse.Code, theirs bool) {
	if errors.Is(err, errTheirs) {
		return lockhouse.CodeMalformed, true
	}
	return lockhouse.CodeUnavailable, false
}

package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"lockhouse"
	"lockhouse/internal/bell"
	"lockhouse/store"
)

// The stream of events, and its limits. It is in memory: the store is the record.
const (
	EventsStream  = "LOCKHOUSE_EVENTS"
	EventsSubject = "lockhouse.events"

	eventsKeptH      = 24
	eventsKeptBytes  = 32 << 20
	eventsInMessage  = 100
	eventsAtOnce     = 1_000 // read from the store
	eventsFirst      = 1_000 // given to a stream that is empty: a window, not the house's history
	eventsGatherMS   = 25    // after a look: what happens meanwhile goes in the same message
	eventsLookEveryS = 2     // although every event rings: for what another node wrote
	publishS         = 5
	nodeHeader       = "Lockhouse-Node"
)

// RelayEvents carries events from the store into the stream until ctx ends: each once, in the order of their numbers,
// whichever node does it. How far that went is in the stream itself, whose last message is named by the number of its
// last event; a message goes in only right behind the one that its node saw as the last. So two nodes that carry at the
// same time don't carry twice, and a node that dies half way leaves nothing to be cleaned up.
func (b *Bus) RelayEvents(ctx context.Context, st store.Store, rung bell.Bell) {
	r := &relay{bus: b, store: st}
	quiet := false
	rung.Answer(ctx, bell.Pace{Every: eventsLookEveryS * time.Second, Rest: eventsGatherMS * time.Millisecond}, func(ctx context.Context) error {
		err := r.carry(ctx)
		quiet = quiet && err != nil
		return err
	}, func(err error) {
		r.known = false
		if !quiet { // a cluster that is away for an hour is said once
			b.Log.Warn("bus: events wait for the stream; they are in the store", slog.Any("error", err))
		}
		quiet = true
	})
}

// relay is how far one node knows the stream to be.
type relay struct {
	bus      *Bus
	store    store.Store
	known    bool
	event    int64  // the number of the last event in the stream
	sequence uint64 // and the stream's of the message that it came in
}

func (r *relay) carry(ctx context.Context) error {
	if !r.bus.conn.IsConnected() {
		return ErrDown
	}
	if !r.known {
		if err := r.learn(ctx); err != nil {
			return err
		}
	}
	for {
		events, err := r.after(ctx, r.event)
		if err != nil || len(events) == 0 {
			return err
		}
		for run := range slices.Chunk(events, eventsInMessage) {
			err := r.publish(ctx, run)
			if errors.Is(err, errQuicker) { // the other one carries on, and we look after them
				r.known = false
				return nil
			}
			if err != nil {
				return err
			}
		}
		if len(events) < eventsAtOnce {
			return nil
		}
	}
}

// learn asks the stream how far it is, and makes it where there is none.
func (r *relay) learn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, publishS*time.Second)
	defer cancel()
	stream, err := r.bus.eventsStream(ctx)
	if err != nil {
		return err
	}
	r.sequence = stream.CachedInfo().State.LastSeq
	last, err := stream.GetLastMsgForSubject(ctx, EventsSubject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		r.event, err = r.begin(ctx)
	case err == nil:
		r.sequence = last.Sequence
		r.event, err = r.resume(ctx, last.Header.Get(jetstream.MsgIDHeader))
	}
	if err != nil {
		return fmt.Errorf("the last event of the stream: %w", err)
	}
	r.known = true
	r.bus.through.Store(r.event)
	return nil
}

// eventsStream makes the stream where there is none.
func (b *Bus) eventsStream(ctx context.Context) (jetstream.Stream, error) {
	stream, err := b.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: EventsStream, Subjects: []string{EventsSubject}, Storage: jetstream.MemoryStorage, Retention: jetstream.LimitsPolicy,
		MaxAge: eventsKeptH * time.Hour, MaxBytes: eventsKeptBytes, Discard: jetstream.DiscardOld, Replicas: b.copies(),
	})
	if err != nil {
		return nil, fmt.Errorf("the stream of events: %w", err)
	}
	return stream, nil
}

// resume gives the event behind which a stream goes on, whose last message has a name. A stream that is ahead of the store was
// filled before the store was restored from a backup: what the store says now would not be carried until its numbers come to
// where they were, so the stream begins anew behind what it has.
func (r *relay) resume(ctx context.Context, name string) (after int64, err error) {
	carried, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return 0, err
	}
	first, last, err := r.recent(ctx)
	if carried > last {
		carried = first - 1
	}
	return carried, err
}

// begin gives the event behind which an empty stream begins.
func (r *relay) begin(ctx context.Context) (after int64, err error) {
	first, _, err := r.recent(ctx)
	return first - 1, err
}

// recent gives the first and the last of the store's newest events; where there is none, the first is yet to come.
func (r *relay) recent(ctx context.Context) (first, last int64, err error) {
	err = r.store.View(ctx, func(tx store.Tx) error {
		first, last = 1, 0
		recent, err := tx.Recent(eventsFirst)
		if len(recent) > 0 {
			first, last = recent[len(recent)-1].Seq, recent[0].Seq
		}
		return err
	})
	return first, last, err
}

func (r *relay) after(ctx context.Context, seq int64) (events []lockhouse.Event, err error) {
	err = r.store.View(ctx, func(tx store.Tx) (err error) {
		events, err = tx.EventsAfter(seq, eventsAtOnce)
		return err
	})
	return events, err
}

var errQuicker = errors.New("another node was quicker")

// duplicateInProcess is what a cluster says while the same message, from another node, is on its way to all its servers.
const duplicateInProcess jetstream.ErrorCode = 10158

// beaten tells whether the stream refused a message because another node's came first. A cluster says so in other words
// than a single server.
func beaten(err error) bool {
	var refused *jetstream.APIError
	return errors.As(err, &refused) && slices.Contains([]jetstream.ErrorCode{
		jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant, duplicateInProcess}, refused.ErrorCode)
}

func (r *relay) publish(ctx context.Context, run []lockhouse.Event) error {
	ctx, cancel := context.WithTimeout(ctx, publishS*time.Second)
	defer cancel()
	data, err := encodeRun(run)
	if err != nil {
		return err
	}
	last := run[len(run)-1].Seq
	m := &nats.Msg{Subject: EventsSubject, Data: data, Header: nats.Header{nodeHeader: {r.bus.Node}}}
	ack, err := r.bus.js.PublishMsg(ctx, m, jetstream.WithMsgID(strconv.FormatInt(last, 10)), jetstream.WithExpectLastSequence(r.sequence), jetstream.WithRetryAttempts(0))
	if beaten(err) || err == nil && ack.Duplicate {
		return errQuicker
	}
	if err != nil {
		return err
	}
	r.event, r.sequence = last, ack.Sequence
	r.bus.through.Store(last)
	return nil
}

package bus

import (
	"context"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	hearAgainMS   = 1_000 // between two tries to hear a stream that is not there
	eventsFetched = 64    // messages ahead of who hears them
)

// HearEvents calls hear, on one goroutine, for each run of events that goes into the stream, in order, until ctx ends; node
// is who carried it. It begins with the last that is there, and after a connection that broke it goes on where it was. All
// the same it only wakes: a stream that was lost says nothing of what it had, so what must not be missed is looked for in
// the store.
func (b *Bus) HearEvents(ctx context.Context, hear func(node string, run Run)) {
	e := &ear{bus: b, hear: hear}
	for ctx.Err() == nil {
		if err := e.listen(ctx); err != nil && ctx.Err() == nil {
			b.Log.Debug("bus: events are not heard; tried again", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
		case <-time.After(hearAgainMS * time.Millisecond):
		}
	}
}

// ear is one who hears, and how far in the stream.
type ear struct {
	bus      *Bus
	hear     func(string, Run)
	began    bool
	sequence uint64 // the stream's, of the last message heard
}

// listen hears until something breaks.
func (e *ear) listen(ctx context.Context) error {
	consumer, err := e.consumer(ctx)
	if err != nil {
		return err
	}
	broken := make(chan error, 1)
	hearing, err := consumer.Consume(e.take, jetstream.PullMaxMessages(eventsFetched), jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		select {
		case broken <- err:
		default: // the first is enough
		}
	}))
	if err != nil {
		return err
	}
	defer func() { hearing.Stop(); <-hearing.Closed() }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-broken:
		return err
	}
}

func (e *ear) consumer(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, publishS*time.Second)
	defer cancel()
	stream, err := e.bus.eventsStream(ctx)
	if err != nil {
		return nil, err
	}
	// What breaks is begun anew here: nats.go tries again for good under one name, and a consumer that the cluster gave to a server that has
	// just died does not answer until that server is back.
	from := jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverLastPolicy, MaxResetAttempts: 1}
	if e.began {
		from.DeliverPolicy = jetstream.DeliverAllPolicy
		if e.sequence <= stream.CachedInfo().State.LastSeq { // else it is another stream, made anew
			from.DeliverPolicy, from.OptStartSeq = jetstream.DeliverByStartSequencePolicy, e.sequence+1
		}
	}
	e.began = true
	return stream.OrderedConsumer(ctx, from)
}

func (e *ear) take(m jetstream.Msg) {
	if meta, err := m.Metadata(); err == nil {
		e.sequence = meta.Sequence.Stream
	}
	e.hear(m.Headers().Get(nodeHeader), Run(m.Data()))
}

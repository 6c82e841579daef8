package traces

import (
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"lockhouse"
)

// keyOfTrace carries the id that a trace's first span is to have.
type keyOfTrace struct{}

// first is the span that the others of a derived trace hang on. Its id is the second half of the trace's, so that they
// need not wait for it.
func first(t lockhouse.TraceID) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID(t), SpanID: trace.SpanID(t[8:]), TraceFlags: trace.FlagsSampled, Remote: true})
}

// ids draws the ids that are not derived.
type ids struct{ random io.Reader }

// NewIDs gives the ids of a trace's first span.
func (g ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if t, ok := ctx.Value(keyOfTrace{}).(lockhouse.TraceID); ok {
		return trace.TraceID(t), trace.SpanID(t[8:])
	}
	var id trace.TraceID
	binary.BigEndian.PutUint64(id[:8], g.draw())
	binary.BigEndian.PutUint64(id[8:], g.draw())
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID gives the id of a further span.
func (g ids) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], g.draw())
	return id
}

// draw gives a number that is not 0, which no id may be.
func (g ids) draw() uint64 {
	var raw [8]byte
	if _, err := io.ReadFull(g.random, raw[:]); err != nil {
		return rand.Uint64() | 1
	}
	return binary.BigEndian.Uint64(raw[:]) | 1
}

// parse reads a W3C traceparent. One that can't be read is none.
func parse(traceparent string) trace.SpanContext {
	if traceparent == "" {
		return trace.SpanContext{}
	}
	carried := propagation.MapCarrier{"traceparent": traceparent}
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carried))
}

package traces

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"lockhouse"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func span(name string, trace lockhouse.TraceID) Span {
	return Span{Name: name, Trace: trace, Began: noon, Ended: noon.Add(time.Second)}
}

func teller(to sdktrace.SpanExporter, share float64) *Tracer {
	return tell(to, Options{Share: share, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)})
}

// flush tells what waits and gives it by name.
func flush(t *testing.T, tr *Tracer, from *tracetest.InMemoryExporter) map[string]tracetest.SpanStub {
	t.Helper()
	if err := tr.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := map[string]tracetest.SpanStub{}
	for _, s := range from.GetSpans() {
		all[s.Name] = s
	}
	return all
}

// TestOneJourneyOneTrace: spans told by different tracers, in any order, are one tree under the first; the parcel's first
// links to its hold, and a shop's own trace is linked to.
func TestOneJourneyOneTrace(t *testing.T) {
	to := tracetest.NewInMemoryExporter()
	here, there := teller(to, 1), teller(to, 1)
	parcel, hold := lockhouse.TraceOf(lockhouse.ParcelID("par_1")), lockhouse.TraceOf(lockhouse.HoldID("hold_1"))
	here.Tell(span("door.opened", parcel))
	first := span("parcel.announced", parcel)
	first.First, first.Links = true, []lockhouse.TraceID{hold}
	there.Tell(first)
	asked := span("PUT /v1/parcels/{reference}", parcel)
	asked.Caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	asked.Within = []Step{{"store.update", noon, noon.Add(time.Millisecond)}}
	here.Tell(asked)
	flush(t, here, to)
	all := flush(t, there, to)
	if len(all) != 4 {
		t.Fatalf("%d spans", len(all))
	}
	root := all["parcel.announced"]
	for name, s := range all {
		if s.SpanContext.TraceID().String() != parcel.String() {
			t.Errorf("%s is in trace %s", name, s.SpanContext.TraceID())
		}
		if name == "door.opened" && s.Parent.SpanID() != root.SpanContext.SpanID() {
			t.Errorf("%s hangs on %s", name, s.Parent.SpanID())
		}
	}
	if root.Parent.IsValid() || len(root.Links) != 1 || root.Links[0].SpanContext.TraceID().String() != hold.String() {
		t.Errorf("the first: %+v", root)
	}
	if links := all[asked.Name].Links; len(links) != 1 || links[0].SpanContext.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("links %+v", links)
	}
	if part := all["store.update"]; part.Parent.SpanID() != all[asked.Name].SpanContext.SpanID() || part.EndTime.Sub(part.StartTime) != time.Millisecond {
		t.Errorf("the part: %+v", part)
	}
}

// TestCallersTrace: a request about no parcel goes on in its caller's trace; one whose caller can't be read has its own.
func TestCallersTrace(t *testing.T) {
	to := tracetest.NewInMemoryExporter()
	tr := teller(to, 1)
	for name, caller := range map[string]string{"continued": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "own": "", "nonsense": "00-zz-1-1"} {
		s := span(name, lockhouse.TraceID{})
		s.Caller = caller
		tr.Tell(s)
	}
	for name, s := range flush(t, tr, to) {
		if continued := s.SpanContext.TraceID().String() == "0af7651916cd43dd8448eb211c80319c"; continued != (name == "continued") || !s.SpanContext.TraceID().IsValid() {
			t.Errorf("%s: %s", name, s.SpanContext.TraceID())
		}
	}
}

// TestWholeOrNot: of a share, a journey is told whole or not at all, by whichever node.
func TestWholeOrNot(t *testing.T) {
	to := tracetest.NewInMemoryExporter()
	nodes := []*Tracer{teller(to, .3), teller(to, .3)}
	const parcels, spans = 400, 5
	for i := range parcels * spans {
		nodes[i%2].Tell(span("step", lockhouse.TraceOf(lockhouse.ParcelID(fmt.Sprint("par_", i/spans)))))
	}
	for _, n := range nodes {
		if err := n.provider.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	told := map[string]int{}
	for _, s := range to.GetSpans() {
		told[s.SpanContext.TraceID().String()]++
	}
	for id, n := range told {
		if n != spans {
			t.Errorf("%d of %d spans of %s", n, spans, id)
		}
	}
	if len(told) < parcels/6 || len(told) > parcels/2 {
		t.Errorf("%d of %d journeys", len(told), parcels)
	}
}

// stuck is a collector that takes nothing until it is let go, and then refuses.
type stuck struct{ let chan struct{} }

func (s stuck) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	<-s.let
	return errors.New("no")
}
func (stuck) Shutdown(context.Context) error { return nil }

// TestCollectorGone: what waits for a collector that hangs is bounded, the rest is dropped and counted, nobody who tells
// waits; and it is said once.
func TestCollectorGone(t *testing.T) {
	var log strings.Builder
	to := stuck{make(chan struct{})}
	tr := tell(to, Options{Share: 1, Random: rand.Reader, Log: slog.New(slog.NewTextHandler(&log, nil))})
	const more = 777
	for range maxWaiting + more {
		tr.Tell(span("step", lockhouse.TraceID{1}))
	}
	if _, dropped := tr.Told(); tr.Queue().Length() != maxWaiting || dropped != more {
		t.Errorf("%d wait, %v dropped", tr.Queue().Length(), dropped)
	}
	close(to.let)
	if err := tr.Close(); err != nil {
		t.Error(err)
	}
	if told, dropped := tr.Told(); told != 0 || dropped != maxWaiting+more || tr.Queue().Length() != 0 {
		t.Errorf("%v told, %v dropped, %d wait", told, dropped, tr.Queue().Length())
	}
	if strings.Count(log.String(), "does not take them") != 1 {
		t.Errorf("said: %s", log.String())
	}
}

// TestOff: a tracer that is off takes everything and costs nothing.
func TestOff(t *testing.T) {
	tr, err := New(t.Context(), Options{})
	if err != nil || tr != nil {
		t.Fatalf("%v, %v", tr, err)
	}
	s := span("step", lockhouse.TraceID{1})
	if n := testing.AllocsPerRun(100, func() { tr.Tell(s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if told, dropped := tr.Told(); told != 0 || dropped != 0 || tr.Queue().Length() != 0 || tr.Close() != nil {
		t.Error("off, and yet there is something")
	}
}

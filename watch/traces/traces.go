// Package traces tells journeys to an OpenTelemetry collector. A hold and a parcel have one trace each, whose id is
// derived (lockhouse.TraceOf): so announcement, mail, webhook, grant, the locker's opening, receipt and collection are one
// trace although no signed message carries anything, and each is told once it is over, by whoever knows how long it took.
// A parcel's first span links to its hold's trace. A request that is about neither belongs to its caller's trace
// (W3C traceparent), if there is one; a request that is about one links to it.
//
// A nil Tracer is switched off: it costs a comparison.
package traces

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"lockhouse"
	"lockhouse/watch"
)

// Limits of what waits for the collector. Beyond the first, spans are dropped and counted: a collector that is gone costs
// memory once, and nobody's time.
const (
	maxWaiting    = 4_096 // spans
	maxAtOnce     = 512   // in one call
	gatherTime    = 2 * time.Second
	exportTimeout = 5 * time.Second
	closeTimeout  = 5 * time.Second
)

// Options say whom to tell how much.
type Options struct {
	URL     string  // OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces
	Share   float64 // of traces, above 0 and at most 1
	Version string
	Random  io.Reader
	Log     *slog.Logger
}

// Tracer tells spans.
type Tracer struct {
	tracer   trace.Tracer
	provider *sdktrace.TracerProvider
	waiting  *waiting
	sampler  sdktrace.Sampler
}

// New makes a tracer; with an empty URL it is nil.
func New(ctx context.Context, o Options) (*Tracer, error) {
	if o.URL == "" {
		return nil, nil
	}
	to, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(o.URL), otlptracehttp.WithTimeout(exportTimeout),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: false}))
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	return tell(to, o), nil
}

// tell makes a tracer that tells an exporter.
func tell(to sdktrace.SpanExporter, o Options) *Tracer {
	w := &waiting{log: o.Log}
	w.exporter = to
	w.next = sdktrace.NewBatchSpanProcessor(exporter{w}, sdktrace.WithMaxQueueSize(maxWaiting+maxAtOnce),
		sdktrace.WithMaxExportBatchSize(maxAtOnce), sdktrace.WithBatchTimeout(gatherTime), sdktrace.WithExportTimeout(exportTimeout))
	sampler := sdktrace.TraceIDRatioBased(o.Share)
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(w), sdktrace.WithSampler(sampler), sdktrace.WithIDGenerator(ids{o.Random}),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "lockhouse"), attribute.String("service.version", o.Version))))
	return &Tracer{tracer: provider.Tracer("lockhouse"), provider: provider, waiting: w, sampler: sampler}
}

// Close tells what waits, for a few seconds at most.
func (t *Tracer) Close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return t.provider.Shutdown(ctx)
}

// Span is something that is over.
type Span struct {
	Trace   lockhouse.TraceID // of the hold or parcel it is about; zero when about none
	First   bool              // the one that the others of its trace hang on
	Name    string            // of a known number of names
	Began   time.Time
	Ended   time.Time
	Links   []lockhouse.TraceID // what it grew out of
	Caller  string              // W3C traceparent of who asked, if it can be read
	Failed  string              // a code, if it failed
	Facts   []Fact
	Within  []Step // parts of it
	Outside bool   // it was asked from outside (OpenTelemetry's "server")
}

// Fact is one attribute, whose values are of a known number.
type Fact struct{ Name, Value string }

// Step is a part of a span.
type Step struct {
	Name         string
	Began, Ended time.Time
}

// Tell tells a span, if its trace is among those that are told.
func (t *Tracer) Tell(s Span) {
	if t == nil {
		return
	}
	caller := parse(s.Caller)
	ctx, ok := t.place(s, caller)
	if !ok {
		return
	}
	options := []trace.SpanStartOption{trace.WithTimestamp(s.Began), trace.WithAttributes(attributes(s)...)}
	if s.Outside {
		options = append(options, trace.WithSpanKind(trace.SpanKindServer))
	}
	for _, link := range s.Links {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: first(link)}))
	}
	if caller.IsValid() && s.Trace != (lockhouse.TraceID{}) {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: caller}))
	}
	ctx, span := t.tracer.Start(ctx, s.Name, options...)
	if s.Failed != "" {
		span.SetStatus(codes.Error, s.Failed)
	}
	for _, step := range s.Within {
		_, part := t.tracer.Start(ctx, step.Name, trace.WithTimestamp(step.Began))
		part.End(trace.WithTimestamp(step.Ended))
	}
	span.End(trace.WithTimestamp(s.Ended))
}

// place gives the context that puts a span where it belongs, and whether its trace is told at all: that is decided by the
// trace's id alone, so that a journey is told whole or not.
func (t *Tracer) place(s Span, caller trace.SpanContext) (context.Context, bool) {
	ctx := context.Background()
	if s.Trace == (lockhouse.TraceID{}) {
		return trace.ContextWithRemoteSpanContext(ctx, caller), true // the sampler decides by an id that is drawn
	}
	if t.sampler.ShouldSample(sdktrace.SamplingParameters{TraceID: trace.TraceID(s.Trace)}).Decision != sdktrace.RecordAndSample {
		return ctx, false
	}
	if s.First {
		return context.WithValue(ctx, keyOfTrace{}, s.Trace), true
	}
	return trace.ContextWithRemoteSpanContext(ctx, first(s.Trace)), true
}

func attributes(s Span) (all []attribute.KeyValue) {
	for _, f := range s.Facts {
		all = append(all, attribute.String(f.Name, f.Value))
	}
	return all
}

// Told gives how many spans were told, and how many were dropped because too many waited or the collector did not take
// them.
func (t *Tracer) Told() (told, dropped float64) {
	if t == nil {
		return 0, 0
	}
	return float64(t.waiting.told.Load()), float64(t.waiting.dropped.Load())
}

// Queue is what waits for the collector.
func (t *Tracer) Queue() watch.Queue {
	return watch.Queue{Name: "spans", Bound: maxWaiting, Beyond: "The span is dropped and counted.", Length: func() int {
		if t == nil {
			return 0
		}
		return int(min(t.waiting.count.Load(), math.MaxInt32))
	}}
}

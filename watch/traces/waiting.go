package traces

import (
	"context"
	"log/slog"
	"sync/atomic"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// waiting stands before OpenTelemetry's own batches and counts: it lets in what there is room for, so that nothing is
// dropped unseen behind it.
type waiting struct {
	next          sdktrace.SpanProcessor
	exporter      sdktrace.SpanExporter
	log           *slog.Logger
	count         atomic.Int64
	told, dropped atomic.Int64
	failing       atomic.Bool
}

// OnStart has nothing to do: spans are told when they are over.
func (w *waiting) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd lets a span wait, or drops it.
func (w *waiting) OnEnd(s sdktrace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	if w.count.Add(1) > maxWaiting {
		w.count.Add(-1)
		w.dropped.Add(1)
		return
	}
	w.next.OnEnd(s)
}

// Shutdown tells what waits.
func (w *waiting) Shutdown(ctx context.Context) error { return w.next.Shutdown(ctx) }

// ForceFlush tells what waits.
func (w *waiting) ForceFlush(ctx context.Context) error { return w.next.ForceFlush(ctx) }

// exporter is the far end of waiting. A collector that does not answer is said once, and once when it does again: the
// error goes no further, for OpenTelemetry would hand it to a handler that is global.
type exporter struct{ *waiting }

// ExportSpans tells spans.
func (e exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.exporter.ExportSpans(ctx, spans)
	e.count.Add(-int64(len(spans)))
	if err != nil {
		e.dropped.Add(int64(len(spans)))
	} else {
		e.told.Add(int64(len(spans)))
	}
	if was := e.failing.Swap(err != nil); was != (err != nil) {
		e.say(err)
	}
	return nil
}

func (e exporter) say(err error) {
	if err != nil {
		e.log.Warn("traces: the collector does not take them; they are dropped until it does", slog.Any("error", err))
		return
	}
	e.log.Info("traces: the collector takes them again")
}

// Shutdown ends the exporter.
func (e exporter) Shutdown(ctx context.Context) error { return e.exporter.Shutdown(ctx) }

package world_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"lockhouse"
)

// spans is an OpenTelemetry collector that keeps what it is told.
type spans struct {
	url  string
	mu   sync.Mutex
	all  []*otlp.Span
	text bytes.Buffer // everything that came, resources and all
}

func collect(t *testing.T) *spans {
	s := &spans{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			unzipped, err := gzip.NewReader(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			body = unzipped
		}
		raw, err := io.ReadAll(body)
		var told collector.ExportTraceServiceRequest
		if err != nil || proto.Unmarshal(raw, &told) != nil {
			http.Error(w, "not OTLP", http.StatusBadRequest)
			return
		}
		s.keep(&told)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/v1/traces"
	return s
}

func (s *spans) keep(told *collector.ExportTraceServiceRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.WriteString(prototext.Format(told))
	for _, r := range told.ResourceSpans {
		for _, scope := range r.ScopeSpans {
			s.all = append(s.all, scope.Spans...)
		}
	}
}

// of gives the spans of a trace by name.
func (s *spans) of(trace lockhouse.TraceID) map[string]*otlp.Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]*otlp.Span{}
	for _, span := range s.all {
		if bytes.Equal(span.TraceId, trace[:]) {
			all[span.Name] = span
		}
	}
	return all
}

// journey are the spans that every parcel's trace has at its end, from the network, its shop's and its people's requests,
// and the locker.
var journey = []string{
	"parcel.announced", "PUT /v1/parcels/{reference}", "store.update", "mail announced", "webhook parcel.announced", "POST /v1/courier/manifest",
	"locker.opening", "locker.authorise", "locker.pulse", "locker.open", "locker.shut", "door.authorised", "door.opened", "parcel.dropped_off",
	"mail ready", "webhook parcel.dropped_off", "GET /v1/recipient/parcels", "parcel.collected", "mail collected", "webhook parcel.collected",
}

// isOneTrace holds that a whole journey is one trace, linked to its hold's; that the log's lines carry its id; and that
// nothing in it says whose it is, or which parcel.
func (s *stage) isOneTrace(o order, told *spans, log *notebook) {
	s.t.Helper()
	trace := lockhouse.TraceOf(lockhouse.ParcelID(s.idOf(o)))
	var all map[string]*otlp.Span
	var missing []string
	defer func() {
		if s.t.Failed() {
			s.t.Logf("missing: %q", missing)
		}
	}()
	s.until("the journey is told", func() bool {
		all, missing = told.of(trace), nil
		for _, name := range journey {
			if all[name] == nil {
				missing = append(missing, name)
			}
		}
		return len(missing) == 0
	})
	first := all["parcel.announced"]
	for name, span := range all {
		if alone := len(span.ParentSpanId) == 0; alone != (span == first) {
			s.t.Errorf("%s hangs on %x", name, span.ParentSpanId)
		}
		if span.EndTimeUnixNano < span.StartTimeUnixNano {
			s.t.Errorf("%s ends before it begins", name)
		}
	}
	if len(first.Links) != 1 || told.of(lockhouse.TraceID(first.Links[0].TraceId))["hold.placed"] == nil {
		s.t.Errorf("the hold is not linked to: %+v", first.Links)
	}
	if !strings.Contains(string(log.bytes()), trace.String()) {
		s.t.Error("no line of the log has the trace's id")
	}
	told.mu.Lock()
	text := bytes.Clone(told.text.Bytes())
	told.mu.Unlock()
	knowsNobody(s.t, "a span", text, "parcel.announced")
	knowsNothingOf(s.t, "a span", text, s, o)
}

// scrape asks the private port for the metrics.
func (s *stage) scrape() []byte {
	s.t.Helper()
	resp, err := http.Get(s.WatchURL() + "/metrics")
	must(s.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(s.t, err)
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%d %s", resp.StatusCode, text)
	}
	return text
}

// knowsNothingOf holds that no name of a parcel's stands in a text.
func knowsNothingOf(t *testing.T, what string, text []byte, s *stage, o order) {
	t.Helper()
	for _, secret := range []string{o.tracking, o.reference, s.idOf(o), s.Keys().Shop, s.Keys().Operator, s.stand().Site.Name} {
		if secret == "" || bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s holds %q", what, secret)
		}
	}
}

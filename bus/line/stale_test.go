package line

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// TestOldCallsAreLeft: when everybody calls at once, a question that waited too long is not looked at any more.
func TestOldCallsAreLeft(t *testing.T) {
	now := time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC)
	for waited, looked := range map[time.Duration]bool{0: true, (callFreshS - 1) * time.Second: true, callFreshS * time.Second: false, time.Hour: false} {
		var said bytes.Buffer
		d := &Desk{Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&said, nil))}
		d.take(t.Context(), call{&nats.Msg{Data: []byte("no question")}, now.Add(-waited)})
		if strings.Contains(said.String(), "nonsense") != looked {
			t.Errorf("after %v: %s", waited, said.String())
		}
	}
}

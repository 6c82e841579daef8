package line

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse/bus"
	"lockhouse/wire"
)

// TestLate: a message that was on its way from the connection while the desk closed finds it closed, and does no harm.
func TestLate(t *testing.T) {
	b, err := bus.Open(bus.Options{Listen: "127.0.0.1:0", Dir: t.TempDir(), Node: "node", Random: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	d := &Desk{Bus: b, Now: time.Now, Log: b.Log}
	ctx, stop := context.WithCancel(t.Context())
	if err := d.Run(ctx, func() error { stop(); return nil }); err != nil {
		t.Fatal(err)
	}
	d.hear(&nats.Msg{Subject: wire.UpSubject("lkr_0000000000000001", "health")})
	d.hearCall(&nats.Msg{Subject: admissionSubject})
	if waits := d.waiting() + len(d.calling); waits != 2 {
		t.Errorf("%d wait for nobody", waits)
	}
}

// TestServeToTheEnd: what was in the queue when it was over is answered.
func TestServeToTheEnd(t *testing.T) {
	held, over, answered := make(chan *nats.Msg, 3), make(chan struct{}), 0
	for range cap(held) {
		held <- &nats.Msg{}
	}
	close(over)
	serve(held, over, func(*nats.Msg) { answered++ })
	if answered != cap(held) {
		t.Errorf("%d of %d were answered", answered, cap(held))
	}
}

package agent_test

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/trust/credential"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

// calmBoard is doors that several goroutines may touch.
type calmBoard struct {
	mu   sync.Mutex
	open [16]bool
}

func (b *calmBoard) Pulse(_ context.Context, _, channel int) (lockhouse.Answer, error) {
	b.set(channel, true)
	return lockhouse.AnswerDone, nil
}

func (b *calmBoard) Shut(context.Context, int) ([]bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	bits := make([]bool, 16)
	for i, open := range b.open {
		bits[i] = !open
	}
	return bits, nil
}

func (b *calmBoard) set(channel int, open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open[channel] = open
}

// TestRun is a visit with the real loop, the real clock, and several phones at once.
func TestRun(t *testing.T) {
	w := newWorld(t)
	board := &calmBoard{}
	a, err := agent.New(w.config, agent.Parts{
		Static: exchange(t, "static"), Receipt: signer(t, "receipts"), Board: board, Journal: &fakeJournal{world: w}, Now: time.Now, Random: rand.Reader,
	})
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := a.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer running.Wait()
	defer stop()
	nonce, err := a.TimeNonce()
	must(t, err)
	statement, err := credential.SignTime(authority(t, "issuer"), credential.Time{Locker: lockerID, At: w.now, Nonce: nonce})
	must(t, err)
	must(t, a.SetTime(statement))

	var phones sync.WaitGroup
	for i, who := range []string{"a", "b", "c"} {
		grant := w.grant(who, store(lockhouse.ParcelRef{byte(i + 1)}, 1))
		phones.Go(func() {
			link, err := phone.Within(func(send func([]byte) error) (phone.Session, error) { return a.Connect(who, 247, send) })
			if err != nil {
				t.Error(err)
				return
			}
			dropOffSoon(t, w, board, link, who, grant)
		})
	}
	phones.Wait()
	if n := len(a.ReceiptsAfter(0, 100)); n != 1+3*3 {
		t.Errorf("%d receipts", n)
	}
}

// dropOffSoon stores a parcel, and tries again while another door is being opened.
func dropOffSoon(t *testing.T, w *world, board *calmBoard, link *phone.Direct, who string, grant []byte) {
	ctx := soon(t)
	v, n, err := phone.Begin(ctx, link, phone.Phone{Key: signer(t, who), Random: rand.Reader}, w.locker(), grant, 0)
	for ; busy(err) && v != nil; n, err = v.Open(ctx, 0, 0) {
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		t.Errorf("%s: %v", who, err)
		return
	}
	for {
		news, err := v.Next(ctx)
		if err != nil {
			t.Errorf("%s: %v", who, err)
			return
		}
		if news.Event == wire.DoorClosed {
			return
		}
		board.set(n.Compartment-1, false)
	}
}

// busy: another door is being opened, or the doors have not been looked at yet.
func busy(err error) bool {
	code := lockhouse.CodeOf(err)
	return err != nil && (code == lockhouse.CodeBusy || code == lockhouse.CodeBoardSilent || code == lockhouse.CodeFull)
}

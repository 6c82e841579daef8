package main

import (
	"bufio"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const lookEveryS = 1

// queueTrend is how long one of the network's queues was: as a mean of each quarter of the time, and at most.
type queueTrend struct {
	Queue    string     `json:"queue"`
	Quarters [4]float64 `json:"quarters"`
	Most     float64    `json:"most"`
}

// queueWatch reads the lengths of the queues from the private port, as Prometheus does.
type queueWatch struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	began  time.Time
	during time.Duration

	seen map[string][]look
}

type look struct {
	at     time.Duration
	length float64
}

func watchQueues(ctx context.Context, address string, during time.Duration) *queueWatch {
	ctx, cancel := context.WithCancel(ctx)
	q := &queueWatch{cancel: cancel, began: time.Now(), during: during, seen: map[string][]look{}}
	q.done.Go(func() {
		tick := time.NewTicker(lookEveryS * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				q.look(ctx, "http://"+address+"/metrics")
			}
		}
	})
	return q
}

// look reads one page. A look that fails is missing, and the next one comes.
func (q *queueWatch) look(ctx context.Context, url string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	at := time.Since(q.began)
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, length, ok := queueLength(lines.Text())
		if ok && at <= q.during {
			q.seen[name] = append(q.seen[name], look{at, length})
		}
	}
}

// queueLength reads a line such as lockhouse_queue_length{queue="mails"} 12.
func queueLength(line string) (queue string, length float64, ok bool) {
	rest, ok := strings.CutPrefix(line, `lockhouse_queue_length{queue="`)
	if !ok {
		return "", 0, false
	}
	queue, value, ok := strings.Cut(rest, `"} `)
	if !ok {
		return "", 0, false
	}
	length, err := strconv.ParseFloat(value, 64)
	return queue, length, err == nil
}

// trends ends the watch and sums it up.
func (q *queueWatch) trends() (all []queueTrend) {
	q.cancel()
	q.done.Wait()
	for name, looks := range q.seen {
		t := queueTrend{Queue: name}
		var counts [4]float64
		for _, l := range looks {
			quarter := min(3, int(4*l.at/q.during))
			t.Quarters[quarter] += l.length
			counts[quarter]++
			t.Most = max(t.Most, l.length)
		}
		for i, n := range counts {
			t.Quarters[i] /= max(1, n)
		}
		if t.Most > 0 {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b queueTrend) int { return strings.Compare(a.Queue, b.Queue) })
	return all
}

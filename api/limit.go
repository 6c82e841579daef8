package api

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"lockhouse"
)

// Limits says how much one caller may ask.
type Limits struct {
	KeyPerS      float64
	KeyBurst     int
	AddressPerS  float64
	AddressBurst int
	MaxClients   int // callers remembered at once
	MaxAtWork    int // requests worked on at once

	MaxConnections int // open at once; for whoever listens
}

// limiter gives each caller a bucket. It remembers a bounded number of callers in two generations: when the young one is
// full it becomes the old one, and whoever was not seen since is forgotten, that is, has a full bucket again.
type limiter struct {
	perS  rate.Limit
	burst int
	half  int

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

func newLimiter(perS float64, burst, maxClients int) *limiter {
	return &limiter{perS: rate.Limit(perS), burst: burst, half: max(1, maxClients/2), young: map[string]*rate.Limiter{}}
}

// allow takes one from the caller's bucket, or says when to come back.
func (l *limiter) allow(caller string, now time.Time) error {
	bucket := l.bucket(caller)
	turn := bucket.ReserveN(now, 1)
	wait := turn.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	turn.CancelAt(now)
	seconds := int((wait + time.Second - 1) / time.Second)
	return lockhouse.Refuse(lockhouse.CodeTooMany, "That is too much at once. Come back in %d s.", seconds).With("retry_after_s", seconds)
}

func (l *limiter) bucket(caller string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.young[caller]; ok {
		return b
	}
	b, ok := l.old[caller]
	if !ok {
		b = rate.NewLimiter(l.perS, l.burst)
	}
	if len(l.young) >= l.half {
		l.old, l.young = l.young, map[string]*rate.Limiter{}
	}
	l.young[caller] = b
	return b
}

func (a *API) limitAddress(r *http.Request) error {
	return a.callers.allow(a.address(r), a.Now())
}

// address tells callers without a key apart. IPv6 callers have a /64 each. Behind a proxy it is the last entry of
// X-Forwarded-For, the one that our own proxy wrote; those before it are the caller's own words.
func (a *API) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if a.BehindProxy {
		entries := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if last := strings.TrimSpace(entries[len(entries)-1]); last != "" {
			host = last
		}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return "unknown"
	}
	if ip = ip.Unmap(); ip.Is6() {
		block, _ := ip.WithZone("").Prefix(64)
		return block.String()
	}
	return ip.String()
}

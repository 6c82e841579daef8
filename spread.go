package lockhouse

import (
	"maps"
	"math/bits"
	"slices"
	"time"
)

// Spread is how often something took how long: a count for each bucket of milliseconds. Up to 32 ms each bucket is one
// millisecond; beyond, each octave has 16 of them, so that no bucket is wider than a 16th of what lies in it, and what is read
// from its middle is off by 3.2 % at most (the idea is HdrHistogram's, Gil Tene). The last bucket takes all from 127 s on.
type Spread map[int]int

// SpreadBuckets is how many buckets there are: 0 to SpreadBuckets-1.
const SpreadBuckets = 224

const (
	subBits = 4 // an octave has 1<<subBits buckets
	exactMS = 2 << subBits
)

// Add counts one that took so long.
func (s Spread) Add(took time.Duration) { s[bucketOf(took.Milliseconds())]++ }

func bucketOf(ms int64) int {
	ms = max(ms, 0)
	if ms < exactMS {
		return int(ms)
	}
	octave := bits.Len64(uint64(ms)) - subBits - 1 // 1 for 32 to 63 ms
	return min(octave<<subBits+int(ms>>octave), SpreadBuckets-1)
}

// middleOf gives what stands for a bucket.
func middleOf(bucket int) time.Duration {
	if bucket < exactMS {
		return time.Duration(bucket) * time.Millisecond
	}
	octave := bucket>>subBits - 1
	low := int64(bucket-octave<<subBits) << octave
	return time.Duration(low)*time.Millisecond + time.Duration(int64(1)<<octave-1)*time.Millisecond/2
}

// Count is how many there are.
func (s Spread) Count() (n int) {
	for _, count := range s {
		n += count
	}
	return n
}

// Quantile gives what a share (above 0, up to 1) of them took at most: 0.5 is the median, by the nearest rank. Of none it is 0.
func (s Spread) Quantile(share float64) time.Duration {
	rank := int(share*float64(s.Count()) + 0.999999)
	for _, bucket := range slices.Sorted(maps.Keys(s)) {
		if rank -= s[bucket]; rank <= 0 {
			return middleOf(bucket)
		}
	}
	return 0
}

// Join counts another's as well.
func (s Spread) Join(other Spread) {
	for bucket, count := range other {
		s[bucket] += count
	}
}

// InRange tells whether it could be one that was counted, with at most so many.
func (s Spread) InRange(most int) bool {
	for bucket, count := range s {
		if bucket < 0 || bucket >= SpreadBuckets || count < 1 || count > most {
			return false
		}
	}
	return s.Count() <= most
}

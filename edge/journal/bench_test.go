package journal

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

const benchBytes = 200 // about what the agent keeps of one step

// BenchmarkAppend compares the journal with the least that can be done, a write and an fsync, turn by turn in the same
// run, so that a noisy disk is noisy for both. Read p50_ratio; the rest is the machine's.
func BenchmarkAppend(b *testing.B) {
	record := make([]byte, benchBytes)
	j, _ := opened(b, filepath.Join(b.TempDir(), "journal"))
	bare, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	var ours, theirs []time.Duration
	for b.Loop() {
		ours = append(ours, timed(b, func() error { return j.Append(record) }))
		theirs = append(theirs, timed(b, func() error {
			if _, err := bare.Write(record); err != nil {
				return err
			}
			return bare.Sync()
		}))
		if j.Bytes() > MaxFileBytes/2 {
			if err := j.Rewrite(nil); err != nil {
				b.Fatal(err)
			}
		}
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	p50, bareP50 := ours[len(ours)/2], theirs[len(theirs)/2]
	b.ReportMetric(float64(p50.Microseconds()), "p50_us")
	b.ReportMetric(float64(bareP50.Microseconds()), "bare_p50_us")
	b.ReportMetric(float64(p50)/float64(bareP50), "p50_ratio")
}

func timed(b *testing.B, do func() error) time.Duration {
	began := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// of gives the median of a part, or of all parts together.
func (s sizeReport) of(part string, what func(cost) time.Duration) time.Duration {
	if part != "" {
		var list []time.Duration
		for _, c := range s.costs[part] {
			list = append(list, what(c))
		}
		return median(list)
	}
	var list []time.Duration
	for i := range s.costs[parts[0]] {
		sum := time.Duration(0)
		for _, p := range parts {
			sum += what(s.costs[p][i])
		}
		list = append(list, sum)
	}
	return median(list)
}

// print prints the table: what a parcel costs with each number behind it, and in brackets as a ratio to the first.
func (r report) print(out io.Writer) {
	fmt.Fprintf(out, "%s, %d lockers, %d clients; %d rounds of %d parcels at each store, in turns; medians, for one parcel\n\n",
		r.plan.engine, r.plan.lockers, r.plan.clients, r.plan.rounds, r.plan.lives)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(name string, cell func(sizeReport) string) {
		fmt.Fprintf(t, "%s\t", name)
		for _, s := range r.sizes {
			fmt.Fprintf(t, "%s\t", cell(s))
		}
		fmt.Fprintln(t)
	}
	ratio := func(v func(sizeReport) time.Duration) func(sizeReport) string {
		return func(s sizeReport) string {
			return fmt.Sprintf("%.0f µs (%.2f)", float64(v(s))/1e3, float64(v(s))/float64(max(v(r.sizes[0]), 1)))
		}
	}
	wall, used := func(c cost) time.Duration { return c.wall }, func(c cost) time.Duration { return c.cpu }
	line("parcels in the past", func(s sizeReport) string { return fmt.Sprint(s.parcels) })
	line("whole life, processor", ratio(func(s sizeReport) time.Duration { return s.of("", used) }))
	for _, p := range parts {
		line(p+", processor", ratio(func(s sizeReport) time.Duration { return s.of(p, used) }))
	}
	line("whole life, clock", ratio(func(s sizeReport) time.Duration { return s.of("", wall) }))
	for _, p := range parts {
		line(p+", clock", ratio(func(s sizeReport) time.Duration { return s.of(p, wall) }))
	}
	line("an order in the past is found", ratio(func(s sizeReport) time.Duration { return median(s.found) }))
	line("an order that never was is not", ratio(func(s sizeReport) time.Duration { return median(s.missed) }))
	line("on the disk", func(s sizeReport) string { return fmt.Sprintf("%.2f GB", float64(s.bytes)/1e9) })
	line("for each parcel beyond the first column's", func(s sizeReport) string {
		if s.parcels == r.sizes[0].parcels {
			return "-"
		}
		return fmt.Sprintf("%d bytes", (s.bytes-r.sizes[0].bytes)/int64(s.parcels-r.sizes[0].parcels))
	})
	line("filled in", func(s sizeReport) string { return s.filled.Round(100 * time.Millisecond).String() })
	t.Flush()
}

package main

import (
	"fmt"
	"io"
	"time"

	"lockhouse/bench/load"
)

// printSearches prints the comparison of searches for people.
func printSearches(out io.Writer, r report) error {
	s := r.Searches
	if s == nil {
		return nil
	}
	fmt.Fprintf(out, "\nThe nearest 10 sites with room among %d over HTTP, %d clients; medians of %d rounds of %s, in turns. Of each size %d answers were\n"+
		"compared first. Lockhouse checks a key and writes a log; PostGIS has an index of the sites with room on this day, for each size.\n"+
		"Lockhouse had read all sites %s after its start, and has %d MB.\n",
		s.Sites, r.Plan.Clients, len(s.BySize[0].Results[0].Rounds), r.Plan.Window, comparedAnswers, s.Ready.Round(100*time.Millisecond), s.MemoryBytes>>20)
	for i, one := range s.BySize {
		fmt.Fprintf(out, "\n%d %% of the sites have room.\n\n", one.Percent)
		if err := printRows(out, searchRows(one.Results)); err != nil {
			return err
		}
		fmt.Fprintln(out, s.Alone[i])
	}
	return nil
}

func searchRows(results []load.Result) [][]string {
	took := func(of func(load.Latency) time.Duration) func(load.Result) (float64, bool) {
		return func(r load.Result) (float64, bool) { l, ok := r.Median.Of("search"); return float64(of(l)), ok }
	}
	return [][]string{{"", results[0].Name, results[1].Name, "ratio"},
		row(results, "searches a second", func(r load.Result) (float64, bool) { return r.Median.CyclesPerS, true }, number),
		row(results, "p50", took(func(l load.Latency) time.Duration { return l.P50 }), span),
		row(results, "p99", took(func(l load.Latency) time.Duration { return l.P99 }), span),
		row(results, "longest of all", took(func(l load.Latency) time.Duration { return l.Max }), span),
		row(results, "server's CPU a search", func(r load.Result) (float64, bool) { return float64(r.Median.ServerCPU), true }, span),
		row(results, "clients' CPU a search", func(r load.Result) (float64, bool) { return float64(r.Median.ClientCPU), true }, span),
		withoutRatio(row(results, "machine taken by others", func(r load.Result) (float64, bool) { return r.Median.Others, true }, percent), len(results)),
	}
}

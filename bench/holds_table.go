package main

import (
	"fmt"
	"io"

	"lockhouse/bench/load"
)

// printHolds prints what holds at the store reach beside their rows alone.
func printHolds(out io.Writer, results []load.Result) error {
	if len(results) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\nHolds at the store, by %d at a time, and what a writer reaches that commits the same rows in groups and decides nothing;\n", holdClients)
	fmt.Fprint(out, "the processor time is all of this process and PostgreSQL's, for each hold. Medians in turns; fsync on.\n\n")
	return printRows(out, holdRows(results))
}

// holdRows gives a row for each engine: ours, the rows alone, and the ratios.
func holdRows(results []load.Result) [][]string {
	rows := [][]string{{"", "a second", "p99", "CPU", "the rows alone", "p99", "CPU", "ratio", "by CPU"}}
	for i := 0; i+1 < len(results); i += 2 {
		ours, alone := results[i].Median, results[i+1].Median
		mine, _ := ours.Of(load.Whole)
		raw, _ := alone.Of(load.Whole)
		rows = append(rows, []string{results[i].Name, number(ours.CyclesPerS), short(mine.P99), short(ours.ServerCPU),
			number(alone.CyclesPerS), short(raw.P99), short(alone.ServerCPU),
			fmt.Sprintf("%.2f", ours.CyclesPerS/alone.CyclesPerS), fmt.Sprintf("%.2f", float64(alone.ServerCPU)/float64(ours.ServerCPU))})
	}
	return rows
}

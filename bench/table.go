package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"lockhouse/bench/load"
)

// printReport prints the figures for people.
func printReport(out io.Writer, r report) error {
	fmt.Fprintf(out, "%s\n\n", r.Machine)
	fmt.Fprintf(out, "Reserve, store, pick up over HTTP: %d clients, %d sites of %d compartments, %.0f %% of them taken throughout;\n",
		r.Plan.Clients, r.Population.Sites, r.Population.compartments(), r.Population.Kept*100)
	fmt.Fprintf(out, "medians of %d rounds of %s, in turns; fsync on everywhere. The ratio is the first column over the last.\n\n",
		r.Plan.Rounds, r.Plan.Window)
	if err := printRows(out, cycleRows(r.Cycles)); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nFor each cycle Lockhouse wrote %.1f mails and %.1f webhooks, which its CPU time pays for; the baseline tells nobody.\n",
		r.Told.Mails, r.Told.Webhooks)
	return nil
}

// printRows aligns rows of cells.
func printRows(out io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t")+"\t")
	}
	return t.Flush()
}

// cycleRows gives a column for each service, and a ratio where there is more than one.
func cycleRows(results []load.Result) [][]string {
	header := []string{""}
	for _, r := range results {
		header = append(header, r.Name)
	}
	if len(results) > 1 {
		header = append(header, "ratio")
	}
	rows := [][]string{header,
		row(results, "cycles a second", func(r load.Result) (float64, bool) { return r.Median.CyclesPerS, true }, number),
		row(results, "slowest round", func(r load.Result) (float64, bool) { return r.Least, true }, number),
		row(results, "fastest round", func(r load.Result) (float64, bool) { return r.Most, true }, number)}
	for _, step := range stepsOf(results) {
		rows = append(rows,
			row(results, step+" p50", func(r load.Result) (float64, bool) { l, ok := r.Median.Of(step); return float64(l.P50), ok }, span),
			row(results, "p99", func(r load.Result) (float64, bool) { l, ok := r.Median.Of(step); return float64(l.P99), ok }, span))
	}
	return append(rows,
		row(results, "server's CPU a cycle", func(r load.Result) (float64, bool) { return float64(r.Median.ServerCPU), true }, span),
		row(results, "clients' CPU a cycle", func(r load.Result) (float64, bool) { return float64(r.Median.ClientCPU), true }, span),
		row(results, "work left after a round", func(r load.Result) (float64, bool) { return float64(r.Median.Backlog), true }, span))
}

// stepsOf lists the steps of all services, each once.
func stepsOf(results []load.Result) (steps []string) {
	for _, r := range results {
		for _, took := range r.Median.Steps {
			if !slices.Contains(steps, took.Step) {
				steps = append(steps, took.Step)
			}
		}
	}
	return steps
}

// row gives one figure of every service; one that a service does not have is a dash.
func row(results []load.Result, name string, figure func(load.Result) (float64, bool), text func(float64) string) []string {
	cells := []string{name}
	for _, r := range results {
		cell := "–"
		if f, ok := figure(r); ok {
			cell = text(f)
		}
		cells = append(cells, cell)
	}
	first, ok := figure(results[0])
	last, too := figure(results[len(results)-1])
	if len(results) > 1 && ok && too && last > 0 {
		cells = append(cells, fmt.Sprintf("%.2f", first/last))
	}
	return cells
}

func number(f float64) string { return fmt.Sprintf("%.0f", f) }

func span(ns float64) string { return short(time.Duration(ns)) }

// short gives a duration three digits or so.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < 100*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

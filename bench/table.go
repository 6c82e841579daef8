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

// mostOthers is the share of the machine that others may take before the figures mean little.
const mostOthers = 0.1

// printReport prints the figures for people.
func printReport(out io.Writer, r report) error {
	fmt.Fprintf(out, "%s\n", r.Machine)
	if slices.ContainsFunc(r.Cycles, func(c load.Result) bool { return c.Median.Others > mostOthers }) {
		fmt.Fprint(out, "THE MACHINE WAS BUSY WITH OTHER WORK: of cycles and latencies below believe nothing; of CPU times the ratios.\n")
	}
	if len(r.Cycles) > 0 {
		fmt.Fprintf(out, "\nReserve, store, pick up over HTTP: %d clients, %d sites of %d compartments, %.0f %% of them taken throughout;\n",
			r.Plan.Clients, r.Population.Sites, r.Population.compartments(), r.Population.Kept*100)
		fmt.Fprintf(out, "medians of %d rounds of %s, in turns; fsync on everywhere.\n\n",
			r.Plan.Rounds, r.Plan.Window)
		if err := printRows(out, cycleRows(r.Cycles)); err != nil {
			return err
		}
		for i, t := range r.Told {
			if t != (told{}) {
				fmt.Fprintf(out, "\nFor each cycle %q wrote %.1f mails and %.1f webhooks, which its CPU time pays for.\n", r.Cycles[i].Name, t.Mails, t.Webhooks)
			}
		}
	}
	if err := printHolds(out, r.Holds); err != nil {
		return err
	}
	if err := printSearches(out, r); err != nil {
		return err
	}
	if err := printTaps(out, r.Taps); err != nil {
		return err
	}
	if r.Lives != nil {
		if err := printLives(out, *r.Lives); err != nil {
			return err
		}
	}
	if r.Fleet != nil {
		if err := printFleet(out, *r.Fleet); err != nil {
			return err
		}
	}
	if r.Rest != nil {
		return printRest(out, *r.Rest)
	}
	return nil
}

func printTaps(out io.Writer, all []taps) error {
	if len(all) == 0 {
		return nil
	}
	fmt.Fprint(out, "\nTap to door over the simulated radio: from the phone's first frame to the locker's word that the door's contact says open.\n\n")
	return printRows(out, tapRows(all))
}

// tapRows gives a column for each series.
func tapRows(series []taps) [][]string {
	rows := [][]string{{""}, {"taps"}, {"tap to door p50"}, {"p99"}, {"the radio's echo p50"}, {"p99"}, {"echoes in a tap"},
		{"left for locker and lock p50"}, {"of that, the door's spring"}, {"from looking for the locker p50"}, {"p99"},
		{"a tap's records in the journal"}, {"bytes"}, {"bytes to disk, in pages"}}
	for _, t := range series {
		for i, cell := range []string{t.Air.Name, fmt.Sprint(t.Taps), short(t.Door.P50), short(t.Door.P99), short(t.Echo.P50), short(t.Echo.P99),
			fmt.Sprint(t.Frames), short(t.Door.P50 - time.Duration(t.Frames)*t.Echo.P50), short(time.Duration(t.Air.SpringMS) * time.Millisecond),
			short(t.Visit.P50), short(t.Visit.P99), each(int64(t.Kept.Records), t.Taps), each(t.Kept.Bytes, t.Taps), each(t.Kept.DiskBytes, t.Taps)} {
			rows[i] = append(rows[i], cell)
		}
	}
	return rows
}

// each gives a sum's share of one.
func each(sum int64, n int) string { return fmt.Sprintf("%.1f", float64(sum)/float64(n)) }

// printRows aligns rows of cells.
func printRows(out io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t")+"\t")
	}
	return t.Flush()
}

// cycleRows gives a column for each service, and a ratio for each to the last.
func cycleRows(results []load.Result) [][]string {
	header := []string{""}
	for _, r := range results {
		header = append(header, r.Name)
	}
	for _, r := range results[:len(results)-1] {
		header = append(header, r.Name+"/"+results[len(results)-1].Name)
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
		row(results, "work left after a round", func(r load.Result) (float64, bool) { return float64(r.Median.Backlog), true }, span),
		withoutRatio(row(results, "machine taken by others", func(r load.Result) (float64, bool) { return r.Median.Others, true }, percent), len(results)))
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

// row gives one figure of every service, and its ratio of each to the last; a figure that a service does not have is a dash.
func row(results []load.Result, name string, figure func(load.Result) (float64, bool), text func(float64) string) []string {
	cells := []string{name}
	for _, r := range results {
		cell := "–"
		if f, ok := figure(r); ok {
			cell = text(f)
		}
		cells = append(cells, cell)
	}
	last, known := figure(results[len(results)-1])
	for _, r := range results[:len(results)-1] {
		cell := "–"
		if f, ok := figure(r); ok && known && last > 0 {
			cell = fmt.Sprintf("%.2f", f/last)
		}
		cells = append(cells, cell)
	}
	return cells
}

// withoutRatio takes the ratios of a row away where they would say nothing.
func withoutRatio(cells []string, services int) []string { return cells[:min(len(cells), 1+services)] }

func percent(f float64) string { return fmt.Sprintf("%.0f %%", f*100) }

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

package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// printReport prints the figures for people.
func printReport(out io.Writer, r report) error {
	fmt.Fprintf(out, "%s\n\n", r.Machine)
	fmt.Fprintf(out, "%d clients, %d sites of %d compartments, %.0f %% of them taken throughout; medians of %d rounds of %s in turns\n",
		r.Plan.Clients, r.Population.Sites, r.Population.compartments(), r.Population.Kept*100, r.Plan.Rounds, r.Plan.Window)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	return t.Flush()
}

// short gives a duration three digits.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < 100*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

package main

import (
	"fmt"
	"io"
	"time"
)

// printLives prints what came of whole lives.
func printLives(out io.Writer, r lives) error {
	fmt.Fprintf(out, "\nWhole lives of parcels, %.0f begun a second for %s: through the API and %d lockers' lines, mails and webhooks told; fsync on.\n",
		r.Rate, r.For, lifeSites)
	fmt.Fprintf(out, "Couriers come every %d s, which drop-off has in it.\n\n", visitEveryS)
	rows := [][]string{{"begun, all of which ended", fmt.Sprint(r.Begun)}, {"ended a second", number(r.PerS)}, {"not begun, since too many were under way", fmt.Sprint(r.HeldBack)}}
	for _, t := range r.Steps {
		rows = append(rows, []string{t.Step + " p50, p99", short(t.P50) + ", " + short(t.P99)})
	}
	rows = append(rows,
		[]string{"server's CPU a parcel", short(r.ServerCPU)}, []string{"clients' CPU a parcel", short(r.ClientCPU)},
		[]string{"mails, webhooks a parcel", fmt.Sprintf("%.1f, %.1f", r.Told.Mails, r.Told.Webhooks)},
		[]string{"from the last beginning until all was done and told", short(r.Drained)},
		[]string{"server's memory at the end", fmt.Sprintf("%.0f MB", r.MemoryMB)}, []string{"machine taken by others", percent(r.Others)})
	if err := printRows(out, rows); err != nil {
		return err
	}
	fmt.Fprint(out, "\nQueues that were ever longer than nothing, as means of each quarter of the time, and at most:\n\n")
	rows = [][]string{{"", "1st", "2nd", "3rd", "4th", "most"}}
	for _, q := range r.Queues {
		row := []string{q.Queue}
		for _, mean := range q.Quarters {
			row = append(row, fmt.Sprintf("%.1f", mean))
		}
		rows = append(rows, append(row, number(q.Most)))
	}
	return printRows(out, rows)
}

// printFleet prints what many lockers cost.
func printFleet(out io.Writer, f fleet) error {
	fmt.Fprintf(out, "\n%d lockers on one node, over their real line; the node is killed and started again.\n\n", f.Lockers)
	return printRows(out, [][]string{
		{"all connected after", f.Connected.Round(time.Millisecond).String()},
		{"memory of the node for each", fmt.Sprintf("%.0f kB", f.NodeKB)}, {"of whatever plays the locker", fmt.Sprintf("%.0f kB", f.AgentKB)},
		{"processors that the node uses while nothing happens", fmt.Sprintf("%.2f", f.IdleCPU)},
		{"three receipts of each at once, applied after", short(f.FirstReceipts)},
		{"the node was down for", short(f.Down)}, {"all back, and what they signed meanwhile applied, after", short(f.Returned)},
		{"receipts lost", fmt.Sprint(f.Lost)},
	})
}

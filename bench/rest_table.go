package main

import (
	"fmt"
	"io"
)

// printRest prints what an agent at rest takes, beside a program that does nothing.
func printRest(out io.Writer, r rest) error {
	fmt.Fprintf(out, "\nThe agent at rest, watched for %s: on the air, its line up, %d doors.\n\n", r.Watched, doorBoxes)
	return printRows(out, [][]string{
		{"", "agent", "an empty program", "ratio"},
		{"from start to ready", short(r.Ready), short(r.Empty), fmt.Sprintf("%.0f", float64(r.Ready)/float64(r.Empty))},
		{"resident memory", fmt.Sprintf("%.1f MB", float64(r.KB)/1024), fmt.Sprintf("%.1f MB", float64(r.EmptyKB)/1024), fmt.Sprintf("%.1f", float64(r.KB)/float64(r.EmptyKB))},
		{"of one processor", fmt.Sprintf("%.2f %%", 100*r.CPU), "0 %", ""},
		{"bytes to disk", fmt.Sprint(r.Disk), "0", ""},
	})
}

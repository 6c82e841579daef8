package main

import (
	"log/slog"
	"time"
)

// sayClock says at the start what the machine's own clock is worth. The agent does not need it: it counts from the floor, the
// latest time that the network signed. A clock below the floor is wrong for certain, as on a machine without one or with
// an empty battery; it is not believed in anything.
func sayClock(log *slog.Logger, floor, machine time.Time) {
	if machine.Before(floor) {
		log.Warn("the machine's clock is wrong and is not believed: it is earlier than the network has said; until the line is up, times in receipts are the earliest that they can be",
			slog.Time("machine", machine), slog.Time("floor", floor))
		return
	}
	log.Info("the machine's clock may be right: it is not before the earliest that it can be; only the network's word counts for grants",
		slog.Time("machine", machine), slog.Time("floor", floor))
}

package main

import (
	"bytes"
	"os"
	"runtime/debug"
	"strconv"
)

// How memory is used unless GOGC or GOMEMLIMIT say otherwise. Garbage may be twice what is in use before it is collected, where
// Go's own measure is as much: it takes a tenth less of the processor. Where a machine has little memory, the second
// bound comes first.
const (
	garbagePercent = 200
	ofMemory       = 0.6
)

// useMemory says so to Go's runtime. Where nobody says how much memory there is, Go's own measure stays.
func useMemory() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	if most := memoryOf("/proc/meminfo", "/sys/fs/cgroup/memory.max"); most > 0 {
		debug.SetGCPercent(garbagePercent)
		debug.SetMemoryLimit(int64(float64(most) * ofMemory))
	}
}

// memoryOf gives the bytes that a machine has, or its container, whichever is less, as Linux says it; 0 for unknown.
func memoryOf(machine, container string) int64 {
	text, err := os.ReadFile(machine)
	if err != nil {
		return 0
	}
	var most int64
	for line := range bytes.Lines(text) {
		if fields := bytes.Fields(line); len(fields) == 3 && string(fields[0]) == "MemTotal:" {
			kB, err := strconv.ParseInt(string(fields[1]), 10, 64)
			if err != nil {
				return 0
			}
			most = kB << 10
		}
	}
	text, err = os.ReadFile(container)
	if err != nil {
		return most
	}
	if bound, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64); err == nil { // otherwise it says max
		most = min(most, bound)
	}
	return most
}

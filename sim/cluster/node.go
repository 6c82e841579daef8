package cluster

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lockhouse/internal/process"
)

// readyLimitS is how long a node gets from its start to its first ready answer.
const readyLimitS = 60

// Node is one `lockhouse serve`, a process of its own at an address of its own.
type Node struct {
	Name    string // A, B, C …
	Address string // host and port
	program string
	dir     string
	process *process.Process
}

// URL is where the node itself is asked, past the balancer.
func (n *Node) URL() string { return "http://" + n.Address }

// configFile is the node's config.
func (n *Node) configFile() string { return filepath.Join(n.dir, "lockhouse.toml") }

// dataDir is where the node finds the network's keys.
func (n *Node) dataDir() string { return filepath.Join(n.dir, "data") }

// Start starts the node and waits until it is ready.
func (n *Node) Start(ctx context.Context) (err error) {
	n.process, err = process.Start(process.Plan{Program: n.program, Args: []string{"serve", "--config", n.configFile()}, Dir: n.dir, Log: n.logFile()})
	if err != nil {
		return err
	}
	return n.Ready(ctx)
}

// Ready waits until the node says that it can work.
func (n *Node) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyLimitS*time.Second)
	defer cancel()
	return n.process.Await(ctx, process.Ready(n.URL()+"/readyz"))
}

// Kill ends it as a power cut would.
func (n *Node) Kill() error { return n.process.Kill() }

// Pause stops it in its tracks; Resume lets it go on, unaware of what happened meanwhile.
func (n *Node) Pause() error { return n.process.Pause() }

// Resume ends a pause.
func (n *Node) Resume() error { return n.process.Resume() }

// Stop ends it in order, as SIGTERM does; forced says that it did not end by itself.
func (n *Node) Stop() (forced bool) { return n.process.Stop() }

// Running tells whether the process is there.
func (n *Node) Running() bool {
	if n.process == nil {
		return false
	}
	select {
	case <-n.process.Exited():
		return false
	default:
		return true
	}
}

// Tail gives the end of its log.
func (n *Node) Tail() string {
	if n.process == nil {
		return "never started"
	}
	return n.process.Tail()
}

// complaints gives the last lines of its log, over all its starts, that are not of everyday life.
func (n *Node) complaints() string {
	text, err := os.ReadFile(n.logFile())
	if err != nil {
		return err.Error()
	}
	var said []string
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, `"level":"INFO","msg":"request"`) {
			said = append(said, line)
		}
	}
	return strings.Join(said[max(len(said)-maxComplaints, 0):], "")
}

func (n *Node) logFile() string { return filepath.Join(n.dir, "log") }

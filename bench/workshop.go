package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"lockhouse/internal/process"
)

const startLimitS = 60

// workshop is the directory in which programs are built and databases lie, for this run alone.
type workshop struct{ dir string }

func newWorkshop(under string) (*workshop, error) {
	dir, err := os.MkdirTemp(under, "lockhouse-bench-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o711); err != nil { // PostgreSQL's user has to get to its own directory in it
		return nil, errors.Join(err, os.Remove(dir))
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	return &workshop{dir: dir}, nil
}

func (w *workshop) close() { _ = os.RemoveAll(w.dir) } // at worst a directory for temporary files stays

// say tells whoever waits what is going on.
func (w *workshop) say(words string) { fmt.Fprintln(os.Stderr, "  …", words) }

// build compiles one of our programs.
func (w *workshop) build(ctx context.Context, pkg string) (program string, err error) {
	w.say("building " + pkg)
	return process.Build(ctx, w.dir, pkg)
}

// start runs a server and waits until it answers.
func (w *workshop) start(ctx context.Context, program string, args []string, answers func(context.Context) error) (*process.Process, error) {
	return w.startWithin(ctx, startLimitS*time.Second, program, args, answers)
}

// startWithin is start for a server that has much to do first.
func (w *workshop) startWithin(ctx context.Context, limit time.Duration, program string, args []string, answers func(context.Context) error) (*process.Process, error) {
	p, err := process.Start(process.Plan{Program: program, Args: args, Dir: w.dir, Log: program + ".log"})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := p.Await(ctx, answers); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s: %w", filepath.Base(program), err)
	}
	return p, nil
}

package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/edge/update"
)

type fetchUpdateCommand struct {
	settingsFlag
	Channel string `help:"In place of the settings'."`
	Late    int64  `help:"Unix seconds that have surely come: what had expired by then is refused. The agent says its floor."`
}

// What the process says to the one that started it.
const (
	exitNothingNew = 3
	maxWordBytes   = 4 << 10
	headerLimitS   = 30
)

// Run fetches a new version, if there is one, and prints what it is. It is a process of its own because the memory that this takes
// is given back with it, and because whatever goes wrong in it goes wrong beside the agent.
func (c *fetchUpdateCommand) Run(ctx context.Context) error {
	config, err := c.read()
	if err != nil {
		return err
	}
	if config.Updates.URL == "" {
		return lockhouse.Refuse(lockhouse.CodeNotFound, "There is no repository to fetch from (updates.url in the settings).")
	}
	if err := config.CheckOwner(os.Geteuid()); err != nil {
		return err
	}
	root, err := os.ReadFile(config.Updates.Root)
	if err != nil {
		return err
	}
	running, _, err := update.SumOf("/proc/self/exe")
	if err != nil {
		return err
	}
	late := time.Unix(c.Late, 0)
	b, err := update.Fetcher{
		Dir: update.In(config.StateDir), URL: config.Updates.URL, Channel: cmp.Or(c.Channel, config.Updates.Channel), Root: root, Late: late, Running: running, HTTP: client(late),
	}.Fetch(ctx)
	if errors.Is(err, update.ErrNothingNew) {
		return unwell(exitNothingNew)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(b)
}

// client judges certificates by the machine's clock, or by what has surely come where that is later. What it brings is signed besides.
func client(late time.Time) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = headerLimitS * time.Second
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, Time: func() time.Time {
		if now := time.Now(); now.After(late) {
			return now
		}
		return late
	}}
	return &http.Client{Transport: transport}
}

// fetcher runs the command above for the agent.
func (f settingsFlag) fetcher() func(context.Context, time.Time, string) (update.Build, error) {
	return func(ctx context.Context, late time.Time, channel string) (b update.Build, err error) {
		args := []string{"fetch-update", "--late", strconv.FormatInt(late.Unix(), 10), "--channel", channel}
		if name := f.file(); name != "" {
			args = append(args, "--config", name)
		}
		var out, words bytes.Buffer
		c := exec.CommandContext(ctx, "/proc/self/exe", args...)
		c.Stdout, c.Stderr = &out, &words
		c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		err = c.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == exitNothingNew {
			return b, update.ErrNothingNew
		}
		if err != nil {
			return b, fmt.Errorf("%s (%w)", strings.TrimSpace(words.String()[:min(words.Len(), maxWordBytes)]), err)
		}
		return b, json.Unmarshal(out.Bytes(), &b)
	}
}

// launched is what the launcher has left for the agent; nil where the agent was started by hand.
func (f settingsFlag) launched() *locker.Launched {
	slot, ok := os.LookupEnv(update.SlotVariable)
	if !ok {
		return nil
	}
	if slot == "package" {
		slot = string(update.Package)
	}
	return &locker.Launched{Slot: update.Slot(slot), Fetch: f.fetcher()}
}

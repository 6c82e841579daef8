package main

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"syscall"

	"lockhouse/app/locker"
	"lockhouse/edge/update"
)

type launchCommand struct {
	settingsFlag
	Ended bool `help:"Only note how the agent ended, from what systemd says of it in SERVICE_RESULT."`
}

// Run starts the version of the agent that is in use, or on trial, in place of itself. Whatever is wrong with versions, the package's own
// is started.
func (c *launchCommand) Run() error {
	log := newLog()
	config, err := c.read()
	if err != nil {
		config = locker.Defaults() // the agent says what is wrong with them
	}
	if err := config.CheckOwner(os.Geteuid()); err != nil {
		return err
	}
	launcher := update.Launcher{Dir: update.In(config.StateDir), Version: version, Boot: machineBoot()}
	if config.Updates.URL != "" {
		if launcher.Root, err = os.ReadFile(config.Updates.Root); err != nil && !errors.Is(err, fs.ErrNotExist) {
			log.Error("launch: the root of trust for updates can't be read", slog.Any("error", err))
		}
	}
	if c.Ended {
		return noteEnd(launcher, log)
	}
	return c.start(launcher, log)
}

func (c *launchCommand) start(launcher update.Launcher, log *slog.Logger) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for {
		program, slot, gaveUp, err := launcher.Choose()
		if err != nil {
			log.Error("launch: updates are not as they should be", slog.Any("error", err))
		}
		if gaveUp != nil {
			log.Error("launch: back to the version before", slog.String("given_up", gaveUp.Version), slog.String("reason", gaveUp.Why))
		}
		if slot == update.Package {
			return c.become(self, "package")
		}
		err = c.become(program, string(slot)) // comes back with an error alone
		log.Error("launch: a version can't be started", slog.String("slot", string(slot)), slog.Any("error", err))
		if err := launcher.Unstartable(err); err != nil {
			return c.become(self, "package")
		}
		if s, err := launcher.Dir.Read(); err != nil || s.Current.Slot == slot {
			return c.become(self, "package")
		}
	}
}

// become is another program from here on.
func (c *launchCommand) become(program, slot string) error {
	args := []string{program, "run"}
	if name := c.file(); name != "" {
		args = append(args, "--config", name)
	}
	return syscall.Exec(program, args, append(os.Environ(), update.SlotVariable+"="+slot))
}

// noteEnd ends a trial whose watchdog bit; other ends are counted by the next start.
func noteEnd(launcher update.Launcher, log *slog.Logger) error {
	if os.Getenv("SERVICE_RESULT") != "watchdog" {
		return nil
	}
	f, err := launcher.Bitten()
	if f != nil {
		log.Error("launch: a version is given up", slog.String("version", f.Version), slog.String("reason", f.Why))
	}
	return err
}

// machineBoot names this run of the machine: systemd says it in the unit, where /proc is hidden.
func machineBoot() string {
	if id := os.Getenv("LOCKHOUSE_BOOT_ID"); id != "" {
		return id
	}
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // without one, a power cut counts as any other end
	return strings.ReplaceAll(strings.TrimSpace(string(id)), "-", "")
}

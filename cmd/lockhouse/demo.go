package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"lockhouse"
	"lockhouse/sim/radio"
	"lockhouse/sim/world"
)

type demoCommand struct {
	Browser bool   `help:"Open Chromium on a simulated radio: doors open by real Web Bluetooth."`
	Dir     string `type:"path" placeholder:"DIR" help:"Keep everything here. Without it, the demo forgets when it ends."`
	Log     string `type:"path" placeholder:"FILE" help:"Write the log to this file. Without it there is none."`
}

// springMS is how long a simulated door takes to spring open, about what a real one does.
const springMS = 350

// Run shows the Washington network until it is told to stop.
func (c *demoCommand) Run(ctx context.Context) (err error) {
	dir, forget, err := c.dir()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, forget()) }()
	log, closeLog, err := c.log()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()

	config := world.Config{
		Dir: dir, Places: world.UsualPlaces(), Cabinet: world.CabinetSettings{SpringMS: springMS, Baud: 19_200}, Version: version, Log: log,
		Progress: func(what string) { fmt.Printf("  … %s\n", what) },
	}
	if c.Browser {
		air, err := radio.Start(ctx, radio.Options{Log: log})
		if err != nil {
			return err
		}
		defer air.Close()
		config.Radio = air.Address()
	}
	w, err := world.Open(ctx, config)
	if err != nil {
		return err
	}
	fmt.Print(invitation(w, c.radio()))
	if c.Browser {
		err = browse(ctx, config.Radio, filepath.Join(dir, "chromium"), w.ShopURL(), w.CourierURL(), w.StreetURL(), w.MailboxURL())
	} else {
		<-ctx.Done()
	}
	fmt.Println("\n  Closing the network and its lockers.")
	return errors.Join(err, w.Close())
}

func (c *demoCommand) dir() (dir string, forget func() error, err error) {
	if c.Dir != "" {
		if entries, err := os.ReadDir(c.Dir); err == nil && len(entries) > 0 {
			return "", nil, lockhouse.Refuse(lockhouse.CodeConflict, "%s is not empty; give the demo a directory of its own.", c.Dir)
		}
		return c.Dir, func() error { return nil }, nil
	}
	dir, err = os.MkdirTemp("", "lockhouse-demo-")
	return dir, func() error { return os.RemoveAll(dir) }, err
}

func (c *demoCommand) log() (*slog.Logger, func() error, error) {
	if c.Log == "" {
		return slog.New(slog.DiscardHandler), func() error { return nil }, nil
	}
	file, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	return slog.New(slog.NewJSONHandler(file, nil)), file.Close, nil
}

// radio is what a visitor chooses to open a door with.
func (c *demoCommand) radio() string {
	if c.Browser {
		return "Bluetooth"
	}
	return "demo radio"
}

// invitation says what to open and what to do.
func invitation(w *world.World, radio string) string {
	return fmt.Sprintf(`
  The Washington network is up: eight sites, a locker at each.

    1  Buy something    %s
       Choose a site, pay with nothing. The address may be any: mail stays here.
    2  Be the courier   %s
       Open the stop, choose %q, tap the parcel: a door opens.
    3  At the lockers   %s
       Click the open door to put the parcel in, and again to shut it.
    4  Read your mail   %s
       Follow the link, choose %q, and open your door.

    The operator sees   %s
    A second operator   %s
       A door is opened for service by two people: one asks (a site, "Open for service"), the
       other says yes. Open both in a browser. Everybody may read of it: %s
    The API             %s/docs
    What is measured    %s/metrics

  Stop with Ctrl-C.

`, w.ShopURL(), w.CourierURL(), radio, w.StreetURL(), w.MailboxURL(), radio, w.ConsoleURL(), w.SecondConsoleURL(), w.RegisterURL(), w.URL(), w.WatchURL())
}

// browse opens Chromium on the simulated radio, and waits until it is closed.
func browse(ctx context.Context, bus, profile string, pages ...string) error {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return lockhouse.Refuse(lockhouse.CodeUnavailable, "There is no screen to open Chromium on (neither DISPLAY nor WAYLAND_DISPLAY is set). Use make run, and choose the demo radio.")
	}
	path, err := findChromium()
	if err != nil {
		return err
	}
	args := []string{"--user-data-dir=" + profile, "--no-first-run", "--disable-sync",
		"--enable-features=WebBluetooth,WebBluetoothNewPermissionsBackend"}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // Chromium refuses to run as root with one
	}
	cmd := exec.CommandContext(ctx, path, append(args, pages...)...)
	cmd.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS="+bus)
	if out, err := cmd.CombinedOutput(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w: %s", path, err, lastLine(string(out)))
	}
	return nil
}

func findChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", lockhouse.Refuse(lockhouse.CodeUnavailable, "Chromium is not installed: apt-get install chromium.")
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

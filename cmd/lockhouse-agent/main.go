// Command lockhouse-agent is the program that runs in a locker.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"lockhouse"
)

// version is set by the linker.
var version = "dev"

// commands are what the binary can do, a file each.
type commands struct {
	Run     runCommand         `cmd:"" help:"Run the locker."`
	Launch  launchCommand      `cmd:"" help:"Run the locker with the version that is in use: the package's, or one that was fetched."`
	Fetch   fetchUpdateCommand `cmd:"" name:"fetch-update" hidden:"" help:"Fetch a new version, as a running agent does by itself."`
	Enrol   enrolCommand       `cmd:"" help:"Make the locker's identity, and have the network know it, by a code that the operator made."`
	Init    initCommand        `cmd:"" help:"Make the locker's identity, and print what the network has to know of it."`
	Probe   probeCommand       `cmd:"" help:"Find the lock boards, and walk through the wiring door by door."`
	Doctor  doctorCommand      `cmd:"" help:"Say in plain words what is wrong with this locker, and what to do."`
	Config  configCommand      `cmd:"" help:"Print every setting with its explanation."`
	Version versionCommand     `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	line := kong.Parse(&commands{}, kong.Name("lockhouse-agent"), kong.Description("Runs a parcel locker: doors, air, and the line to its network."),
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)))
	err := line.Run()
	if code, ok := errors.AsType[unwell](err); ok {
		os.Exit(int(code))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lockhouse-agent:", lockhouse.SentenceOf(err))
		os.Exit(1)
	}
}

// Command lockhouse-agent is the program that runs in a locker.
package main

import (
	"context"
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
	Run     runCommand     `cmd:"" help:"Run the locker."`
	Init    initCommand    `cmd:"" help:"Make the locker's identity, and print what the network has to know of it."`
	Config  configCommand  `cmd:"" help:"Print every setting with its explanation."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	line := kong.Parse(&commands{}, kong.Name("lockhouse-agent"), kong.Description("Runs a parcel locker: doors, air, and the line to its network."),
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)))
	if err := line.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "lockhouse-agent:", lockhouse.SentenceOf(err))
		os.Exit(1)
	}
}

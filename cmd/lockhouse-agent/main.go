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
		fmt.Fprintln(os.Stderr, "lockhouse-agent:", sentence(err))
		os.Exit(1)
	}
}

// sentence gives what a person needs to read: the refusal without its code, and the cause where there is one.
func sentence(err error) string {
	e, ok := errors.AsType[*lockhouse.Error](err)
	switch {
	case !ok:
		return err.Error()
	case e.Cause != nil:
		return fmt.Sprintf("%s (%v)", e.Sentence, e.Cause)
	}
	return e.Sentence
}

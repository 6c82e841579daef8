// Command lockhouse is a parcel pickup network: the server, its demo, and what an operator does at a terminal.
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
	Serve   serveCommand   `cmd:"" help:"Run the network."`
	Demo    demoCommand    `cmd:"" help:"Run the whole Washington network on this machine: sites, lockers, a shop, a mailbox."`
	Migrate migrateCommand `cmd:"" help:"Bring the store's schema to this version: after an update, before serve."`
	Config  configCommand  `cmd:"" help:"Print every setting with its explanation."`
	Import  importCommand  `cmd:"" help:"Read sites or a locker from a file."`
	Locker  lockerCommand  `cmd:"" help:"Lockers: a code for a new one."`
	Issuer  issuerCommand  `cmd:"" help:"The key that grants are signed with: change it without a visit to any locker."`
	Key     keyCommand     `cmd:"" help:"API keys of shops, couriers and operators."`
	Backup  backupCommand  `cmd:"" help:"Write everything into one file, while the network serves."`
	Restore restoreCommand `cmd:"" help:"Read a backup into an empty store, of this engine or the other."`
	Move    moveCommand    `cmd:"" help:"Move the store from SQLite to PostgreSQL, while the network serves."`
	Updates updatesCommand `cmd:"" help:"Publish new versions of the lockers' agent."`
	Openapi openapiCommand `cmd:"" help:"Print the API's OpenAPI 3.1 document."`
	Nats    natsCommand    `cmd:"" name:"nats" help:"A NATS cluster outside, for a network of several nodes."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	line := kong.Parse(&commands{}, kong.Name("lockhouse"), kong.Description("A parcel pickup network: from checkout to an opened door."),
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)))
	if err := line.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "lockhouse:", lockhouse.SentenceOf(err))
		os.Exit(1)
	}
}

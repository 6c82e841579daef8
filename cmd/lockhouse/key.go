package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"lockhouse"
	"lockhouse/trust/auth"
)

type keyCommand struct {
	Create createKeyCommand `cmd:"" help:"Make a key and print its secret, once."`
	List   listKeysCommand  `cmd:"" help:"List the keys; their secrets are not kept."`
	Revoke revokeKeyCommand `cmd:"" help:"Make a key useless: a network that is running refuses it within a second."`
}

type createKeyCommand struct {
	settingsFlag
	Scope   lockhouse.Scope     `arg:"" enum:"checkout,shop,courier,operator" help:"What it is for: checkout, shop, courier or operator."`
	Label   string              `short:"l" required:"" help:"Your words for it."`
	Owner   string              `help:"Name of a new shop or courier that it belongs to."`
	Shop    lockhouse.ShopID    `help:"Id of the shop that it belongs to."`
	Courier lockhouse.CourierID `help:"Id of the courier that it belongs to."`
}

// Run prints the secret alone on standard output, and what to know about it on standard error.
func (c *createKeyCommand) Run(ctx context.Context) (err error) {
	n, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	key, secret, err := n.Auth().CreateKey(ctx, auth.KeyOrder{Scope: c.Scope, Label: c.Label, Owner: c.Owner, Shop: c.Shop, Courier: c.Courier})
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s for %s %s%s. Keep the secret: it can't be shown again.\n", key.ID, key.Scope, key.Shop, key.Courier)
	fmt.Println(secret)
	return nil
}

type listKeysCommand struct {
	settingsFlag
}

// Run prints a table.
func (c *listKeysCommand) Run(ctx context.Context) (err error) {
	n, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	keys, err := n.Auth().Keys(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KEY\tSCOPE\tOWNER\tLABEL\tCREATED\tREVOKED")
	for _, k := range keys {
		fmt.Fprintf(table, "%s\t%s\t%s%s\t%s\t%s\t%s\n", k.ID, k.Scope, k.Shop, k.Courier, k.Label, date(k.CreatedAt), date(k.RevokedAt))
	}
	return table.Flush()
}

func date(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

type revokeKeyCommand struct {
	settingsFlag
	ID lockhouse.KeyID `arg:"" help:"The key's id: key_…"`
}

// Run revokes; a running network refuses the key from then on.
func (c *revokeKeyCommand) Run(ctx context.Context) (err error) {
	n, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	return n.Auth().RevokeKey(ctx, c.ID)
}

package main

import (
	"context"
	"crypto/rand"
	"fmt"

	"lockhouse/app/locker"
	"lockhouse/edge/enrol"
	"lockhouse/internal/settings"
	"lockhouse/trust/credential"
)

type enrolCommand struct {
	settingsFlag
	Network string `required:"" placeholder:"URL" help:"The network's address: https://parcels.example."`
	Roots   string `type:"existingfile" placeholder:"FILE" help:"Certificates, in PEM, by which the network is known instead of the machine's own."`
	Code    string `arg:"" help:"What the operator made with 'lockhouse locker enrol'."`
}

// Run makes the locker's keys, unless they are there, and has the network know them. After any failure it can be given again.
func (c *enrolCommand) Run(ctx context.Context) error {
	code, err := credential.ParseEnrolCode(c.Code)
	if err != nil {
		return err
	}
	roots, err := settings.Roots(c.Roots)
	if err != nil {
		return err
	}
	config, err := c.readUnchecked()
	if err != nil {
		return err
	}
	answer, err := locker.Enrol(ctx, config, enrol.Network{URL: c.Network, Roots: roots, Random: rand.Reader}, code)
	if err != nil {
		return err
	}
	fmt.Printf("%s is known to %s now: it stands at %s, as %s.\nStart it: systemctl restart lockhouse-agent\n", answer.Locker, answer.Network, answer.Site, answer.Name)
	return nil
}

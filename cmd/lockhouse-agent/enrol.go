package main

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"os"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/edge/enrol"
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
	roots, err := c.roots()
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

func (c *enrolCommand) roots() (*x509.CertPool, error) {
	if c.Roots == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.Roots)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "%s holds no certificate in PEM.", c.Roots)
	}
	return pool, nil
}

package main

import (
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"lockhouse"
	"lockhouse/bus"
	"lockhouse/trust/credential"
)

// natsCommand is for a network whose NATS is a cluster outside.
type natsCommand struct {
	Config  natsConfigCommand  `cmd:"" help:"Print what a NATS cluster has to be told about this network, and make the nodes' keys for it if there are none."`
	Callers natsCallersCommand `cmd:"" help:"Print the authority by which a NATS cluster asks lockers for their certificates (ca_file)."`
}

type natsCallersCommand struct{}

// Run prints the certificate of an authority whose key is no secret.
func (*natsCallersCommand) Run() error {
	text, err := callersFile()
	fmt.Print(text)
	return err
}

func callersFile() (string, error) {
	der, err := credential.LineAuthority()
	if err != nil {
		return "", err
	}
	return "# For the tls of a NATS cluster's clients, and nothing else: anybody can have a certificate of this authority. It makes NATS ask each\n" +
		"# caller for one; whose key it is, a node looks at. Beside routes, gateways or leaf nodes it would let anybody in.\n" +
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}

type natsConfigCommand struct {
	settingsFlag
}

// Run prints the stanza. The keys that it belongs to are in a file of their own, which it makes once.
func (c *natsConfigCommand) Run() error {
	config, err := c.read()
	if err != nil {
		return err
	}
	keys, err := nodeKeys(config.Bus.CredentialsFile)
	if err != nil {
		return err
	}
	fmt.Print("# What NATS has to be told about a Lockhouse network: include this in nats-server.conf of each server, beside its listen, cluster,\n" +
		"# jetstream and tls. tls needs handshake_first: true, verify: true, and as ca_file what lockhouse nats callers prints. It holds public keys only.\n" + bus.Stanza(keys))
	return nil
}

// nodeKeys reads the keys, and makes them where there is no file.
func nodeKeys(path string) (bus.Credentials, error) {
	if path == "" {
		return bus.Credentials{}, lockhouse.Refuse(lockhouse.CodeMalformed,
			"Set bus.credentials_file in the config first: the file for the nodes' keys, the same on every node. This command makes it.")
	}
	keys, err := bus.ReadCredentials(path)
	if lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		return keys, err
	}
	if keys, err = bus.NewCredentials(rand.Reader); err != nil {
		return keys, err
	}
	if err := bus.WriteCredentials(path, keys); err != nil {
		return keys, errors.Join(err, fmt.Errorf("making %s", path))
	}
	fmt.Fprintf(os.Stderr, "%s is made. Put it on every node; nobody else may read it.\n", path)
	return keys, nil
}

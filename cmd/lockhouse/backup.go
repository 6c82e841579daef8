package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"filippo.io/age"

	"lockhouse"
	"lockhouse/app/network"
	"lockhouse/store/backup"
)

type backupCommand struct {
	settingsFlag
	File           string   `arg:"" help:"A new file; nothing is overwritten."`
	Keys           bool     `help:"With the network's keys, so that the file alone brings it back. Only with --passphrase-file or --recipient."`
	PassphraseFile string   `placeholder:"FILE" help:"Seal it with the passphrase in this file's first line; - for standard input."`
	Recipient      []string `placeholder:"AGE1…" help:"Seal it for the holder of this age key. May be given several times."`
}

// Run writes a backup while the network goes on to serve.
func (c *backupCommand) Run(ctx context.Context) error {
	config, err := c.read()
	if err != nil {
		return err
	}
	recipients, err := c.recipients()
	if err != nil {
		return err
	}
	m := newMeter(os.Stderr, "rows written")
	s, sum, err := network.Backup(ctx, config, network.BackupPlan{File: c.File, Keys: c.Keys, Recipients: recipients, By: version, At: time.Now().UTC(),
		Progress: m.show, Checking: func() { m.end(); fmt.Fprintln(os.Stderr, "reading it again") }})
	m.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s has %d rows of schema %d, %s, as they were at %s.\n", c.File, s.All(), s.Schema, keysIn(s), s.At.Format(time.RFC3339))
	if len(recipients) == 0 {
		fmt.Fprintln(os.Stderr, "It is not sealed: it names nobody, but holds what webhooks are signed with. Keep it private, and for a stated time.")
	}
	fmt.Printf("%x  %s\n", sum, c.File)
	return nil
}

func keysIn(s backup.Summary) string {
	if len(s.Keys) > 0 {
		return "with keys"
	}
	return "without keys"
}

func (c *backupCommand) recipients() (all []age.Recipient, err error) {
	if c.PassphraseFile != "" && len(c.Recipient) > 0 {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "A passphrase and recipients can't go together: choose one.")
	}
	if c.PassphraseFile != "" {
		passphrase, err := readPassphrase(c.PassphraseFile)
		if err != nil {
			return nil, err
		}
		r, err := age.NewScryptRecipient(passphrase)
		return []age.Recipient{r}, err
	}
	for _, text := range c.Recipient {
		r, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "%q is not an age recipient such as age1….", text)
		}
		all = append(all, r)
	}
	return all, nil
}

// minPassphrase is short, for a passphrase that somebody keeps in a safe and not in a head.
const minPassphrase = 12

func readPassphrase(path string) (string, error) {
	in := io.Reader(os.Stdin)
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if len([]rune(line)) < minPassphrase {
		return "", lockhouse.Refuse(lockhouse.CodeMalformed, "The passphrase must have %d characters or more.", minPassphrase)
	}
	return line, nil
}

package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// page is where the config stands that nodes run on.
const page = "docs/howto/run-several-nodes.md"

// besides is what this rehearsal needs and no network: shops on this machine, and one machine that plays everybody.
const (
	besidesAbove = "allow_private_webhooks = true\n"
	besidesBelow = `
[limits]
key_per_s = 1e6
key_burst = 1000000
address_per_s = 1e6
address_burst = 1000000
`
)

// writeConfig gives a node the page's config, with the values of this machine in place of its examples.
func (c *Cluster) writeConfig(ctx context.Context, n *Node) error {
	if err := os.Mkdir(n.dir, 0o700); err != nil {
		return err
	}
	text, err := pageConfig(ctx)
	if err != nil {
		return err
	}
	var urls []string
	for _, url := range c.NATS.URLs(false) {
		urls = append(urls, fmt.Sprintf("%q", url))
	}
	text, err = fillIn(text, map[string]string{
		"listen": quoted(n.Address), "base_url": quoted(c.balancer.url), "data_dir": quoted(n.dataDir()), "url_file": quoted(c.urlFile()),
		"urls": "[" + strings.Join(urls, ", ") + "]", "credentials_file": quoted(c.credentialsFile()), "line_url": quoted(c.lines.url()),
		"host": quoted("127.0.0.1"), "port": fmt.Sprint(c.heard.mailPort), "tls": quoted("none"), "from": quoted("parcels@cluster.example"),
	})
	if err != nil {
		return err
	}
	return os.WriteFile(n.configFile(), []byte(besidesAbove+text+besidesBelow), 0o600)
}

func quoted(value string) string { return fmt.Sprintf("%q", value) }

// pageConfig gives the config as it stands on the page.
func pageConfig(ctx context.Context) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("run this inside the source tree: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), page))
	if err != nil {
		return "", err
	}
	_, rest, found := strings.Cut(string(text), "```toml\n")
	config, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		return "", errors.New(page + " has no config in it")
	}
	return config, nil
}

// fillIn gives keys other values. Each has to be there, once.
func fillIn(config string, values map[string]string) (string, error) {
	lines, left := strings.Split(config, "\n"), len(values)
	for i, line := range lines {
		key, _, _ := strings.Cut(line, " = ")
		if value, ours := values[key]; ours {
			lines[i] = key + " = " + value
			left--
		}
	}
	if left != 0 {
		return "", fmt.Errorf("%s: of the keys that are filled in, %d are missing or stand twice", page, left)
	}
	return strings.Join(lines, "\n"), nil
}

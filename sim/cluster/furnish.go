package cluster

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"lockhouse"
	"lockhouse/internal/natstest"
	"lockhouse/store"
	"lockhouse/wire"
)

const commandLimitS = 60

// siteZone is where all sites are.
const siteZone = "America/New_York"

// openNATS has the nodes' keys for it made, and starts a cluster that is told who they are.
func (c *Cluster) openNATS(ctx context.Context) (err error) {
	first := filepath.Join(c.dir, "nats.toml")
	text := fmt.Sprintf("[bus]\ncredentials_file = %q\n", c.credentialsFile())
	if err := os.WriteFile(first, []byte(text), 0o600); err != nil {
		return err
	}
	stanza, err := c.command(ctx, first, "nats", "config")
	if err != nil {
		return err
	}
	if c.NATS, err = natstest.Start(ctx, natstest.Options{Under: c.dir, Stanza: stanza}); err != nil {
		return err
	}
	var servers []string
	for i := range natstest.Size {
		servers = append(servers, c.NATS.Server(i).Address())
	}
	c.lines, err = startLines(servers)
	return err
}

func (c *Cluster) credentialsFile() string { return filepath.Join(c.dir, "nats.keys") }
func (c *Cluster) urlFile() string         { return filepath.Join(c.dir, "store.url") }

// furnish does what an operator does at a terminal: the schema, the sites, their lockers, the keys.
func (c *Cluster) furnish(ctx context.Context) error {
	if err := os.WriteFile(c.urlFile(), []byte(c.url+"\n"), 0o600); err != nil {
		return err
	}
	for _, n := range c.Nodes {
		if err := c.writeConfig(ctx, n); err != nil {
			return err
		}
	}
	if _, err := c.onFirst(ctx, "migrate"); err != nil {
		return err
	}
	if err := c.openStore(ctx); err != nil {
		return err
	}
	if err := c.importSites(ctx); err != nil {
		return err
	}
	if err := c.handOutKeys(ctx); err != nil {
		return err
	}
	return c.shareKeys()
}

// command runs a command of lockhouse with a config, and gives what it printed on standard output.
func (c *Cluster) command(ctx context.Context, config string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandLimitS*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Nodes[0].program, append(args, "--config", config)...)
	cmd.Dir = c.dir
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("lockhouse %s: %w\n%s", strings.Join(args, " "), err, said.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// onFirst runs a command on the first node.
func (c *Cluster) onFirst(ctx context.Context, args ...string) (string, error) {
	return c.command(ctx, c.Nodes[0].configFile(), args...)
}

// importSites writes a file of sites and reads it in, and then a locker for each.
func (c *Cluster) importSites(ctx context.Context) error {
	file := filepath.Join(c.dir, "sites.csv")
	if err := writeSites(file, Sites+1); err != nil {
		return err
	}
	if _, err := c.onFirst(ctx, "import", "sites", file); err != nil {
		return err
	}
	var sites []lockhouse.Site
	err := c.store.View(ctx, func(tx store.Tx) (err error) {
		sites, err = tx.AllSites()
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range sites {
		if err := c.importLocker(ctx, s.ID); err != nil {
			return err
		}
	}
	c.spare, c.lockers = c.lockers[Sites], c.lockers[:Sites]
	zone, err := time.LoadLocation(siteZone)
	c.today = lockhouse.DayOf(time.Now().In(zone)).String()
	return err
}

// writeSites lays sites out about a kilometre apart.
func writeSites(file string, sites int) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	w := csv.NewWriter(out)
	rows := [][]string{{"site_id", "name", "alias", "address", "lat", "lon", "hours"}}
	for i := range sites {
		n := strconv.Itoa(i + 1)
		rows = append(rows, []string{n, "Library " + n, "Lockers " + n, n + " M Street", fmt.Sprintf("%.3f", 38.9+0.01*float64(i)), "-77.03", "24/7"})
	}
	return errors.Join(w.WriteAll(rows), out.Close())
}

func (c *Cluster) importLocker(ctx context.Context, site lockhouse.SiteID) error {
	l, err := newLocker(site)
	if err != nil {
		return err
	}
	card, err := wire.EncodeCard(l.paper.Noun, l.paper.Boxes)
	if err != nil {
		return err
	}
	file := filepath.Join(c.dir, string(site)+".json")
	if err := os.WriteFile(file, card, 0o600); err != nil {
		return err
	}
	c.lockers = append(c.lockers, l)
	_, err = c.onFirst(ctx, "import", "locker", file, "--site", string(site), "--name", "A")
	return err
}

func (c *Cluster) handOutKeys(ctx context.Context) (err error) {
	if c.keys.shop, err = c.onFirst(ctx, "key", "create", "shop", "-l", "till", "--owner", "Cluster Shop"); err != nil {
		return err
	}
	if c.keys.courier, err = c.onFirst(ctx, "key", "create", "courier", "-l", "van", "--owner", "Cluster Courier"); err != nil {
		return err
	}
	return c.store.View(ctx, func(tx store.Tx) error {
		all, err := tx.ListKeys()
		for _, k := range all {
			if k.Scope == lockhouse.ScopeShop {
				c.shop = k.Shop
			}
		}
		return err
	})
}

// shareKeys copies the network's own keys, which the first node made, to the others.
func (c *Cluster) shareKeys() error {
	for _, n := range c.Nodes[1:] {
		if err := os.Mkdir(n.dataDir(), 0o700); err != nil {
			return err
		}
		for _, name := range []string{"issuer.key", "people.key"} {
			key, err := os.ReadFile(filepath.Join(c.Nodes[0].dataDir(), name))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(n.dataDir(), name), key, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellShop has the shop's webhook lead to the hearer.
func (c *Cluster) tellShop(ctx context.Context) error {
	r, err := newCaller(c.balancer.url, &c.felt).ask(ctx, http.MethodPut, "/v1/webhook", c.keys.shop, map[string]string{"url": c.heard.webhookURL}, nil)
	if err == nil && !r.done() {
		err = fmt.Errorf("naming a webhook: %s", r.body)
	}
	return err
}

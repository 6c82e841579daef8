package network

import (
	"io"
	"net"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"lockhouse/internal/settings"
	"lockhouse/store/postgres"
)

// Config is everything an operator decides. The doc tags are what `lockhouse config` prints; defaults are Defaults'.
type Config struct {
	Listen      string `toml:"listen" doc:"Where the HTTP server listens. Off this machine it must speak TLS, or stand behind a proxy that does."`
	BaseURL     string `toml:"base_url" doc:"Where people reach it; mail links begin with this. https, unless it is on this machine."`
	Name        string `toml:"name" doc:"The network's name, as people know it: in mails and on pages, 1 to 60 characters."`
	DataDir     string `toml:"data_dir" doc:"Directory of the keys and, unless store.url says otherwise, of the database; made at first start and readable by nobody else."`
	BehindProxy bool   `toml:"behind_proxy" doc:"A reverse proxy on this way ends TLS and puts the caller's address last in X-Forwarded-For. If there is none, anybody can lie about their address: leave it false."`
	TLSCert     string `toml:"tls_cert" doc:"File with the certificate chain in PEM, for TLS without a proxy. It and tls_key are read anew when they have changed."`
	TLSKey      string `toml:"tls_key" doc:"File with its private key in PEM."`

	ForgetAfterDays int `toml:"forget_after_days" doc:"A recipient's name and addresses are destroyed so many days after their last parcel ended, 1 to 3650. Backups from before still have them: keep those for a stated time."`

	Retention Retention `toml:"retention" doc:"How long what has ended is kept, and where. Daily work is as fast as the tables in daily use are small."`

	MailByPhone          bool   `toml:"mail_by_phone" doc:"Whether phones of couriers and recipients carry the network's word (sealed, 205 bytes with the time alone and 22 for each revocation) to lockers whose lines are down: revocations, compartments out of service, the time. Off, such a locker hears it when its line is back. docs/latch.md says what to ask counsel first."`
	DemoRadioURL         string `toml:"demo_radio_url" doc:"WebSocket address of virtual lockers, such as ws://localhost:7082. Only for a demo; pages mark it plainly."`
	OpenByLine           bool   `toml:"open_by_line" doc:"Let phones whose browser has no Bluetooth open over the locker's line, with a code that is read at the locker."`
	AllowPrivateWebhooks bool   `toml:"allow_private_webhooks" doc:"Let shops' webhooks lead to private addresses and speak plain HTTP. Only for a demo or shops on this machine."`

	Store  Store  `toml:"store" doc:"Where everything is kept: by default in a file of data_dir, which serves one machine."`
	Cells  Cells  `toml:"cells" doc:"For a network of several cells (docs/growing.md); a network of one needs none of it."`
	Bus    Bus    `toml:"bus" doc:"By which nodes tell each other what happened, and lockers their news."`
	Mail   Mail   `toml:"mail" doc:"The SMTP server by which notices leave."`
	Watch  Watch  `toml:"watch" doc:"What you see the network by: docs/howto/watch-it.md."`
	Limits Limits `toml:"limits" doc:"How much one caller may ask. Beyond it: 429 with Retry-After."`
}

// Cells says which cell of a large network this is.
type Cells struct {
	This          string `toml:"this" doc:"Its name in the directory."`
	DirectoryFile string `toml:"directory_file" doc:"File with all cells, the same in each of them; docs/growing.md has the format."`
}

// Retention says how long what has ended is kept.
type Retention struct {
	HotDays    int `toml:"hot_days" doc:"A parcel stays in the tables in daily use, and in lists, so many days after it ended, 1 to 365. Then it is in the past: found by its id, its shop's reference, its tracking number, and by its recipient while they are remembered. Holds that came to nothing and webhook deliveries that are over are deleted after the same days."`
	PastMonths int `toml:"past_months" doc:"The past is deleted so many months later, lockers' signed receipts with it, 1 to 240."`
}

// Mail says by which server notices leave.
type Mail struct {
	Host         string `toml:"host" doc:"Its name. Empty: notices are kept until there is one."`
	Port         int    `toml:"port" doc:"Its port: 587 for starttls, 465 for tls."`
	TLS          string `toml:"tls" doc:"starttls (required, not tried), tls (from the first byte) or none (only for a server on this machine)."`
	Username     string `toml:"username" doc:"Sign-in; empty for none."`
	PasswordFile string `toml:"password_file" doc:"File with the password, so that it stands in no config."`
	From         string `toml:"from" doc:"Sender's mail address. Its domain is seen by everybody: choose a discreet one."`
}

// Limits bounds callers. A burst is how many requests may come at once before the rate counts.
type Limits struct {
	KeyPerS      float64 `toml:"key_per_s" doc:"Requests a second of one API key."`
	KeyBurst     int     `toml:"key_burst" doc:"Burst of one API key."`
	AddressPerS  float64 `toml:"address_per_s" doc:"Requests a second of one address without an API key: recipients, lockers, and whoever tries keys."`
	AddressBurst int     `toml:"address_burst" doc:"Burst of one address."`
	MaxClients   int     `toml:"max_clients" doc:"Keys and addresses whose rate is remembered at once, 100 to 1000000."`
	MaxAtWork    int     `toml:"max_at_work" doc:"Requests that are worked on at once, 8 to 100000. Lockers, couriers and recipients may take them all, shops three quarters, searches and the console half; the others wait a moment, and beyond that are answered 503 with Retry-After."`

	MaxConnections int `toml:"max_connections" doc:"Connections that are open at once, 100 to 1000000; the next is answered 503 and closed. The system must allow as many files (ulimit -n)."`
}

// Defaults is a network on this machine alone, without mail.
func Defaults() Config {
	return Config{
		Listen: "127.0.0.1:7080", BaseURL: "http://localhost:7080", Name: "Lockhouse", DataDir: "lockhouse-data", ForgetAfterDays: 30, OpenByLine: true,
		Store:     Store{Connections: postgres.DefaultConnections},
		Retention: Retention{HotDays: 7, PastMonths: 24},
		Bus:       Bus{Listen: "127.0.0.1:7422", LineURL: "nats://localhost:7422", URLs: []string{}, Certificates: certificatesNeeded},
		Watch:     defaultWatch(),
		Mail:      Mail{Port: 587, TLS: "starttls", From: "parcels@localhost.invalid"},
		Limits:    Limits{KeyPerS: 200, KeyBurst: 400, AddressPerS: 20, AddressBurst: 100, MaxClients: 20_000, MaxAtWork: 256, MaxConnections: 20_000},
	}
}

// ReadConfig reads TOML over the defaults and checks it. A key that is not known is refused with its line.
func ReadConfig(r io.Reader) (Config, error) {
	c := Defaults()
	if err := settings.Read(r, &c, "lockhouse config"); err != nil {
		return c, err
	}
	return c, c.Check()
}

// Check refuses what is dangerous or can't work, with the key's name.
func (c Config) Check() error {
	for _, check := range []func() error{c.checkListen, c.checkBaseURL, c.checkRadio, c.Store.check, c.checkBus, c.checkMail, c.checkWatch, c.checkLimits} {
		if err := check(); err != nil {
			return err
		}
	}
	if n := len([]rune(c.Name)); n < 1 || n > 60 {
		return settings.RefuseKey("name", "must have 1 to 60 characters")
	}
	if c.DataDir == "" {
		return settings.RefuseKey("data_dir", "must name a directory")
	}
	if c.ForgetAfterDays < 1 || c.ForgetAfterDays > 3650 {
		return settings.RefuseKey("forget_after_days", "must be 1 to 3650")
	}
	return c.Retention.check()
}

func (r Retention) check() error {
	if r.HotDays < 1 || r.HotDays > 365 {
		return settings.RefuseKey("retention.hot_days", "must be 1 to 365")
	}
	if r.PastMonths < 1 || r.PastMonths > 240 {
		return settings.RefuseKey("retention.past_months", "must be 1 to 240")
	}
	return nil
}

// hotFor is how long what has ended stays in the tables in daily use.
func (r Retention) hotFor() time.Duration { return time.Duration(r.HotDays) * 24 * time.Hour }

// forgetAfter is how long a person is remembered after their last parcel ended.
func (c Config) forgetAfter() time.Duration { return time.Duration(c.ForgetAfterDays) * 24 * time.Hour }

// checkListen refuses to speak plain HTTP to the world: the recipients' cookies and the shops' keys would be anybody's.
func (c Config) checkListen() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return settings.RefuseKey("listen", "is not an address such as 127.0.0.1:7080")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return settings.RefuseKey("tls_cert", "and tls_key go together")
	}
	if !settings.ThisMachine(host) && c.TLSCert == "" && !c.BehindProxy {
		return settings.RefuseKey("listen", "%s can be reached from outside without TLS; set tls_cert and tls_key, or behind_proxy, or listen on 127.0.0.1", c.Listen)
	}
	return nil
}

func (c Config) checkBaseURL() error {
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.HasSuffix(c.BaseURL, "/") {
		return settings.RefuseKey("base_url", "must look like https://parcels.example, without a slash at the end")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && settings.ThisMachine(u.Hostname())) {
		return settings.RefuseKey("base_url", "must begin with https://, or mail links and cookies can be read on the way")
	}
	return nil
}

func (c Config) checkRadio() error {
	if c.DemoRadioURL == "" {
		return nil
	}
	if u, err := url.Parse(c.DemoRadioURL); err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" {
		return settings.RefuseKey("demo_radio_url", "must look like ws://localhost:7082")
	}
	return nil
}

func (c Config) checkMail() error {
	m := c.Mail
	switch {
	case m.TLS != "starttls" && m.TLS != "tls" && m.TLS != "none":
		return settings.RefuseKey("mail.tls", "must be starttls, tls or none")
	case m.TLS == "none" && m.Host != "" && !settings.ThisMachine(m.Host):
		return settings.RefuseKey("mail.tls", "is none, but %s is not this machine: links that open doors would travel in the open", m.Host)
	case m.Port < 1 || m.Port > 65535:
		return settings.RefuseKey("mail.port", "must be 1 to 65535")
	case m.Username != "" && m.PasswordFile == "":
		return settings.RefuseKey("mail.password_file", "is missing beside mail.username")
	}
	if a, err := mail.ParseAddress(m.From); err != nil || a.Address != m.From {
		return settings.RefuseKey("mail.from", "must be a mail address such as parcels@example.org")
	}
	return nil
}

func (c Config) checkLimits() error {
	l := c.Limits
	if l.KeyPerS <= 0 || l.AddressPerS <= 0 || l.KeyBurst < 1 || l.AddressBurst < 1 {
		return settings.RefuseKey("limits", "must be above zero; there is no way to switch them off")
	}
	if l.MaxAtWork < 8 || l.MaxAtWork > 100_000 {
		return settings.RefuseKey("limits.max_at_work", "must be 8 to 100000")
	}
	if l.MaxConnections < 100 || l.MaxConnections > 1_000_000 {
		return settings.RefuseKey("limits.max_connections", "must be 100 to 1000000")
	}
	if l.MaxClients < 100 || l.MaxClients > 1_000_000 {
		return settings.RefuseKey("limits.max_clients", "must be 100 to 1000000")
	}
	return nil
}

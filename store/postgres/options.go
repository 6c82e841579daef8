package postgres

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"lockhouse"
	internal "lockhouse/internal/settings"
)

// Limits of waiting.
const (
	maxWaiting      = 4_096 // transactions that run or wait for a connection; beyond them the store says that it is busy
	acquireLimitS   = 5     // for a free connection
	connectLimitS   = 5     // for one server to accept one
	statementLimitS = 10    // for one statement, within the server
	lockLimitS      = 4     // for a row that another transaction has
	idleLimitS      = 5     // for the next statement of an open transaction, after which the server ends it: a node that stopped keeps others from the outbox and a lease no longer
	giveUpAfterS    = 8     // a transaction is not run again after that
	answerLimitS    = 12    // for the answer to what was sent, after which the connection is given up
	maxIdleS        = 300   // a connection that nobody used is closed
	maxConnections  = 500
)

// DefaultConnections is the size of the pool where nothing is said: enough to keep a server of a few cores busy, and few
// enough that three nodes stay within PostgreSQL's default of 100.
const DefaultConnections = 24

// Options say which database.
type Options struct {
	URL         string // postgres://user:password@host/database; several hosts with target_session_attrs=read-write
	Connections int    // 1 to 500; 0: DefaultConnections
}

// settings make a session as the rest of this package expects it. A statement keeps the plan it was prepared with, and that
// plan looks into an index wherever there is one: what was planned on an empty table must serve on a full one.
var settings = map[string]string{
	"application_name":                    "lockhouse",
	"client_encoding":                     "UTF8",
	"statement_timeout":                   strconv.Itoa(statementLimitS * 1000),
	"lock_timeout":                        strconv.Itoa(lockLimitS * 1000),
	"idle_in_transaction_session_timeout": strconv.Itoa(idleLimitS * 1000),
	"plan_cache_mode":                     "force_generic_plan",
	"enable_seqscan":                      "off",
	"enable_hashjoin":                     "off",
	"enable_mergejoin":                    "off",
	"enable_material":                     "off",
	"jit":                                 "off",
}

// Check refuses a URL that is none, and one that would carry passwords and people's seals in the open to another machine.
// Neither it nor any other error of this package quotes the URL, which may hold a password.
func (o Options) Check() error {
	_, err := o.pool()
	return err
}

// Describe names hosts and database, for people; no user, no password.
func (o Options) Describe() string {
	config, err := pgconn.ParseConfig(o.URL)
	if err != nil {
		return "a PostgreSQL database"
	}
	hosts := []string{config.Host}
	for _, f := range config.Fallbacks {
		if f.Host != hosts[len(hosts)-1] {
			hosts = append(hosts, f.Host)
		}
	}
	return fmt.Sprintf("the PostgreSQL database %s on %s", config.Database, strings.Join(hosts, ", "))
}

func (o Options) pool() (*pgxpool.Config, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "The store's URL must look like postgres://user:password@host/database.")
	}
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil { // its error quotes the URL
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "The store's URL can't be read: check its hosts, its port and the names after the question mark.")
	}
	if err := private(config.ConnConfig); err != nil {
		return nil, err
	}
	if o.Connections < 0 || o.Connections > maxConnections {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "The store's connections must be 1 to %d.", maxConnections)
	}
	config.MaxConns = int32(o.Connections)
	if o.Connections == 0 {
		config.MaxConns = DefaultConnections
	}
	config.MaxConnIdleTime = maxIdleS * time.Second
	config.ConnConfig.ConnectTimeout = connectLimitS * time.Second
	config.PingTimeout = connectLimitS * time.Second
	for name, value := range settings {
		config.ConnConfig.RuntimeParams[name] = value
	}
	fenceOff(config)
	config.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		c.PgConn().CustomData()[statementsKey] = map[string]string{}
		return nil
	}
	return config, nil
}

// private refuses to speak in the open to another machine.
func private(c *pgx.ConnConfig) error {
	open := func(host string, tls *tls.Config) bool { return tls == nil && !near(host) }
	bad := open(c.Host, c.TLSConfig)
	for _, f := range c.Fallbacks {
		bad = bad || open(f.Host, f.TLSConfig)
	}
	if !bad {
		return nil
	}
	return lockhouse.Refuse(lockhouse.CodeMalformed,
		"The store is on another machine, and its URL allows to speak in the open: add sslmode=verify-full (and sslrootcert=FILE), or sslmode=require within a network of your own.")
}

// near tells whether a host is a socket of this machine or an address that only it can reach.
func near(host string) bool { return strings.HasPrefix(host, "/") || internal.ThisMachine(host) }

package postgres

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Limits of looking at the other servers that an address names.
const (
	lookLimitS = 2 // for each
	lookEveryS = 5 // when a connection is made; while none breaks there is nothing to ask
)

// timelineKey is where a connection keeps its server's timeline.
const timelineKey = "lockhouse timeline"

// fence keeps us from a primary that another has succeeded. A promotion begins a new timeline; the old primary, when it comes
// back as it was, still takes writes, on the old one. Without its standby it acknowledges none (that is what synchronous
// replication is for), but it would let everybody wait, and answer what they read with what was true before.
//
// So whenever a connection is made, the other servers that the address names are asked too, and one whose timeline is not the
// newest that was seen is refused. A pool lets go of the connections that it has to such a server.
type fence struct {
	config *pgx.ConnConfig
	next   pgconn.ValidateConnectFunc // what the address asks for: target_session_attrs
	newest atomic.Int64

	mu     sync.Mutex // held while looking
	looked time.Time
}

// fenceOff puts a fence around the connections of a config that names several servers.
func fenceOff(config *pgxpool.Config) {
	c := config.ConnConfig
	if len(c.Fallbacks) == 0 {
		return
	}
	f := &fence{config: c.Copy(), next: c.ValidateConnect}
	c.ValidateConnect = f.validate
	config.PrepareConn = func(_ context.Context, c *pgx.Conn) (bool, error) {
		is, _ := c.PgConn().CustomData()[timelineKey].(int64)
		return is >= f.newest.Load(), nil
	}
}

func (f *fence) validate(ctx context.Context, c *pgconn.PgConn) error {
	if f.next != nil {
		if err := f.next(ctx, c); err != nil {
			return err
		}
	}
	is, err := timeline(ctx, c)
	if err != nil {
		return err
	}
	f.saw(is)
	f.look(ctx)
	if newest := f.newest.Load(); is < newest {
		return fmt.Errorf("it was the primary before another was promoted (timeline %d, the newest is %d): make it a standby of that one", is, newest)
	}
	c.CustomData()[timelineKey] = is
	return nil
}

func (f *fence) saw(timeline int64) {
	for is := f.newest.Load(); timeline > is && !f.newest.CompareAndSwap(is, timeline); is = f.newest.Load() {
	}
}

// look asks all servers, unless that was done just now. One that does not answer says nothing.
func (f *fence) look(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) < lookEveryS*time.Second {
		return
	}
	for _, c := range f.servers() {
		if is, err := ask(ctx, c); err == nil {
			f.saw(is)
		}
	}
	f.looked = time.Now()
}

// servers gives a config for each way to a single server.
func (f *fence) servers() (each []*pgconn.Config) {
	ways := append([]*pgconn.FallbackConfig{{Host: f.config.Host, Port: f.config.Port, TLSConfig: f.config.TLSConfig}}, f.config.Fallbacks...)
	for _, way := range ways {
		one := f.config.Config.Copy()
		one.Host, one.Port, one.TLSConfig = way.Host, way.Port, way.TLSConfig
		one.Fallbacks, one.ValidateConnect, one.AfterConnect = nil, nil, nil
		each = append(each, one)
	}
	return each
}

func ask(ctx context.Context, config *pgconn.Config) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, lookLimitS*time.Second)
	defer cancel()
	c, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return 0, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	return timeline(ctx, c)
}

// timeline gives the timeline that a primary writes, from 1; of a standby it gives 0.
func timeline(ctx context.Context, c *pgconn.PgConn) (int64, error) {
	results, err := c.Exec(ctx, `SELECT CASE WHEN pg_is_in_recovery() THEN '0' ELSE substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END`).ReadAll()
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(results[0].Rows[0][0]), 16, 64)
}
